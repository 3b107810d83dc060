import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CustomerId } from '../customer.js'
import type {
  BilledCustomer,
  CustomerKind,
  InvoiceLine,
  InvoiceTax,
  PaymentKind,
  TaxPolicy,
} from '../invoice.js'
import { type Charges, chargesOf } from '../rules/rating.js'

/** An invoice as it was calculated, without what Mobilers pays of it. */
export interface CalculatedInvoice {
  readonly contractNo: number
  readonly msisdn: Msisdn
  readonly plan: string
  readonly customer: BilledCustomer
  /** 請求月 by the cycle when it was calculated (P-14); `undefined` of one from before that was kept. */
  readonly billingMonth: JstMonth | undefined
  readonly charges: Charges
  /** How often an operator corrected it. */
  readonly corrections: number
  readonly calculatedAt: EpochMs
}

/** Its short form on disk: names of fields cost a third of a store of many months. */
interface Body {
  readonly m: string
  readonly b?: string
  readonly p: string
  readonly c: readonly [string, string, string, string | null, string, number]
  readonly l: readonly (readonly [string, string, number, number, number, 0 | 1, string?])[]
  readonly t: TaxPolicy
  readonly x: readonly (readonly [percent: number, base: number, tax: number])[]
}

/** A row of the table, as it lies there. */
export interface CalculatedRow {
  readonly contract_no: number
  readonly gross: number
  readonly deductible: number
  readonly corrections: number
  readonly calculated_at: number
  readonly body: string
}

/** How an invoice stands; `corrections` is `null` where none was calculated. */
interface Standing {
  readonly closed: 0 | 1
  readonly corrections: number | null
}

const NOTHING_STANDS: Standing = { closed: 0, corrections: null }

/** What became of an invoice whose charges changed before it is final; in the order they are checked. */
export type Dropped = 'dropped' | 'month_closed' | 'corrected'

/** 調定: invoices of months of use as they were calculated (§7.15): correctable, then final. */
export class CalculatedInvoices {
  readonly #insert
  readonly #update
  readonly #one
  readonly #delete
  readonly #closing
  readonly #final
  readonly #standing
  readonly #lastMonth

