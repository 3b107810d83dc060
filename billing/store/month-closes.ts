import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { applyMonth, type LedgerLine, type MonthApplication } from '../rules/month-application.js'
import { lastDayOfMonth } from '../rules/validity.js'
import type { Days } from './days.js'
import type { Invoices } from './invoices.js'
import type { Entry, Ledger } from './ledger.js'
import type { Outbox } from './outbox.js'

/** Whether a month may be closed; in the order they are checked. */
export type MonthCloseBegun =
  | { readonly outcome: 'finished' }
  | { readonly outcome: 'running' }
  /** The month of use is not over yet. */
  | { readonly outcome: 'not_over' }
  /** Months are closed one after the other. */
  | { readonly outcome: 'out_of_order'; readonly expected: JstMonth }
  /** Charges of the month may still come (requirement C-06). */
  | { readonly outcome: 'days_unconfirmed'; readonly confirmedThrough: string | undefined }

/** A closed month summed up. */
export interface MonthSummary {
  readonly month: JstMonth
  readonly contracts: number
  readonly invoicedYen: Yen
  readonly appliedYen: Yen
  readonly expiredYen: Yen
  readonly forfeitedYen: Yen
  readonly carriedOutYen: Yen
}

/** A fixed application, as the invoice's notice prints it (S-27). */
export interface FixedApplication extends MonthApplication {
  readonly month: JstMonth
  readonly invoice: Yen
}

interface CloseRow {
  readonly month: string
  readonly through_entry: number
  readonly done_contract: number
  readonly began_at: number
  readonly finished_at: number | null
}

interface ApplicationRow {
  readonly month: string
  readonly invoice: number
  readonly carried_in: number
  readonly registered: number
  readonly expired: number
  readonly applied: number
  readonly forfeited: number
  readonly carried_out: number
  readonly valid_through: string | null
}

export interface MonthCloseParts {
  readonly ledger: Ledger
  readonly invoices: Invoices
  readonly days: Days
  readonly outbox: Outbox
}

/**
 * 定期調定 (seed 004 §4.3(4)①): calculates and fixes a month of use for all contracts, some at a time. It sees the
 * ledger as it was when it began, so that it comes to the same result however often it is interrupted.
 */
export class MonthCloses {
  readonly #store: Database
  readonly #parts: () => MonthCloseParts

  constructor(store: Database, parts: () => MonthCloseParts) {
    this.#store = store
    this.#parts = parts
  }

  /** The newest month that is closed. */
  lastFinished(): JstMonth | undefined {
    const month = this.#store
      .prepare<[], string | null>(
        'SELECT max(month) FROM month_close WHERE finished_at IS NOT NULL',
      )
      .pluck()
      .get()
    return month === null || month === undefined ? undefined : (month as JstMonth)
  }

  /** The month whose close is under way. */
  running(): JstMonth | undefined {
    const month = this.#store
      .prepare<[], string>('SELECT month FROM month_close WHERE finished_at IS NULL')
      .pluck()
      .get()
    return month as JstMonth | undefined
  }

