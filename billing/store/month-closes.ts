import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth, jstMonth, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { correctionWindow } from '../rules/correction-window.js'
import type { MonthApplication } from '../rules/month-application.js'
import { lastDayOfMonth } from '../rules/validity.js'
import type { MonthScope } from './contract-months.js'
import type { Days } from './days.js'
import type { Ledger } from './ledger.js'
import type { MonthBooks } from './month-books.js'
import type { MonthHold, MonthHolds } from './month-holds.js'
import type { Outbox } from './outbox.js'

/** Whether a month may be closed; in the order they are checked. */
export type MonthCloseBegun =
  | { readonly outcome: 'finished' }
  | { readonly outcome: 'running' }
  /** The month of use is not over yet. */
  | { readonly outcome: 'not_over' }
  /** Months are closed one after the other. */
  | { readonly outcome: 'out_of_order'; readonly expected: JstMonth }
  /** An operator keeps it open. */
  | { readonly outcome: 'held'; readonly hold: MonthHold }
  /** Charges of the month may still come (requirement C-06). */
  | { readonly outcome: 'days_unconfirmed'; readonly confirmedThrough: string | undefined }
  /** Its invoices may still be corrected (P-05). */
  | { readonly outcome: 'window_open'; readonly until: EpochMs }

/** A closed month summed up. */
export interface MonthSummary {
  readonly month: JstMonth
  readonly contracts: number
  readonly invoicedYen: Yen
  /** What Mobilers paid of the invoices, of either number of a two-number plan. */
  readonly appliedYen: Yen
  readonly expiredYen: Yen
  readonly forfeitedYen: Yen
  readonly carriedOutYen: Yen
}

/** A fixed application, as the invoice's notice prints it (S-27). */
export interface FixedApplication extends MonthApplication {
  readonly month: JstMonth
  readonly invoice: Yen
  /** The part of the invoice that it may pay. */
  readonly deductible: Yen
  /** Paid since by charges that came after the contract was settled (§7.16). */
  readonly appliedLate: Yen
}

const FOREVER = epochMs(Number.MAX_SAFE_INTEGER)

interface CloseRow {
  readonly month: string
  readonly through_entry: number
  readonly through_contract: number | null
  readonly done_contract: number
  readonly began_at: number
  readonly finished_at: number | null
}

interface ApplicationRow {
  readonly month: string
  readonly contract_no: number
  readonly invoice: number
  readonly deductible: number
  readonly carried_in: number
  readonly registered: number
  readonly expired: number
  readonly applied: number
  readonly applied_to_partner: number
  readonly applied_from_partner: number
  readonly forfeited: number
  readonly carried_out: number
  readonly valid_through: string | null
  readonly applied_late: number
}

export interface MonthCloseParts {
  readonly ledger: Ledger
  readonly books: MonthBooks
  readonly days: Days
  readonly outbox: Outbox
  readonly holds: MonthHolds
}

/**
 * 定期調定 (seed 004 §4.3(4)①): calculates and fixes a month of use for all contracts, some at a time. It sees the
 * ledger as it was when it began, so that it comes to the same result however often it is interrupted.
 */
export class MonthCloses {
  readonly #store: Database
  readonly #parts: MonthCloseParts
  readonly #lastFinished
  readonly #running
  readonly #applications
  readonly #application

