import type { JstMonth } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { MonthCloseBegun, MonthSummary } from '../store/month-closes.js'
import type { BillingStore } from '../store/open.js'

/** Contracts settled in one commit, so that other work goes on between them. */
const SETTLED_AT_ONCE = 500

/** What closing a month came to. */
export type MonthClosed =
  | Exclude<MonthCloseBegun, { readonly outcome: 'finished' | 'running' }>
  | { readonly outcome: 'closed'; readonly summary: MonthSummary }

/**
 * 定期調定: calculates and fixes months of use, one at a time. A close that was cut short goes on at the next start,
 * or when it is asked for again, and comes to the same result.
 */
export class MonthCloser {
  readonly #store: BillingStore
  readonly #log: Logger
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(store: BillingStore, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** Goes on with a close that a kill cut short. */
  async resume(): Promise<void> {
    const month = await this.#store.runningClose()
    if (month === undefined) return
    await this.close(month).catch(error => {
      if (!this.#ended) throw error
    })
  }

  /** Closes a month; one that is closed already answers what it came to. */
  close(month: JstMonth): Promise<MonthClosed> {
    const done = this.#last.then(() => this.#close(month))
    this.#last = done.catch(() => {})
    return done
  }

  /** Starts nothing more, and waits for the commit under way. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#last
  }

  async #close(month: JstMonth): Promise<MonthClosed> {
    const begun = await this.#store.beginClose(month)
    if (begun.outcome !== 'running' && begun.outcome !== 'finished') return begun
    let done = begun.outcome === 'finished'
    while (!done && !this.#ended) {
      done = await this.#store.advanceClose(month, SETTLED_AT_ONCE)
      await new Promise(resolve => setImmediate(resolve))
    }
    if (!done) {
      throw new Fault(
        'PEER_UNREACHABLE',
        `billing ends; the close of ${month} goes on at its next start.`,
      )
    }
    const summary = await this.#store.closeSummary(month)
    if (begun.outcome === 'running') this.#log.info({ ...summary }, 'month closed')
    return { outcome: 'closed', summary }
  }
}
