import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { ContractClass } from '../../domain/contract-class.js'
import type { JstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { Customer } from '../customer.js'
import type { LedgerLine } from '../rules/month-application.js'
import type { Usage } from '../rules/rating.js'
import { lastDayOfMonth } from '../rules/validity.js'
import type { CalculatedRow } from './calculated-invoices.js'
import { type CustomerRow, customerOf } from './customers.js'

/** Which month of use is looked at, and how much of the ledger. */
export interface MonthScope {
  readonly month: JstMonth
  readonly billingMonth: JstMonth
  /** The end of the month of use. */
  readonly endsAt: EpochMs
  /** The newest entry that counts. */
  readonly through: number
  /** The newest entry that the close of the month before saw. */
  readonly seen: number
}

/** All of one contract that its invoice for a month is made of. */
export interface ContractMonth {
  readonly contractNo: number
  readonly contract: ContractId
  readonly customer: Customer
  readonly contractClass: ContractClass
  /** The plan of the last day of the month of the invoice (P-13). */
  readonly plan: string
  /** The number that it had last in the month of use, or since. */
  readonly msisdn: Msisdn
  readonly from: EpochMs
  /** When it ended. */
  readonly until: EpochMs | undefined
  readonly lines: readonly LedgerLine[]
  readonly usage: readonly Usage[]
  /** Its total, where that was rated elsewhere. */
  readonly total: Yen | undefined
  readonly calculated: CalculatedRow | undefined
  /** Settled by a settlement of its own, for good. */
  readonly settled: boolean
  /** The other contract of a two-number plan. */
  readonly partnerNo: number | undefined
}

interface ContractRow extends CustomerRow {
  readonly contract_no: number
  readonly contract: string
  readonly contract_class: string
  readonly plan: string
  readonly cancelled_at: number | null
  readonly settled: number
}

type EntryRow = [
  contractNo: number,
  entryNo: number,
  kind: string,
  amount: number,
  month: string,
  at: number,
  chargeNo: number | null,
]
type UsageRow = [
  contractNo: number,
  item: string,
  unitPrice: number,
  quantity: number,
  note: string | null,
  msisdn: string,
]

/**
 * Reads contracts with what a month of use needs of them: of many contracts that follow each other at once, a
 * query for each kind of row and none for each contract.
 */
export class ContractMonths {
  readonly #contracts
  readonly #last
  readonly #periods
  readonly #plans
  readonly #pairs
  readonly #entries
  readonly #usage
  readonly #totals
  readonly #calculated

  constructor(store: Database) {
    const between = 'contract_no > ? AND contract_no <= ?'
    this.#contracts = store.prepare<[number, number, number], ContractRow>(
      `SELECT contract.contract_no, contract, contract_class, plan, cancelled_at, customer, kind, name, department,
         payer, payment_kind, settled_at IS NOT NULL AS settled
       FROM contract JOIN customer USING (customer_no)
       LEFT JOIN settlement ON settlement.contract_no = contract.contract_no
       WHERE contract.contract_no > ? AND contract.contract_no <= ?
       ORDER BY contract.contract_no LIMIT ?`,
    )
    this.#last = store
      .prepare<[number, number], number | null>(
        `SELECT max(contract_no) FROM
           (SELECT contract_no FROM contract WHERE contract_no > ? ORDER BY contract_no LIMIT ?)`,
      )
      .pluck()
    this.#periods = store
      .prepare<[number, number], [number, number, string]>(
        `SELECT contract_no, from_at, msisdn FROM number_period
         INDEXED BY number_period_of_contract WHERE ${between} ORDER BY contract_no, from_at`,
      )
      .raw()
    this.#plans = store
      .prepare<[number, number, string], [number, string]>(
        `SELECT contract_no, plan FROM plan_change
         WHERE ${between} AND from_day <= ? ORDER BY contract_no, from_day`,
      )
      .raw()
    this.#pairs = store
      .prepare<[number, number, string, number, number, string], [number, number]>(
        `SELECT contract_no, partner_no FROM contract_pair WHERE ${between} AND from_month <= ?
         UNION ALL SELECT partner_no, contract_no FROM contract_pair
           WHERE partner_no > ? AND partner_no <= ? AND from_month <= ?`,
      )
      .raw()
    this.#entries = store
      .prepare<[number, number, number], EntryRow>(
        `SELECT contract_no, entry_no, kind, amount, month, occurred_at, charge_no FROM ledger_entry
         WHERE ${between} AND entry_no <= ? AND amount <> 0 ORDER BY contract_no, entry_no`,
      )
      .raw()
    this.#usage = store
      .prepare<[string, number, number], UsageRow>(
        `SELECT contract_no, item, unit_price, quantity, note, msisdn FROM usage_line
         WHERE month = ? AND ${between} ORDER BY contract_no, item, msisdn`,
      )
      .raw()
    this.#totals = store
      .prepare<[string, number, number], [number, number]>(
        `SELECT contract_no, total FROM invoice WHERE month = ? AND ${between}`,
      )
      .raw()
    this.#calculated = store.prepare<[string, number, number], CalculatedRow>(
      `SELECT contract_no, gross, deductible, corrections, calculated_at, body
       FROM calculated_invoice WHERE month = ? AND ${between}`,
    )
  }

  /** At most `max` contracts after one of them, in the order in which they came. */
  page(scope: MonthScope, after: number, max: number): ContractMonth[] {
    const last = this.#last.get(after, max) ?? undefined
    return last === undefined ? [] : this.#between(scope, after, last)
  }

  one(scope: MonthScope, contractNo: number): ContractMonth | undefined {
    return this.#between(scope, contractNo - 1, contractNo)[0]
  }

  #between(scope: MonthScope, after: number, last: number): ContractMonth[] {
    const { month, billingMonth, endsAt, through } = scope
    const periods = grouped(this.#periods.all(after, last))
    const planOf = new Map(this.#plans.all(after, last, lastDayOfMonth(billingMonth)))
    const pairOf = new Map(this.#pairs.all(after, last, month, after, last, month))
    const entries = grouped(this.#entries.all(after, last, through))
    const usage = grouped(this.#usage.all(month, after, last))
    const totalOf = new Map(this.#totals.all(month, after, last))
    const calculated = this.#calculated.all(month, after, last)
    const calculatedOf = new Map(calculated.map(row => [row.contract_no, row]))
    return this.#contracts.all(after, last, last - after).map(row => {
      const contractNo = row.contract_no
      const own = periods.get(contractNo) ?? []
      const total = totalOf.get(contractNo)
      const msisdn = (own.findLast(([, from]) => from < endsAt) ?? own[0])?.[2] as Msisdn
      return {
        contractNo,
        contract: row.contract as ContractId,
        customer: customerOf(row),
        contractClass: row.contract_class as ContractClass,
        plan: planOf.get(contractNo) ?? row.plan,
        msisdn,
        from: epochMs(own[0]?.[1] ?? 0),
        until: row.cancelled_at === null ? undefined : epochMs(row.cancelled_at),
        lines: (entries.get(contractNo) ?? NONE).map(entry => lineOf(entry, scope)),
        usage: (usage.get(contractNo) ?? []).map(line => usageOf(line, msisdn)),
        total: total === undefined ? undefined : yen(total),
        calculated: calculatedOf.get(contractNo),
        settled: row.settled === 1,
        partnerNo: pairOf.get(contractNo),
      }
    })
  }
}

const NONE: readonly EntryRow[] = []

function grouped<T extends readonly [number, ...unknown[]]>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const row of rows) {
    const group = groups.get(row[0])
    if (group) group.push(row)
    else groups.set(row[0], [row])
  }
  return groups
}

function lineOf(row: EntryRow, { month: current, seen }: MonthScope): LedgerLine {
  const [, entryNo, kind, amount, month, at, chargeNo] = row
  const ofCharge = kind === 'charge' || (kind === 'expiry' && chargeNo !== null)
  return {
    amount: yen(amount),
    month: month as JstMonth,
    chargedAt: kind === 'charge' ? epochMs(at) : undefined,
    late: ofCharge && month < current && entryNo > seen,
  }
}

/** What another number used than the one that the invoice names says so, where nothing else is said of it. */
const usageOf = ([, item, unitPrice, quantity, note, usedBy]: UsageRow, msisdn: Msisdn): Usage => ({
  item,
  unitPrice: yen(unitPrice),
  quantity,
  note: note ?? (usedBy === '' || usedBy === msisdn ? undefined : usedBy),
})