  constructor(store: Database, parts: MonthCloseParts) {
    this.#store = store
    this.#parts = parts
    this.#lastFinished = store
      .prepare<[], string | null>(
        'SELECT max(month) FROM month_close WHERE finished_at IS NOT NULL',
      )
      .pluck()
    this.#running = store
      .prepare<[], JstMonth>('SELECT month FROM month_close WHERE finished_at IS NULL')
      .pluck()
    // What is fixed never changes; what came after a settlement stands beside it.
    const withLate = `SELECT *, (SELECT coalesce(sum(amount), 0) FROM late_payment AS late
        WHERE late.month = fixed.month AND late.contract_no = fixed.contract_no AND paid_at < ?)
        AS applied_late FROM month_application AS fixed`
    this.#applications = store.prepare<[number, string, number, number], ApplicationRow>(
      `${withLate} WHERE month = ? AND contract_no > ? AND contract_no <= ? ORDER BY contract_no`,
    )
    this.#application = store.prepare<[number, string, number], ApplicationRow>(
      `${withLate} WHERE month = ? AND contract_no = ?`,
    )
  }

  /** The newest month that is closed. */
  lastFinished(): JstMonth | undefined {
    const month = this.#lastFinished.get()
    return month === null || month === undefined ? undefined : (month as JstMonth)
  }

  /** The month that is to be closed now: the first that is not, once its correction window is over (§7.15). */
  due(now: EpochMs): JstMonth | undefined {
    const last = this.lastFinished()
    const month = last === undefined ? this.firstServed() : addMonths(last, 1)
    if (month === undefined) return undefined
    const { until } = correctionWindow(this.#parts.books.billingMonthOf(month))
    return now < until ? undefined : month
  }

  /** The month whose close is under way. */
  running(): JstMonth | undefined {
    return this.#running.get()
  }

  /**
   * Begins a month's close, or goes on with one that began. `afterWindow`: not before the correction window of
   * its invoices is over (§7.15).
   */
  begin(month: JstMonth, now: EpochMs, afterWindow = false): MonthCloseBegun {
    const row = this.#row(month)
    if (row) return { outcome: row.finished_at === null ? 'running' : 'finished' }
    if (now < startOfJstMonth(addMonths(month, 1))) return { outcome: 'not_over' }
    const last = this.lastFinished()
    const expected = last === undefined ? this.#firstCharged() : addMonths(last, 1)
    const inOrder = last === undefined ? month <= (expected ?? month) : month === expected
    if (expected !== undefined && !inOrder) return { outcome: 'out_of_order', expected }
    const hold = this.#parts.holds.of(month)
    if (hold) return { outcome: 'held', hold }
    const confirmedThrough = this.#parts.days.confirmedThrough()
    if (confirmedThrough === undefined || confirmedThrough < lastDayOfMonth(month)) {
      return { outcome: 'days_unconfirmed', confirmedThrough }
    }
    const { until } = correctionWindow(this.#parts.books.billingMonthOf(month))
    if (afterWindow && now < until) return { outcome: 'window_open', until }
    this.#store
      .prepare(
        `INSERT INTO month_close (month, through_entry, through_contract, began_at)
         VALUES (?, ?, ?, ?)`,
      )
      .run(month, this.#parts.ledger.lastEntry(), this.#lastContract(), now)
    return { outcome: 'running' }
  }

  /** Settles at most `max` more contracts of a close that began. `true`: the month is closed. */
  advance(month: JstMonth, max: number, now: EpochMs): boolean {
    const row = this.#row(month)
    if (!row) throw new TypeError(`the close of ${month} did not begin`)
    if (row.finished_at !== null) return true
    const { books } = this.#parts
    const scope = this.scopeOf(month)
    const page = books.page(scope, row.done_contract, max)
    const lastSeen = row.through_contract ?? Number.MAX_SAFE_INTEGER
    const contracts = page.filter(({ contractNo }) => contractNo <= lastSeen)
    const at = epochMs(row.began_at)
    for (const outcome of books.conclude(contracts, scope)) books.book(outcome, scope, at)
    const done = contracts.at(-1)?.contractNo ?? row.done_contract
    const finished = contracts.length < max
    this.#store
      .prepare('UPDATE month_close SET done_contract = ?, finished_at = ? WHERE month = ?')
      .run(done, finished ? now : null, month)
    if (finished) this.#parts.outbox.add({ kind: 'month_closed', month })
    return finished
  }

  summary(month: JstMonth): MonthSummary {
    const row = this.#store
      .prepare<[string], Record<string, number>>(
        `SELECT count(*) AS contracts, coalesce(sum(invoice), 0) AS invoiced,
           coalesce(sum(applied + applied_from_partner), 0) AS applied, coalesce(sum(expired), 0) AS expired,
           coalesce(sum(forfeited), 0) AS forfeited, coalesce(sum(carried_out), 0) AS carried_out
         FROM month_application WHERE month = ?`,
      )
      .get(month)
    const amount = (name: string) => yen(row?.[name] ?? 0)
    return {
      month,
      contracts: row?.contracts ?? 0,
      invoicedYen: amount('invoiced'),
      appliedYen: amount('applied'),
      expiredYen: amount('expired'),
      forfeitedYen: amount('forfeited'),
      carriedOutYen: amount('carried_out'),
    }
  }

  /** The fixed applications of a contract, the newest first. */
  applicationsOf(contractNo: number): FixedApplication[] {
    return this.#months()
      .map(month => this.#application.get(FOREVER, month, contractNo))
      .filter(row => row !== undefined)
      .map(applicationOf)
  }

  applicationOf(month: JstMonth, contractNo: number): FixedApplication | undefined {
    const row = this.#application.get(FOREVER, month, contractNo)
    return row && applicationOf(row)
  }

  /**
   * The fixed applications of a month of use, by contract, of those after one up to another; of what came after
   * settlements, what came before `asOf`.
   */
  fixedBetween(
    month: JstMonth,
    after: number,
    last: number,
    asOf: EpochMs = FOREVER,
  ): Map<number, FixedApplication> {
    const rows = this.#applications.all(asOf, month, after, last)
    return new Map(rows.map(row => [row.contract_no, applicationOf(row)]))
  }

  /** How a month is looked at: by its close, once that began, else by all that is in the ledger now. */
  scopeOf(month: JstMonth): MonthScope {
    const { books, ledger } = this.#parts
    const through = this.#row(month)?.through_entry ?? ledger.lastEntry()
    const seen = this.#row(addMonths(month, -1))?.through_entry
    return books.scopeOf(month, through, seen ?? 0)
  }

  /** The first month of use that billing bills anything of; `undefined`: there was nothing yet. */
  firstServed(): JstMonth | undefined {
    const first = this.#store
      .prepare<[], string | null>(
        `SELECT min(month) FROM (
           SELECT min(month) AS month FROM ledger_entry WHERE kind = 'charge'
           UNION ALL SELECT min(month) FROM usage_line
           UNION ALL SELECT min(month) FROM invoice
           UNION ALL SELECT min(month) FROM month_calculation)`,
      )
      .pluck()
      .get()
    const filed = this.#store
      .prepare<[], number | null>('SELECT min(began_at) FROM received_file')
      .pluck()
      .get()
    const months = [first, filed && jstMonth(epochMs(filed))].filter(month => !!month)
    return months.sort()[0] as JstMonth | undefined
  }

  /** How far a close is: contracts up to one, of those up to another. */
  progress(month: JstMonth): { readonly done: number; readonly last: number } | undefined {
    const row = this.#row(month)
    return row && { done: row.done_contract, last: row.through_contract ?? this.#lastContract() }
  }

  #lastContract(): number {
    const last = this.#store.prepare<[], number | null>('SELECT max(contract_no) FROM contract')
    return last.pluck().get() ?? 0
  }

  /** Months of which something is fixed, the newest first. */
  #months(): JstMonth[] {
    return this.#store
      .prepare<[], JstMonth>(
        `SELECT month FROM month_close UNION
         SELECT month FROM settled_month ORDER BY month DESC`,
      )
      .pluck()
      .all()
  }

  #row(month: JstMonth): CloseRow | undefined {
    return this.#store
      .prepare<[string], CloseRow>('SELECT * FROM month_close WHERE month = ?')
      .get(month)
  }

  /** The month of the first charge: months before it need no close. */
  #firstCharged(): JstMonth | undefined {
    const first = this.#store
      .prepare<[], string | null>("SELECT min(month) FROM ledger_entry WHERE kind = 'charge'")
      .pluck()
      .get()
    return first === null || first === undefined ? undefined : (first as JstMonth)
  }
}

const applicationOf = (row: ApplicationRow): FixedApplication => ({
  month: row.month as JstMonth,
  invoice: yen(row.invoice),
  deductible: yen(row.deductible),
  carriedIn: yen(row.carried_in),
  registered: yen(row.registered),
  expired: yen(row.expired),
  applied: yen(row.applied),
  appliedToPartner: yen(row.applied_to_partner),
  appliedFromPartner: yen(row.applied_from_partner),
  forfeited: yen(row.forfeited),
  carriedOut: yen(row.carried_out),
  validThrough: row.valid_through === null ? undefined : (row.valid_through as JstMonth),
  appliedLate: yen(row.applied_late),
})
