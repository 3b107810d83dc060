import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { WRONG_FINDINGS } from '../rules/charge-decision.js'
import { findings } from './entries.js'
import { ToCrs } from './traffic-to-crs.js'

const MINUTE_MS = 60_000

/** Window in which locks are counted for a lock storm, in ms. */
const LOCKS_WITHIN_MS = 10 * MINUTE_MS

/** What is watched over in the store (requirement M-15). */
export interface Watched {
  /** Handsets that were locked in the last ten minutes, as far as they are still. */
  readonly locked: number
  /** Wrong card numbers keyed in the last minute, by all. */
  readonly wrong: number
  /** Of the files that CRS has not acknowledged the oldest, and since when it waits. */
  readonly oldestWaiting: { readonly number: number; readonly since: EpochMs } | undefined
}

/** Reads what is watched over, beside the store's writer. */
export class WatchReader {
  readonly #locked
  readonly #wrong
  readonly #toCrs: ToCrs

  constructor(store: Database) {
    this.#locked = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM handset_lock WHERE locked_at > ? AND locked_at <= ?',
      )
      .pluck()
    const wrong = WRONG_FINDINGS.map(finding => findings.code(finding)).join(', ')
    this.#wrong = store
      .prepare<[number, number], number>(
        `SELECT count(*) FROM entry
         WHERE answered_at > ? AND answered_at <= ? AND finding IN (${wrong})`,
      )
      .pluck()
    this.#toCrs = new ToCrs(store)
  }

  read(now: EpochMs): Watched {
    const oldest = this.#toCrs.oldestWaiting()
    return {
      locked: this.#locked.get(now - LOCKS_WITHIN_MS, now) ?? 0,
      wrong: this.#wrong.get(now - MINUTE_MS, now) ?? 0,
      oldestWaiting: oldest && { number: oldest.number, since: epochMs(oldest.closed_at) },
    }
  }
}
