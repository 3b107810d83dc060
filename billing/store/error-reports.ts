import { type EpochMs, epochMs } from '../../domain/clock.js'
import { DAY_MS, type JstDay, jstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ErrorReport, ErrorReportSummary, ReportedError, TerminalId } from '../error-report.js'
import type { HoldReason } from './held-charges.js'

/** Most reports that one turn of the job makes, so that other work goes on between them. */
const REPORTS_AT_ONCE = 31

/**
 * B-09: the daily reports of the error bin, and which terminal has opened which. A report is a copy of what was held at
 * the end of its day, since what is held may be settled the next morning. A day without errors has none.
 */
export class ErrorReports {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  /** Makes the reports of days that are over, at most a month of them. `false`: there are more. */
  make(now: EpochMs): boolean {
    let day = this.#nextDay()
    for (let turn = 0; turn < REPORTS_AT_ONCE; turn++) {
      if (day === undefined || day >= jstDay(now)) return true
      this.#makeOne(day, now)
      day = nextJstDay(day)
    }
    return false
  }

  /** Makes all that are due, before a try changes what they are to say. */
  makeAll(now: EpochMs): void {
    while (!this.make(now));
  }

  /** Reports whose print is not known to be on disk, the oldest first. */
  unfiled(): ErrorReport[] {
    const days = this.#store
      .prepare<[], JstDay>('SELECT day FROM error_report WHERE filed_at IS NULL ORDER BY day')
      .pluck()
      .all()
    return days.map(day => this.get(day)).filter(report => report !== undefined)
  }

  /** The print of a report is on disk. */
  file(day: JstDay, now: EpochMs): void {
    this.#store.prepare('UPDATE error_report SET filed_at = ? WHERE day = ?').run(now, day)
  }

  /** Reports, the newest first, as a terminal sees them. */
  list(terminal: TerminalId, max: number): ErrorReportSummary[] {
    return this.#store
      .prepare<[string, number], SummaryRow>(
        `SELECT day, made_at, count(*) AS count, sum(face_value) AS sum, opened_at
         FROM error_report JOIN reported_error USING (day)
         LEFT JOIN opened_report ON report_day = day AND terminal = ?
         GROUP BY day ORDER BY day DESC LIMIT ?`,
      )
      .all(terminal, max)
      .map(({ day, made_at, count, sum, opened_at }) => ({
        day: day as JstDay,
        madeAt: epochMs(made_at),
        count,
        sum: yen(sum),
        openedAt: opened_at === null ? undefined : epochMs(opened_at),
      }))
  }

  /** A report, opened at a terminal: it is unread there no more. */
  open(day: JstDay, terminal: TerminalId, now: EpochMs): ErrorReport | undefined {
    const report = this.get(day)
    if (!report) return undefined
    this.#store
      .prepare(
        'INSERT OR IGNORE INTO opened_report (report_day, terminal, opened_at) VALUES (?, ?, ?)',
      )
      .run(day, terminal, now)
    return report
  }

  get(day: JstDay): ErrorReport | undefined {
    const madeAt = this.#store
      .prepare<[string], number>('SELECT made_at FROM error_report WHERE day = ?')
      .pluck()
      .get(day)
    const errors = this.#errorsOf(day)
    if (madeAt === undefined || errors.length === 0) return undefined
    return { day, madeAt: epochMs(madeAt), errors }
  }

  /** Copies what was held at the end of a day. */
  #makeOne(day: JstDay, now: EpochMs): void {
    const end = startOfJstDay(nextJstDay(day))
    this.#store.prepare('INSERT INTO error_report (day, made_at) VALUES (?, ?)').run(day, now)
    const { changes } = this.#store
      .prepare(
        `INSERT INTO reported_error (day, charge_no, reason, first_seen_at, retries, age, face_value)
         SELECT ?, charge_no, reason, first_seen_at, retries,
                CAST((? - 1 - first_seen_at) / ${DAY_MS} AS INTEGER), face_value
         FROM held_charge JOIN charge USING (charge_no)
         WHERE first_seen_at < ? AND coalesce(settled_at, ?) >= ?`,
      )
      .run(day, end, end, end, end)
    // Of a day without errors there is nothing to print.
    if (changes === 0) this.file(day, now)
  }

  #errorsOf(day: JstDay): ReportedError[] {
    return this.#store
      .prepare<[string], ErrorRow>(
        `SELECT msisdn, serial, charge.face_value, charged_at, node, reason, first_seen_at, retries, age
         FROM reported_error JOIN charge USING (charge_no) WHERE day = ? ORDER BY charge_no`,
      )
      .all(day)
      .map(row => ({
        msisdn: row.msisdn as Msisdn,
        serial: row.serial,
        faceValue: yen(row.face_value),
        chargedAt: epochMs(row.charged_at),
        node: row.node,
        reason: row.reason as HoldReason,
        firstSeenAt: epochMs(row.first_seen_at),
        retries: row.retries,
        age: row.age,
      }))
  }

  /** The day after the last report, or the day of the first error. */
  #nextDay(): JstDay | undefined {
    const last = this.#store
      .prepare<[], string | null>('SELECT max(day) FROM error_report')
      .pluck()
      .get()
    if (last) return nextJstDay(last as JstDay)
    const first = this.#store
      .prepare<[], number | null>('SELECT min(first_seen_at) FROM held_charge')
      .pluck()
      .get()
    return first === null || first === undefined ? undefined : jstDay(epochMs(first))
  }
}

interface SummaryRow {
  readonly day: string
  readonly made_at: number
  readonly count: number
  readonly sum: number
  readonly opened_at: number | null
}

interface ErrorRow {
  readonly msisdn: string
  readonly serial: string
  readonly face_value: number
  readonly charged_at: number
  readonly node: string
  readonly reason: string
  readonly first_seen_at: number
  readonly retries: number
  readonly age: number
}
