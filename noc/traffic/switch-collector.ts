import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS, startOfQuarterHour } from '../../domain/jst.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { Polling } from '../polling.js'
import type { RefusedContracts } from '../store/refused-contracts.js'
import type { SwitchTraffic } from './switch-traffic.js'

export interface SwitchCollectorOptions {
  readonly ask: (from: EpochMs) => Promise<SwitchTraffic>
  readonly history: RefusedContracts
  readonly later: Later
  readonly log: Logger
  /** Told when anything changed. */
  readonly told: () => void
}

/**
 * Brings what the switch counted into noc's history: a network whose switch tells nothing has no such counts,
 * and all the rest of the table.
 */
export class SwitchCollector {
  readonly #options: SwitchCollectorOptions
  #last = ''
  #silent = false
  readonly #polling: Polling

  constructor(options: SwitchCollectorOptions) {
    this.#options = options
    this.#polling = new Polling(() => this.#collect(), options.later)
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
    try {
      let from = this.#from()
      while (!this.#polling.ended) {
        const told = await this.#options.ask(from)
        const last = told.refusedContracts.at(-1)
        if (!told.more || !last) return await this.#keep(told)
        // What is left unread is behind the last that was told.
        await this.#keep({ ...told, asOf: last.beganAt })
        from = last.beganAt
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const { log } = this.#options
      if (!this.#silent)
        log.info({ code: error.code, why: error.message }, 'the switch told nothing')
      this.#silent = true
    }
  }

  /** From the quarter-hour before the last that was told: a count may have come after its end. */
  #from(): EpochMs {
    const until = this.#options.history.toldUntil()
    return until === undefined ? epochMs(0) : epochMs(startOfQuarterHour(until) - QUARTER_HOUR_MS)
  }

  async #keep({ asOf, refusedContracts }: SwitchTraffic): Promise<void> {
    this.#silent = false
    const told = JSON.stringify([startOfQuarterHour(asOf), refusedContracts])
    if (told === this.#last) return
    await this.#options.history.put({ asOf, refusedContracts })
    this.#last = told
    this.#options.told()
  }
}