  /** Begins a month's close, or goes on with one that began. */
  begin(month: JstMonth, now: EpochMs): MonthCloseBegun {
    const row = this.#row(month)
    if (row) return { outcome: row.finished_at === null ? 'running' : 'finished' }
    if (now < startOfJstMonth(addMonths(month, 1))) return { outcome: 'not_over' }
    const last = this.lastFinished()
    const expected = last === undefined ? this.#firstCharged() : addMonths(last, 1)
    const inOrder = last === undefined ? month <= (expected ?? month) : month === expected
    if (expected !== undefined && !inOrder) return { outcome: 'out_of_order', expected }
    const confirmedThrough = this.#parts().days.confirmedThrough()
    if (confirmedThrough === undefined || confirmedThrough < lastDayOfMonth(month)) {
      return { outcome: 'days_unconfirmed', confirmedThrough }
    }
    this.#store
      .prepare('INSERT INTO month_close (month, through_entry, began_at) VALUES (?, ?, ?)')
      .run(month, this.#parts().ledger.lastEntry(), now)
    return { outcome: 'running' }
  }

  /** Settles at most `max` more contracts of a close that began. `true`: the month is closed. */
  advance(month: JstMonth, max: number, now: EpochMs): boolean {
    const row = this.#row(month)
    if (!row) throw new TypeError(`the close of ${month} did not begin`)
    if (row.finished_at !== null) return true
    const contracts = this.#store
      .prepare<[number, number], { contract_no: number; cancelled_at: number | null }>(
        `SELECT contract_no, cancelled_at FROM contract WHERE contract_no > ?
         ORDER BY contract_no LIMIT ?`,
      )
      .all(row.done_contract, max)
    for (const { contract_no, cancelled_at } of contracts) {
      const cancelled = cancelled_at !== null && cancelled_at < startOfJstMonth(addMonths(month, 1))
      this.#settle(contract_no, cancelled, row)
    }
    const done = contracts.at(-1)?.contract_no ?? row.done_contract
    const finished = contracts.length < max
    this.#store
      .prepare('UPDATE month_close SET done_contract = ?, finished_at = ? WHERE month = ?')
      .run(done, finished ? now : null, month)
    if (finished) this.#parts().outbox.add({ kind: 'month_closed', month })
    return finished
  }

  summary(month: JstMonth): MonthSummary {
    const row = this.#store
      .prepare<[string], Record<string, number>>(
        `SELECT count(*) AS contracts, coalesce(sum(invoice), 0) AS invoiced,
           coalesce(sum(applied), 0) AS applied, coalesce(sum(expired), 0) AS expired,
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
    return this.#store
      .prepare<[number], ApplicationRow>(
        'SELECT * FROM month_application WHERE contract_no = ? ORDER BY month DESC',
      )
      .all(contractNo)
      .map(applicationOf)
  }

  #settle(contractNo: number, cancelled: boolean, { month: text, ...close }: CloseRow): void {
    const { ledger, invoices, outbox } = this.#parts()
    const month = text as JstMonth
    const entries = ledger.entriesOf(contractNo, close.through_entry)
    const invoice = invoices.totalOf(month, contractNo)
    if (invoice === undefined && entries.length === 0) return
    const seen = this.#row(addMonths(month, -1))?.through_entry ?? 0
    const lines = entries.map(entry => lineOf(entry, month, seen))
    const result = applyMonth({ month, lines, invoice: invoice ?? yen(0), cancelled })
    if (invoice === undefined && isNothing(result)) return

    const at = epochMs(close.began_at)
    const of = { contractNo, month, occurredAt: at, bookedAt: at }
    const take = (kind: 'expiry' | 'application' | 'cancellation', amount: Yen) => {
      if (amount > 0) ledger.append({ ...of, kind, amount: yen(-amount) })
    }
    take('expiry', result.expired)
    take('application', result.applied)
    take('cancellation', result.forfeited)
    this.#keep(contractNo, month, invoice ?? yen(0), result)
    outbox.add({
      kind: 'invoice',
      contractNo,
      month,
      appliedYen: result.applied,
      carriedOutYen: result.carriedOut,
    })
  }

  #keep(contractNo: number, month: JstMonth, invoice: Yen, result: MonthApplication): void {
    this.#store
      .prepare(
        `INSERT INTO month_application (contract_no, month, invoice, carried_in, registered, expired,
           applied, forfeited, carried_out, valid_through) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        contractNo,
        month,
        invoice,
        result.carriedIn,
        result.registered,
        result.expired,
        result.applied,
        result.forfeited,
        result.carriedOut,
        result.validThrough ?? null,
      )
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

/** `seen`: the newest entry that the close of the month before saw. */
function lineOf(entry: Entry, month: JstMonth, seen: number): LedgerLine {
  const ofCharge = entry.kind === 'charge' || (entry.kind === 'expiry' && entry.chargeNo)
  return {
    amount: entry.amount,
    month: entry.month,
    chargedAt: entry.kind === 'charge' ? entry.occurredAt : undefined,
    late: Boolean(ofCharge) && entry.month < month && entry.entryNo > seen,
  }
}

const isNothing = ({ carriedIn, registered }: MonthApplication): boolean =>
  carriedIn === 0 && registered === 0

const applicationOf = (row: ApplicationRow): FixedApplication => ({
  month: row.month as JstMonth,
  invoice: yen(row.invoice),
  carriedIn: yen(row.carried_in),
  registered: yen(row.registered),
  expired: yen(row.expired),
  applied: yen(row.applied),
  forfeited: yen(row.forfeited),
  carriedOut: yen(row.carried_out),
  validThrough: row.valid_through === null ? undefined : (row.valid_through as JstMonth),
})
