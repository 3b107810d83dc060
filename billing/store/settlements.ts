import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth, jstDay, jstMonth, startOfHour } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import { validityFrom } from '../rules/validity.js'
import type { Charge } from './charges.js'
import type { ContractRow, Contracts } from './contracts.js'
import type { Days } from './days.js'
import type { Ledger } from './ledger.js'
import type { MonthBooks } from './month-books.js'
import type { MonthCloses } from './month-closes.js'

/** What became of asking for a settlement; in the order they are checked. */
export type SettlementAsked =
  | 'settled'
  /** Until the records up to the end of the contract are there (§7.16). */
  | 'waiting'
  | 'no_such_contract'
  | 'not_cancelled'
  /** Of a two-number plan: what is left pays the other number, so the month's close settles both (B-22). */
  | 'in_pair'

/** A settlement, asked for or done. */
export interface Settlement {
  readonly contract: ContractId
  readonly endedAt: EpochMs
  readonly askedAt: EpochMs
  readonly settledAt: EpochMs | undefined
  /** Last month of use, once it is settled. */
  readonly month: JstMonth | undefined
}

export interface SettlementsParts {
  readonly contracts: Contracts
  readonly ledger: Ledger
  readonly books: MonthBooks
  readonly closes: MonthCloses
  readonly days: Days
}

/**
 * 即時精算 (seed 004 §4.3(4)②; requirements B-13 … B-15, §7.16): the last invoices of a contract that ended, at
 * once. One transaction fixes all of them, so that no charge is reflected and nothing else is settled for the
 * number meanwhile (B-14).
 */
export class Settlements {
  readonly #store: Database
  readonly #parts: SettlementsParts
  readonly #settledMonth

  constructor(store: Database, parts: SettlementsParts) {
    this.#store = store
    this.#parts = parts
    this.#settledMonth = store
      .prepare<[number], string | null>('SELECT month FROM settlement WHERE contract_no = ?')
      .pluck()
  }

  /** Asks for a contract's settlement; asked again, it is the same one. */
  ask(contract: ContractId, now: EpochMs): SettlementAsked {
    const row = this.#parts.contracts.byId(contract)
    if (!row) return 'no_such_contract'
    if (row.cancelledAt === undefined) return 'not_cancelled'
    if (this.#inPair(row.contractNo)) return 'in_pair'
    this.#store
      .prepare('INSERT OR IGNORE INTO settlement (contract_no, asked_at) VALUES (?, ?)')
      .run(row.contractNo, now)
    this.settleDue(now)
    return this.isSettled(row.contractNo) ? 'settled' : 'waiting'
  }

  isSettled(contractNo: number): boolean {
    const month = this.#settledMonth.get(contractNo)
    return month !== undefined && month !== null
  }

  /** Settles what waits and has its records. Months that are being closed come first. */
  settleDue(now: EpochMs): void {
    const { closes } = this.#parts
    if (closes.running()) return
    for (const row of this.#waiting()) {
      if (row.cancelledAt !== undefined && this.#isComplete(row.cancelledAt)) {
        this.#settle(row, row.cancelledAt, now)
      }
    }
  }

  /**
   * §7.16: a charge of a contract that is settled already. It pays what the last invoice still asks for; the
   * rest is not refunded.
   */
  settleAgain({ chargeNo, chargedAt, faceValue }: Charge, contractNo: number, now: EpochMs): void {
    const { ledger, closes, books } = this.#parts
    const month = this.#settledMonth.get(contractNo) as JstMonth
    const fixed = closes.applicationOf(month, contractNo)
    const paid =
      (fixed?.applied ?? 0) + (fixed?.appliedFromPartner ?? 0) + this.#paidLate(contractNo)
    const valid = validityFrom(chargedAt).end >= books.billingMonthOf(month)
    const asked = Math.max(0, (fixed?.deductible ?? 0) - paid)
    const applied = valid ? Math.min(asked, faceValue) : 0
    const forfeited = faceValue - applied
    const of = { contractNo, occurredAt: now, bookedAt: now, month, chargeNo }
    const charged = { contractNo, occurredAt: chargedAt, bookedAt: now, chargeNo }
    ledger.append({ ...charged, kind: 'charge', amount: faceValue, month: jstMonth(chargedAt) })
    if (applied > 0) ledger.append({ ...of, kind: 'application', amount: yen(-applied) })
    if (forfeited > 0) ledger.append({ ...of, kind: 'cancellation', amount: yen(-forfeited) })
    this.#store
      .prepare('INSERT INTO late_settlement VALUES (?, ?, ?, ?, ?, ?)')
      .run(chargeNo, contractNo, month, applied, forfeited, now)
  }

  /** Settlements, the newest first. */
  newest(max: number): Settlement[] {
    return this.#store
      .prepare<[number], SettlementRow>(
        `SELECT contract, cancelled_at, asked_at, settled_at, month
         FROM settlement JOIN contract USING (contract_no) ORDER BY asked_at DESC, contract_no LIMIT ?`,
      )
      .all(max)
      .map(row => ({
        contract: row.contract as ContractId,
        endedAt: epochMs(row.cancelled_at),
        askedAt: epochMs(row.asked_at),
        settledAt: row.settled_at === null ? undefined : epochMs(row.settled_at),
        month: row.month === null ? undefined : (row.month as JstMonth),
      }))
  }

  /** Fixes every month of the contract that is not closed yet, the last one with what is left forfeited. */
  #settle({ contractNo }: ContractRow, endedAt: EpochMs, now: EpochMs): void {
    const { books, closes, ledger } = this.#parts
    const closed = closes.lastFinished()
    let month = closed === undefined ? this.#firstMonth(contractNo) : addMonths(closed, 1)
    // Of a contract that ended in a closed month, what is left is settled in the first open one.
    const ended = jstMonth(epochMs(endedAt - 1))
    const last = ended < month ? month : ended
    let seen = closes.scopeOf(month).seen
    for (; month <= last; month = addMonths(month, 1)) {
      const through = ledger.lastEntry()
      const scope = books.scopeOf(month, through, seen)
      const of = books.one(scope, contractNo)
      for (const outcome of books.conclude(of ? [of] : [], scope)) {
        if (books.book(outcome, scope, now)) {
          this.#store.prepare('INSERT OR IGNORE INTO settled_month VALUES (?)').run(month)
        }
      }
      seen = through
    }
    this.#store
      .prepare('UPDATE settlement SET settled_at = ?, month = ? WHERE contract_no = ?')
      .run(now, last, contractNo)
  }

