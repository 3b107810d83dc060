import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { LimitAlarm } from '../../platform/limit-alarm.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from './questions.js'

/** Pause between two looks, in ms: an alarm within 10 s, at the cost of one commit in five (fault test XF4). */
const LOOK_EVERY_MS = 5_000

export interface StoreWatchOptions {
  readonly store: ScpStore
  readonly log: Logger
  readonly later: Later
}

/**
 * Looks again and again whether the store can write: raises an alarm when it cannot, and clears it when it
 * can again. So a call that comes on a quiet day after the disk has filled is told in time, too.
 */
export class StoreWatch {
  readonly #options: StoreWatchOptions
  readonly #failed
  #callOff = () => {}
  #ended = false

  constructor(options: StoreWatchOptions) {
    this.#options = options
    const { log } = options
    this.#failed = new LimitAlarm({ log, code: 'STORE_FAILED', severity: 'critical', about: {} })
    this.#wait()
  }

  /** Looks no more. */
  close(): void {
    this.#ended = true
    this.#callOff()
  }

  #wait(): void {
    if (!this.#ended) this.#callOff = this.#options.later(() => void this.#look(), LOOK_EVERY_MS)
  }

  async #look(): Promise<void> {
    try {
      await this.#options.store.ask('probe', undefined)
      this.#failed.judge('within', {})
    } catch (error) {
      // A store that has ended ends the program; there is nothing to tell then.
      if (error instanceof Fault) this.#failed.judge('beyond', { why: error.message })
    }
    this.#wait()
  }
}
