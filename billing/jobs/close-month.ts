import type { JstMonth } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type {
  CalculationBegun,
  CalculationSummary,
  Rehearsal,
  RehearsedInvoice,
} from '../store/month-calculations.js'
import type { MonthCloseBegun, MonthSummary } from '../store/month-closes.js'
import type { BillingStore } from '../store/open.js'

/** Contracts settled in one commit, so that other work goes on between them. */
const SETTLED_AT_ONCE = 500

/** Most invoices that a rehearsal names. */
const DIFFERENCES_NAMED = 100

/** What closing a month came to. */
export type MonthClosed =
  | Exclude<MonthCloseBegun, { readonly outcome: 'finished' | 'running' }>
  | { readonly outcome: 'closed'; readonly summary: MonthSummary }

/** What calculating a month came to. */
export type MonthCalculated =
  | Exclude<CalculationBegun, { readonly outcome: 'running' }>
  | { readonly outcome: 'calculated'; readonly summary: CalculationSummary }

/** What a month would come to, beside what there is. */
export interface MonthRehearsed {
  readonly comparedWith: Rehearsal
  readonly invoices: number
  readonly grossYen: number
  readonly before: { readonly invoices: number; readonly grossYen: number }
  /** How many differ, and the first of them. */
  readonly differing: number
  readonly named: readonly RehearsedInvoice[]
}

/**
 * 定期調定: calculates and fixes months of use, one at a time. What was cut short goes on at the next start, or when
 * it is asked for again, and comes to the same result.
 */
export class MonthCloser {
  readonly #store: BillingStore
  readonly #log: Logger
  readonly #onClosed: () => void
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  /** `onClosed`: told when a month was closed, so that what is made of its invoices is made soon. */
  constructor(store: BillingStore, log: Logger, onClosed = () => {}) {
    this.#store = store
    this.#log = log
    this.#onClosed = onClosed
  }

  /** Goes on with what a kill cut short. */
  async resume(): Promise<void> {
    const calculating = await this.#store.runningCalculation()
    const closing = await this.#store.runningClose()
    const resumed = [
      ...(calculating === undefined ? [] : [this.calculate(calculating)]),
      ...(closing === undefined ? [] : [this.close(closing, false)]),
    ]
    await Promise.all(resumed).catch(error => {
      if (!this.#ended) throw error
    })
  }

  /** First phase: calculates a month's invoices, again where that was done; they may be corrected then. */
  calculate(month: JstMonth): Promise<MonthCalculated> {
    return this.#inTurn(() => this.#calculate(month))
  }

  /**
   * Second phase: fixes a month, with what was not calculated before. One that is closed already answers what it
   * came to. `afterWindow`: not before the correction window is over.
   */
  close(month: JstMonth, afterWindow: boolean): Promise<MonthClosed> {
    return this.#inTurn(() => this.#close(month, afterWindow))
  }

  /** Calculates a month, keeps nothing, and tells what would be otherwise. */
  rehearse(month: JstMonth): Promise<MonthRehearsed> {
    return this.#inTurn(() => this.#rehearse(month))
  }

  /** Starts nothing more, and waits for the commit under way. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#last
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  async #calculate(month: JstMonth): Promise<MonthCalculated> {
    const begun = await this.#store.beginCalculation(month)
    if (begun.outcome !== 'running') return begun
    await this.#toTheEnd(month, 'calculation', () =>
      this.#store.advanceCalculation(month, SETTLED_AT_ONCE),
    )
    const summary = await this.#store.calculationSummary(month)
    this.#log.info({ ...summary }, 'month calculated')
    return { outcome: 'calculated', summary }
  }

  async #close(month: JstMonth, afterWindow: boolean): Promise<MonthClosed> {
    const begun = await this.#store.beginClose(month, afterWindow)
    if (begun.outcome !== 'running' && begun.outcome !== 'finished') return begun
    if (begun.outcome === 'running') {
      await this.#toTheEnd(month, 'close', () => this.#store.advanceClose(month, SETTLED_AT_ONCE))
    }
    const summary = await this.#store.closeSummary(month)
    if (begun.outcome === 'running') {
      this.#log.info({ ...summary }, 'month closed')
      this.#onClosed()
    }
    return { outcome: 'closed', summary }
  }

  async #rehearse(month: JstMonth): Promise<MonthRehearsed> {
    const comparedWith = await this.#store.rehearsalOf(month)
    const sums = { invoices: 0, grossYen: 0 }
    const before = { invoices: 0, grossYen: 0 }
    const named: RehearsedInvoice[] = []
    let differing = 0
    let after: number | undefined = 0
    await this.#toTheEnd(month, 'rehearsal', async () => {
      const page = await this.#store.rehearse(month, after ?? 0, SETTLED_AT_ONCE)
      for (const one of page.invoices) {
        count(sums, one.after)
        count(before, one.before)
        if (one.after === one.before) continue
        differing++
        if (named.length < DIFFERENCES_NAMED) named.push(one)
      }
      after = page.last
      return after === undefined
    })
    return { comparedWith, ...sums, before, differing, named }
  }

  /** Takes one step after the other, with room for other work between them. */
  async #toTheEnd(month: JstMonth, what: string, step: () => Promise<boolean>): Promise<void> {
    while (!this.#ended) {
      if (await step()) return
      await new Promise(resolve => setImmediate(resolve))
    }
    throw new Fault(
      'PEER_UNREACHABLE',
      `billing ends; the ${what} of ${month} goes on at its next start.`,
    )
  }
}

function count(sums: { invoices: number; grossYen: number }, yen: number | undefined): void {
  if (yen === undefined) return
  sums.invoices++
  sums.grossYen += yen
}