  /** Whether all records up to a moment are there: by the hourly file that ends at or after it, or the day's. */
  #isComplete(endedAt: EpochMs): boolean {
    const lastHour = startOfHour(epochMs(endedAt - 1))
    const newest = this.#store
      .prepare<[], number>(
        `SELECT began_at FROM received_file WHERE began_at IS NOT NULL
         ORDER BY sequence DESC LIMIT 1`,
      )
      .pluck()
      .get()
    if (newest !== undefined && newest >= lastHour) return true
    const through = this.#parts.days.confirmedThrough()
    return through !== undefined && jstDay(epochMs(endedAt - 1)) <= through
  }

  #waiting(): ContractRow[] {
    const { contracts } = this.#parts
    return this.#store
      .prepare<[], string>(
        `SELECT contract FROM settlement JOIN contract USING (contract_no)
         WHERE settled_at IS NULL ORDER BY settlement.contract_no`,
      )
      .pluck()
      .all()
      .map(contract => contracts.byId(contract as ContractId))
      .filter(row => row !== undefined)
  }

  #firstMonth(contractNo: number): JstMonth {
    const [first] = this.#parts.contracts.periodsOf(contractNo)
    if (!first) throw new TypeError(`contract ${contractNo} never had a number`)
    return jstMonth(first.from)
  }

  #paidLate(contractNo: number): number {
    const paid = this.#store
      .prepare<[number], number>(
        'SELECT coalesce(sum(applied), 0) FROM late_settlement WHERE contract_no = ?',
      )
      .pluck()
    return paid.get(contractNo) ?? 0
  }

  #inPair(contractNo: number): boolean {
    const pair = this.#store.prepare<[number, number]>(
      'SELECT 1 FROM contract_pair WHERE contract_no = ? OR partner_no = ?',
    )
    return pair.get(contractNo, contractNo) !== undefined
  }
}

interface SettlementRow {
  readonly contract: string
  readonly cancelled_at: number
  readonly asked_at: number
  readonly settled_at: number | null
  readonly month: string | null
}