  constructor(store: Database) {
    this.#insert = store.prepare(
      `INSERT INTO calculated_invoice (month, contract_no, gross, deductible, calculated_at, body)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    this.#update = store.prepare(
      `UPDATE calculated_invoice SET gross = ?, deductible = ?, body = ?, corrections = corrections + 1
       WHERE month = ? AND contract_no = ?`,
    )
    this.#one = store.prepare<[string, number], CalculatedRow>(
      'SELECT * FROM calculated_invoice WHERE month = ? AND contract_no = ?',
    )
    this.#delete = store.prepare(
      'DELETE FROM calculated_invoice WHERE month = ? AND contract_no = ?',
    )
    this.#closing = store.prepare<[string]>('SELECT 1 FROM month_close WHERE month = ?')
    this.#final = store.prepare<[string, number]>(
      'SELECT 1 FROM month_application WHERE month = ? AND contract_no = ?',
    )
    this.#lastMonth = store
      .prepare<[], JstMonth | null>('SELECT max(month) FROM calculated_invoice')
      .pluck()
    // Of a settled contract nothing is billed any more, not even a month in which there was nothing to fix.
    this.#standing = store.prepare<[{ month: string; contractNo: number }], Standing>(
      `SELECT (SELECT corrections FROM calculated_invoice
          WHERE month = :month AND contract_no = :contractNo) AS corrections,
         EXISTS (SELECT 1 FROM month_close WHERE month = :month)
         OR EXISTS (SELECT 1 FROM month_application
           WHERE month = :month AND contract_no = :contractNo)
         OR EXISTS (SELECT 1 FROM settlement
           WHERE contract_no = :contractNo AND settled_at IS NOT NULL) AS closed`,
    )
  }

  /** Whether the close of a month has begun: its invoices are fixed. */
  isClosing(month: JstMonth): boolean {
    return this.#closing.get(month) !== undefined
  }

  isFinal(month: JstMonth, contractNo: number): boolean {
    return this.#final.get(month, contractNo) !== undefined
  }

  rowOf(month: JstMonth, contractNo: number): CalculatedRow | undefined {
    return this.#one.get(month, contractNo)
  }

  /** Keeps an invoice that was just calculated; `body` as `bodyOf` made it. */
  keep(
    month: JstMonth,
    contractNo: number,
    { gross, deductible }: Charges,
    body: string,
    at: EpochMs,
  ): void {
    this.#insert.run(month, contractNo, gross, deductible, at, body)
  }

  /** Puts a corrected body in place of the one that is there. */
  correct(month: JstMonth, contractNo: number, charges: Charges, body: string): void {
    this.#update.run(charges.gross, charges.deductible, body, month, contractNo)
  }

  /** What a contract's invoices from a month of use on are made of changes: see `drop`. */
  dropFrom(first: JstMonth, contractNo: number): void {
    const last = this.#lastMonth.get() ?? undefined
    if (last === undefined) return
    for (let month = first; month <= last; month = addMonths(month, 1)) this.drop(month, contractNo)
  }

  /** Something that an invoice is made of changes: it is to be calculated again, unless it was corrected by hand. */
  drop(month: JstMonth, contractNo: number): Dropped {
    const { closed, corrections } = this.#standing.get({ month, contractNo }) ?? NOTHING_STANDS
    if (closed === 1) return 'month_closed'
    if (corrections !== null && corrections > 0) return 'corrected'
    if (corrections !== null) this.#delete.run(month, contractNo)
    return 'dropped'
  }
}

/** An invoice's charges with whose they are, in the form that is kept. */
export function bodyOf(
  one: Pick<CalculatedInvoice, 'msisdn' | 'plan' | 'customer' | 'billingMonth' | 'charges'>,
): string {
  const { customer, kind, name, department, payer, paymentKind } = one.customer
  const body: Body = {
    m: one.msisdn,
    ...(one.billingMonth && { b: one.billingMonth }),
    p: one.plan,
    c: [customer, kind, name, department ?? null, payer, paymentKind],
    l: one.charges.lines.map(line => {
      const fields = [
        line.item,
        line.name,
        line.unitPrice,
        line.quantity,
        line.taxPercent,
        line.deductible ? 1 : 0,
      ] as const
      return line.note === undefined ? fields : [...fields, line.note]
    }),
    t: one.charges.taxPolicy,
    x: one.charges.taxes.map(({ percent, base, tax }) => [percent, base, tax]),
  }
  return JSON.stringify(body)
}

/** A row as it was when it had another body. */
export function rowBefore(row: CalculatedRow, body: string): CalculatedRow {
  const { charges } = calculatedOf({ ...row, body })
  const { gross, deductible } = chargesOf(charges.lines, charges.taxPolicy)
  return { ...row, gross, deductible, body }
}

/** An invoice as its row has it. */
export function calculatedOf(row: CalculatedRow): CalculatedInvoice {
  const body: Body = JSON.parse(row.body)
  const [customer, kind, name, department, payer, paymentKind] = body.c
  const lines = body.l.map(lineOf)
  const taxes: InvoiceTax[] = body.x.map(([percent, base, tax]) => ({
    percent,
    base: yen(base),
    tax: yen(tax),
  }))
  return {
    contractNo: row.contract_no,
    msisdn: body.m as Msisdn,
    plan: body.p,
    customer: {
      customer: customer as CustomerId,
      kind: kind as CustomerKind,
      name,
      department: department ?? undefined,
      payer,
      paymentKind: paymentKind as PaymentKind,
    },
    billingMonth: body.b as JstMonth | undefined,
    charges: {
      lines,
      taxPolicy: body.t,
      taxes,
      net: sumOf(lines.map(({ amount }) => amount)),
      tax: sumOf(taxes.map(({ tax }) => tax)),
      gross: yen(row.gross),
      deductible: yen(row.deductible),
    },
    corrections: row.corrections,
    calculatedAt: epochMs(row.calculated_at),
  }
}

const lineOf = ([
  item,
  name,
  unitPrice,
  quantity,
  taxPercent,
  deductible,
  note,
]: Body['l'][number]): InvoiceLine => ({
  item,
  name,
  unitPrice: yen(unitPrice),
  quantity,
  amount: yen(unitPrice * quantity),
  taxPercent,
  deductible: deductible === 1,
  note,
})

const sumOf = (amounts: readonly Yen[]): Yen =>
  yen(amounts.reduce<number>((sum, amount) => sum + amount, 0))
