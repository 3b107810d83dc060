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
  readonly #settledMonths
  readonly #open

  constructor(store: Database, parts: SettlementsParts) {
    this.#store = store
    this.#parts = parts
    this.#settledMonths = store.prepare<[number], SettledMonths>(
      'SELECT first_month, month FROM settlement WHERE contract_no = ?',
    )
    this.#open = store
      .prepare<[], string>(
        `SELECT contract FROM settlement JOIN contract USING (contract_no)
         WHERE settled_at IS NULL ORDER BY settlement.contract_no`,
      )
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
    const month = this.#settledMonths.get(contractNo)?.month
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
   * §7.16: a charge of a contract that is settled already. It pays what the invoices of the settlement still ask
   * for, from its own month on and the oldest first; the rest is not refunded.
   */
  settleAgain({ chargeNo, chargedAt, faceValue }: Charge, contractNo: number, now: EpochMs): void {
    const { ledger } = this.#parts
    const { first_month, month: last } = this.#settledMonths.get(contractNo) ?? {}
    if (!first_month || !last) throw new TypeError(`contract ${contractNo} is not settled`)
    const of = { contractNo, occurredAt: now, bookedAt: now, chargeNo }
    const charged = { contractNo, occurredAt: chargedAt, bookedAt: now, chargeNo }
    const own = jstMonth(chargedAt)
    const paid = this.#paidBy(
      chargedAt,
      faceValue,
      contractNo,
      own > first_month ? own : first_month,
      last,
    )
    const applied = paid.reduce((sum, { amount }) => sum + amount, 0)
    const forfeited = faceValue - applied
    ledger.append({ ...charged, kind: 'charge', amount: faceValue, month: own })
    for (const { month, amount } of paid) {
      ledger.append({ ...of, month, kind: 'application', amount: yen(-amount) })
    }
    if (forfeited > 0) {
      ledger.append({ ...of, month: last, kind: 'cancellation', amount: yen(-forfeited) })
    }
    this.#store
      .prepare('INSERT INTO late_settlement VALUES (?, ?, ?, ?, ?, ?)')
      .run(chargeNo, contractNo, last, applied, forfeited, now)
    for (const { month, amount } of paid) {
      this.#store
        .prepare('INSERT INTO late_payment VALUES (?, ?, ?, ?, ?)')
        .run(month, contractNo, chargeNo, amount, now)
    }
  }

  /** What a late charge pays of which months' invoices, while its validity lasts. */
  #paidBy(
    chargedAt: EpochMs,
    faceValue: number,
    contractNo: number,
    first: JstMonth,
    last: JstMonth,
  ): { readonly month: JstMonth; readonly amount: number }[] {
    const { closes, books } = this.#parts
    const { end } = validityFrom(chargedAt)
    const paid: { month: JstMonth; amount: number }[] = []
    let left = faceValue
    for (let month = first; month <= last && left > 0; month = addMonths(month, 1)) {
      const fixed = closes.applicationOf(month, contractNo)
      if (!fixed || end < books.billingMonthOf(month)) continue
      const asked = fixed.deductible - fixed.applied - fixed.appliedFromPartner - fixed.appliedLate
      const amount = Math.min(left, Math.max(0, asked))
      if (amount > 0) paid.push({ month, amount })
      left -= amount
    }
    return paid
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
    const ended = jstMonth(epochMs(endedAt - 1))
    const first = closed === undefined ? this.#firstMonth(contractNo, ended) : addMonths(closed, 1)
    // Of a contract that ended in a closed month, what is left is settled in the first open one.
    const last = ended < first ? first : ended
    let seen = closes.scopeOf(first).seen
    for (let month = first; month <= last; month = addMonths(month, 1)) {
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
      .prepare(
        'UPDATE settlement SET settled_at = ?, first_month = ?, month = ? WHERE contract_no = ?',
      )
      .run(now, first, last, contractNo)
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
    return this.#open
      .all()
      .map(contract => contracts.byId(contract as ContractId))
      .filter(row => row !== undefined)
  }

  /** The month that the contract began in, but none before billing bills any. */
  #firstMonth(contractNo: number, ended: JstMonth): JstMonth {
    const [first] = this.#parts.contracts.periodsOf(contractNo)
    if (!first) throw new TypeError(`contract ${contractNo} never had a number`)
    const began = jstMonth(first.from)
    const served = this.#parts.closes.firstServed() ?? ended
    return began < served ? served : began
  }

  #inPair(contractNo: number): boolean {
    const pair = this.#store.prepare<[number, number]>(
      'SELECT 1 FROM contract_pair WHERE contract_no = ? OR partner_no = ?',
    )
    return pair.get(contractNo, contractNo) !== undefined
  }
}

/** The months of use that a settlement fixed, the first and the last; `null` until it is done. */
interface SettledMonths {
  readonly first_month: JstMonth | null
  readonly month: JstMonth | null
}

interface SettlementRow {
  readonly contract: string
  readonly cancelled_at: number
  readonly asked_at: number
  readonly settled_at: number | null
  readonly month: string | null
}
