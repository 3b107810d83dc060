import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
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
  #callOff = () => {}
  #ended = false
  #alarmed = false

  constructor(options: StoreWatchOptions) {
    this.#options = options
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
    const { store, log } = this.#options
    try {
      await store.ask('probe', undefined)
      if (this.#alarmed) clearAlarm(log, 'STORE_FAILED', {})
      else settleAlarms(['STORE_FAILED'], {})
      this.#alarmed = false
    } catch (error) {
      // A store that has ended ends the program; there is nothing to tell then.
      if (error instanceof Fault && !this.#alarmed) {
        raiseAlarm(log, 'STORE_FAILED', 'critical', { why: error.message })
        this.#alarmed = true
      }
    }
    this.#wait()
  }
}
