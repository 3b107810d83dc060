import { join } from 'node:path'
import type { Clock } from '../../domain/clock.js'
import { jstDay } from '../../domain/jst.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { writeAllDurably } from '../../platform/durable-file.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import type { ErrorReport } from '../error-report.js'
import { errorReportCsv } from '../exports/error-report-csv.js'
import { errorReportPages } from '../print/error-report-print.js'
import { pdfOf } from '../print/pdf.js'
import { nextTimeOfDay } from '../rules/online-hours.js'
import type { BillingStore } from '../store/open.js'
import type { Timer } from '../timers/timer.js'
import type { Deliverer } from './deliver.js'

/** Name of the job, and of the timer that starts it. */
export const DAY_END = 'day-end'

/** A minute past midnight: what was booked up to it is on disk. */
const AT_MINUTE = 1

/** Pause before what a fault hindered is tried again, in ms. */
const RETRY_MS = 30_000

/** The timer that starts the job at the next midnight. */
export function dayEndTimer(clock: Clock): Timer {
  const dueAt = nextTimeOfDay(AT_MINUTE, clock.now())
  return { name: DAY_END, dueAt, about: jstDay(dueAt), effect: { does: 'start_job', job: DAY_END } }
}

export interface DayEndOptions {
  readonly store: Pick<BillingStore, 'makeErrorReports' | 'unfiledErrorReports' | 'fileErrorReport'>
  readonly deliverer: Pick<Deliverer, 'run'>
  /** Folder of the error reports' prints. */
  readonly reports: string
  readonly log: Logger
  readonly later?: Later
}

/**
 * The end of a day (B-09, B-18): error reports of the days that are over, as PDF and CSV, and every delivery that is due.
 * Safe to repeat; what a kill cut short is done by the next round.
 */
export const dayEnd = ({ store, deliverer, reports, log, later }: DayEndOptions): Rounds =>
  new Rounds({
    what: 'the end of a day: error reports and deliveries',
    retryMs: RETRY_MS,
    later: later ?? nodeLater,
    log,
    work: async () => {
      while (!(await store.makeErrorReports()));
      for (const report of await store.unfiledErrorReports()) {
        await fileReport(report, reports)
        await store.fileErrorReport(report.day)
        log.info({ day: report.day, errors: report.errors.length }, 'error report made')
      }
      await deliverer.run()
      return undefined
    },
  })

/** Puts a report's print into its folder: `2001-01-31.pdf` and `2001-01-31.csv`. */
async function fileReport(report: ErrorReport, folder: string): Promise<void> {
  const path = (ending: string) => join(folder, `${report.day}.${ending}`)
  writeAllDurably(
    [
      { path: path('pdf'), content: await errorReportPdf(report) },
      { path: path('csv'), content: errorReportCsv(report) },
    ],
    0o440,
  )
}

/** A report as PDF: the same bytes each time. */
export const errorReportPdf = (report: ErrorReport): Promise<Buffer> =>
  pdfOf(errorReportPages(report), {
    title: `日次エラーリスト ${report.day}`,
    author: 'mcscp',
    language: 'ja',
    madeOn: report.day,
  })
