import type { Clock } from '../../domain/clock.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, type JstMonth, jstDay, jstText } from '../../domain/jst.js'
import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { Severity } from '../../platform/alarm-codes.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { nextTimeOfDay } from '../rules/online-hours.js'
import type { BillingStore } from '../store/open.js'
import type { Timer } from '../timers/timer.js'
import type { MonthClosed, MonthCloser } from './close-month.js'

/** Name of the job, and of the timer that starts it. */
export const MONTH_CLOSE = 'month-close'

export interface MonthClosingOptions {
  readonly store: Pick<BillingStore, 'dueMonth'>
  readonly closer: Pick<MonthCloser, 'close'>
  readonly clock: Clock
  readonly log: Logger
  /** Time of day of Japan at which a month is closed, in minutes from midnight. */
  readonly at: number
}

type NotClosed = Exclude<MonthClosed, { readonly outcome: 'closed' }>

/**
 * The month closes by itself (F-05, §7.15): once its correction window is over, at a time of day. What could not be
 * closed is an alarm, and tried again every hour until it is.
 */
export class MonthClosing {
  readonly #options: MonthClosingOptions
  /** The month about which the alarm stands, and what it said. */
  #hindered: { readonly month: JstMonth; readonly why: string } | undefined

  constructor(options: MonthClosingOptions) {
    this.#options = options
  }

  /** The timer that starts the job next. */
  timer(): Timer {
    const { clock, at } = this.#options
    const daily = nextTimeOfDay(at, clock.now())
    const dueAt = this.#hindered ? epochMs(Math.min(daily, clock.now() + HOUR_MS)) : daily
    const effect = { does: 'start_job', job: MONTH_CLOSE } as const
    return { name: MONTH_CLOSE, dueAt, about: jstDay(dueAt), effect }
  }

  /** Closes every month that is due, in order, up to the first that cannot be closed. Safe to repeat. */
  async run(): Promise<void> {
    const { store, closer } = this.#options
    for (;;) {
      const month = await store.dueMonth()
      if (month === undefined) return this.#over()
      try {
        const closed = await closer.close(month, true)
        if (closed.outcome === 'closed') continue
        // Who holds a month knows of it; the others are to see that it stands.
        return this.#hinderedBy(
          month,
          whyNot(closed),
          closed.outcome === 'held' ? 'minor' : 'major',
        )
      } catch (error) {
        // Billing ends in the middle of it: the next start goes on.
        if (!(error instanceof Fault) || error.code === 'PEER_UNREACHABLE') throw error
        return this.#hinderedBy(month, error.message, 'major')
      }
    }
  }

  #hinderedBy(month: JstMonth, why: string, severity: Severity): void {
    if (this.#hindered?.month === month && this.#hindered.why === why) return
    this.#hindered = { month, why }
    raiseAlarm(this.#options.log, 'MONTH_NOT_CLOSED', severity, { month, why })
  }

  #over(): void {
    if (this.#hindered) {
      clearAlarm(this.#options.log, 'MONTH_NOT_CLOSED', { month: this.#hindered.month })
    } else settleAlarms(['MONTH_NOT_CLOSED'], {})
    this.#hindered = undefined
  }
}

function whyNot(closed: NotClosed): string {
  switch (closed.outcome) {
    case 'not_over':
      return 'it is not over'
    case 'out_of_order':
      return `${closed.expected} comes first`
    case 'held':
      return `held: ${closed.hold.reason}`
    case 'days_unconfirmed':
      return `complete are days up to ${closed.confirmedThrough ?? 'none'}`
    case 'window_open':
      return `it may be corrected until ${jstText(closed.until)}`
  }
}
