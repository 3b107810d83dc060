import type { EpochMs } from '../../domain/clock.js'
import { addMonths, type JstDay, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import { NOT_COLLECTED } from '../customer.js'
import { invoiceNumber } from '../invoice.js'
import type { PaymentFacts, PaymentMark } from '../rules/payment-state.js'
import { type CalculatedInvoices, calculatedOf } from './calculated-invoices.js'
import type { BilledParty, Contracts } from './contracts.js'
import type { MonthBooks } from './month-books.js'

/** What collection brought of an invoice (回収結果). */
export interface Payment {
  /** Names it at who collects, so that it counts once. */
  readonly reference: string
  /** 請求番号. */
  readonly invoice: string
  readonly result: 'paid' | 'refused'
  /** 0 of a refusal. */
  readonly amount: Yen
  readonly on: JstDay
}

/** What became of a line of collection; in the order they are checked. */
export type PaymentTaken =
  | 'taken'
  | 'known'
  /** The reference stands for something else. */
  | 'reference_used'
  | 'no_such_invoice'
  | 'not_final'
  /** 更新なし. */
  | 'not_collected'
  /** A person wrote it off, or decided that it is not billed. */
  | 'marked'
  /** Something was paid already, so that nothing can be refused. */
  | 'paid_already'

/** What became of a decision; in the order they are checked. */
export type PaymentMarked =
  | 'marked'
  | 'taken_back'
  | 'nobody'
  | 'no_such_invoice'
  | 'not_final'
  | 'not_collected'
  /** It stands as it was asked for. */
  | 'marked_already'
  | 'not_marked'

/** What the payment state of an invoice follows from, beside the invoice itself. */
export type CollectedFacts = Pick<PaymentFacts, 'received' | 'refused' | 'askedAgain' | 'mark'>

/** Of an invoice of which nothing is known yet. */
export const NOTHING_COLLECTED: CollectedFacts = {
  received: yen(0),
  refused: false,
  askedAgain: false,
  mark: undefined,
}

interface FactsRow {
  readonly contract_no: number
  readonly received: number
  readonly refused_at: number | null
  readonly asked_again: number
  readonly mark: PaymentMark | 'taken_back' | null
}

interface PaymentRow {
  readonly reference: string
  readonly month: JstMonth
  readonly contract_no: number
  readonly result: 'paid' | 'refused'
  readonly amount: number
  readonly on_day: JstDay
}

/** Months between that of use and that of the invoice, in either cycle (P-14). */
const CYCLES = [1, 2] as const

export interface PaymentsParts {
  readonly contracts: Contracts
  readonly calculated: CalculatedInvoices
  readonly books: MonthBooks
}

/** 入金 (requirement P-04): what collection brought of final invoices, and what a person decided of them; both are kept. */
export class Payments {
  readonly #parts: PaymentsParts
  readonly #byReference
  readonly #add
  readonly #mark
  readonly #facts
  readonly #page
  readonly #refused

  constructor(store: Database, parts: PaymentsParts) {
    this.#parts = parts
    this.#byReference = store.prepare<[string], PaymentRow>(
      'SELECT * FROM payment WHERE reference = ?',
    )
    this.#add = store.prepare(
      `INSERT INTO payment (reference, month, contract_no, result, amount, on_day, booked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#mark = store.prepare(
      'INSERT INTO payment_mark (month, contract_no, mark, reason, marked_at) VALUES (?, ?, ?, ?, ?)',
    )
    const between = 'month = :month AND contract_no > :after AND contract_no <= :last'
    this.#facts = store.prepare<[{ month: string; after: number; last: number }], FactsRow>(
      `SELECT contract_no, received, refused_at,
         EXISTS (SELECT 1 FROM month_close AS later
           WHERE later.month > :month AND later.finished_at > refused_at) AS asked_again,
         (SELECT mark FROM payment_mark AS own WHERE own.month = :month
           AND own.contract_no = known.contract_no ORDER BY mark_no DESC LIMIT 1) AS mark
       FROM (
         SELECT contract_no, sum(amount) AS received,
           max(booked_at) FILTER (WHERE result = 'refused') AS refused_at
         FROM (
           SELECT contract_no, amount, result, booked_at FROM payment WHERE ${between}
           UNION ALL SELECT contract_no, 0, NULL, NULL FROM payment_mark WHERE ${between}
         ) GROUP BY contract_no
       ) AS known`,
    )
    this.#page = store.prepare<[number, number], PaymentRow>(
      'SELECT * FROM payment ORDER BY payment_no LIMIT ? OFFSET ?',
    )
    this.#refused = store.prepare<[string], { month: JstMonth; contract: ContractId }>(
      `SELECT DISTINCT month, contract FROM payment JOIN contract USING (contract_no)
       WHERE result = 'refused' AND month < ? ORDER BY month, contract_no`,
    )
  }

  /** Takes a line of collection in. */
  take(payment: Payment, now: EpochMs): PaymentTaken {
    const { reference, result, amount, on } = payment
    const known = this.#byReference.get(reference)
    if (known) return this.#isSame(known, payment) ? 'known' : 'reference_used'
    const found = this.#invoiceOf(payment.invoice)
    if (!found) return 'no_such_invoice'
    const { month, contractNo, collected } = found
    if (!this.#parts.calculated.isFinal(month, contractNo)) return 'not_final'
    if (!collected) return 'not_collected'
    const facts = this.of(month, contractNo)
    if (facts.mark) return 'marked'
    if (result === 'refused' && facts.received > 0) return 'paid_already'
    this.#add.run(reference, month, contractNo, result, amount, on, now)
    return 'taken'
  }

  /** A person writes an invoice off, decides that it is not billed, or takes that back. */
  mark(
    month: JstMonth,
    of: BilledParty,
    mark: PaymentMark | 'taken_back',
    reason: string,
    now: EpochMs,
  ): PaymentMarked {
    const { contracts, calculated } = this.#parts
    const contract = contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return 'nobody'
    const { contractNo } = contract
    const row = calculated.rowOf(month, contractNo)
    if (!row) return 'no_such_invoice'
    if (!calculated.isFinal(month, contractNo)) return 'not_final'
    if (calculatedOf(row).customer.paymentKind === NOT_COLLECTED) return 'not_collected'
    const standing = this.of(month, contractNo).mark
    if (mark === 'taken_back' && !standing) return 'not_marked'
    if (mark === standing) return 'marked_already'
    this.#mark.run(month, contractNo, mark, reason, now)
    return mark === 'taken_back' ? 'taken_back' : 'marked'
  }

  /** What is known of one invoice. */
  of(month: JstMonth, contractNo: number): CollectedFacts {
    return this.between(month, contractNo - 1, contractNo).get(contractNo) ?? NOTHING_COLLECTED
  }

  /** What is known of a month's invoices, of contracts after one up to another. */
  between(month: JstMonth, after: number, last: number): Map<number, CollectedFacts> {
    return new Map(
      this.#facts.all({ month, after, last }).map(row => [
        row.contract_no,
        {
          received: yen(row.received),
          refused: row.refused_at !== null,
          askedAgain: row.asked_again === 1,
          mark: row.mark === null || row.mark === 'taken_back' ? undefined : row.mark,
        },
      ]),
    )
  }

  /** Whose invoices of months before one collection came back with, the oldest first. */
  refusedBefore(month: JstMonth): { readonly month: JstMonth; readonly contract: ContractId }[] {
    return this.#refused.all(month)
  }

  /** Lines of collection in the order in which they came, `max` of them from a place on. */
  page(from: number, max: number): Payment[] {
    return this.#page.all(max, from).map(row => ({
      reference: row.reference,
      invoice: this.#numberOf(row.month, row.contract_no),
      result: row.result,
      amount: yen(row.amount),
      on: row.on_day,
    }))
  }

  #isSame(row: PaymentRow, { invoice, result, amount, on }: Payment): boolean {
    return (
      this.#numberOf(row.month, row.contract_no) === invoice &&
      row.result === result &&
      row.amount === amount &&
      row.on_day === on
    )
  }

  /** The invoice of a number: the month in it is that of the invoice. */
  #invoiceOf(number: string) {
    const [, year, month, contract] = /^(\d{4})(\d{2})(\d{11})$/.exec(number) ?? []
    const billingMonth = `${year}-${month}` as JstMonth
    const contractNo = Number(contract)
    for (const cycle of CYCLES) {
      const used = contract === undefined ? undefined : addMonths(billingMonth, -cycle)
      const row = used && this.#parts.calculated.rowOf(used, contractNo)
      if (!row || this.#numberOf(used, contractNo) !== number) continue
      const { customer } = calculatedOf(row)
      return { month: used, contractNo, collected: customer.paymentKind !== NOT_COLLECTED }
    }
    return undefined
  }

  #numberOf(month: JstMonth, contractNo: number): string {
    const row = this.#parts.calculated.rowOf(month, contractNo)
    const billingMonth = row && calculatedOf(row).billingMonth
    return invoiceNumber(billingMonth ?? this.#parts.books.billingMonthOf(month), contractNo)
  }
}
