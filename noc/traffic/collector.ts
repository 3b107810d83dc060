import type { QuarterHourTraffic } from '../../domain/charge-traffic.js'
import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, jstMonth, QUARTER_HOUR_MS, startOfJstMonth } from '../../domain/jst.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { Polling } from '../polling.js'
import type { TrafficHistory } from '../store/traffic-history.js'
import type { NodeTraffic } from './scp-traffic.js'

/** How long history is kept, in months of Japan besides the one under way: a year to compare with. */
const MONTHS_KEPT = 13

/** How things stand, as far as scp told. */
export interface TrafficState {
  /** When scp last told, by the network's clock; `undefined` when it has not yet. */
  readonly asOf: EpochMs | undefined
  /** Whether scp gave no answer when it was asked last. */
  readonly stale: boolean
  readonly callsInProgress: number
  readonly nowLocked: number
}

export interface CollectorOptions {
  readonly ask: (from: EpochMs) => Promise<NodeTraffic>
  readonly history: TrafficHistory
  readonly clock: Clock
  readonly later: Later
  readonly log: Logger
  /** Told after each question, whether anything changed or not. */
  readonly told: () => void
}

/**
 * Brings scp's charge traffic into noc's history, from where it ended; what happened while noc was down
 * is fetched first. scp waits for nothing of this (requirement M-04).
 */
export class TrafficCollector {
  readonly #options: CollectorOptions
  /** The quarter-hours that may still change, as they were kept last. */
  #kept = new Map<number, string>()
  #node: string | undefined
  #forgottenBefore: EpochMs | undefined
  #state: TrafficState = { asOf: undefined, stale: true, callsInProgress: 0, nowLocked: 0 }
  readonly #polling: Polling

  constructor(options: CollectorOptions) {
    this.#options = options
    this.#polling = new Polling(() => this.#collect(), options.later)
  }

  get state(): TrafficState {
    return this.#state
  }

  /** Asks once, all that there is, and from then on again and again. */
  run(): Promise<void> {
    return this.#polling.run()
  }

  /** Asks no more, and waits for what is under way. */
  close(): Promise<void> {
    return this.#polling.close()
  }

  async #collect(): Promise<void> {
    const { log, told } = this.#options
    try {
      await this.#forgetOld()
      while (!this.#polling.ended && !(await this.#fetch())) {}
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (!this.#state.stale) log.warn({ code: error.code, why: error.message }, 'scp told nothing')
      this.#state = { ...this.#state, stale: true }
    }
    told()
  }

  /** Fetches a week at most; whether that was all. */
  async #fetch(): Promise<boolean> {
    const { ask, history } = this.#options
    this.#node ??= (await history.nodes())[0]?.node
    const answer = await ask(await this.#from())
    const { node, asOf, denominations, quarterHours, callsInProgress, nowLocked } = answer
    this.#node ??= node
    if (node !== this.#node) {
      // Not the node whose history was to be gone on with: this one is asked for its own.
      this.#node = node
      return false
    }
    const changed = quarterHours.filter(one => this.#isNew(one))
    if (changed.length > 0) await history.put({ node, denominations, quarterHours: changed })
    for (const one of changed) {
      if (one.final) this.#kept.delete(one.beganAt)
      else this.#kept.set(one.beganAt, JSON.stringify(one))
    }
    this.#state = { asOf, stale: false, callsInProgress, nowLocked }
    const last = quarterHours.at(-1)
    return last === undefined || !last.final || last.beganAt + QUARTER_HOUR_MS > asOf
  }

  async #from(): Promise<EpochMs> {
    const newest = this.#node && (await this.#options.history.newestFinal(this.#node))
    return newest ? epochMs(newest + QUARTER_HOUR_MS) : this.#keptSince()
  }

  #isNew(traffic: QuarterHourTraffic): boolean {
    return this.#kept.get(traffic.beganAt) !== JSON.stringify(traffic)
  }

  #keptSince(): EpochMs {
    const { clock } = this.#options
    return startOfJstMonth(addMonths(jstMonth(clock.now()), -MONTHS_KEPT))
  }

  async #forgetOld(): Promise<void> {
    const before = this.#keptSince()
    if (before === this.#forgottenBefore) return
    await this.#options.history.forgetBefore(before)
    this.#forgottenBefore = before
  }
}
