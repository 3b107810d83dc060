import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { type Brake, brakes } from '../rules/guess-brake.js'
import { STANDING_CARD_LOCK } from './card-lock-reader.js'
import { lastBrake } from './guess-brake.js'
import { ToCrs } from './traffic-to-crs.js'

const MINUTE_MS = 60_000

/** Window in which locks are counted for a lock storm, in ms. */
const LOCKS_WITHIN_MS = 10 * MINUTE_MS

/** Window in which locked cards are counted, in ms: who is on duty today sees to them. */
const CARDS_WITHIN_MS = 24 * 60 * MINUTE_MS

/** What is watched over in the store (requirement M-15). */
export interface Watched {
  /** Handsets that were locked in the last ten minutes, as far as they are still. */
  readonly locked: number
  /** Cards that were locked within a day, as far as they are still. */
  readonly cardsLocked: number
  /** The whole service's brake while it stands. */
  readonly brake: Brake | undefined
  /** Of the files that CRS has not acknowledged the oldest, and since when it waits. */
  readonly oldestWaiting: { readonly number: number; readonly since: EpochMs } | undefined
}

/** Reads what is watched over, beside the store's writer. */
export class WatchReader {
  readonly #locked
  readonly #cardsLocked
  readonly #brake
  readonly #toCrs: ToCrs

  constructor(store: Database) {
    this.#locked = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM handset_lock WHERE locked_at > ? AND locked_at <= ?',
      )
      .pluck()
    this.#cardsLocked = store
      .prepare<[number, number], number>(
        `SELECT count(*) FROM card_lock_event AS held
         WHERE at > ? AND at <= ? AND ${STANDING_CARD_LOCK}`,
      )
      .pluck()
    this.#brake = lastBrake(store)
    this.#toCrs = new ToCrs(store)
  }

  read(now: EpochMs): Watched {
    const brake = this.#brake()
    const oldest = this.#toCrs.oldestWaiting()
    return {
      locked: this.#locked.get(now - LOCKS_WITHIN_MS, now) ?? 0,
      cardsLocked: this.#cardsLocked.get(now - CARDS_WITHIN_MS, now) ?? 0,
      brake: brakes(brake, now) ? brake : undefined,
      oldestWaiting: oldest && { number: oldest.number, since: epochMs(oldest.closed_at) },
    }
  }
}
