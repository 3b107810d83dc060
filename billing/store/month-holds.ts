import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'

/** An operator keeps a month of use from being closed. */
export interface MonthHold {
  readonly month: JstMonth
  readonly heldAt: EpochMs
  readonly reason: string
}

/** What became of a hold that was asked for; in the order they are checked. */
export type MonthHeld =
  | 'held'
  /** Its close has begun. */
  | 'month_closed'
  | 'held_already'

/** What became of a release. */
export type MonthReleased = 'released' | 'not_held'

interface Row {
  readonly month: string
  readonly held_at: number
  readonly reason: string
}

/** Months that operators hold open (§7.15): no close of them begins. Each hold is kept with both its reasons. */
export class MonthHolds {
  readonly #hold
  readonly #release
  readonly #of
  readonly #closing

  constructor(store: Database) {
    this.#hold = store.prepare<[string, number, string]>(
      'INSERT INTO month_hold (month, held_at, reason) VALUES (?, ?, ?)',
    )
    this.#release = store.prepare<[number, string, string]>(
      `UPDATE month_hold SET released_at = ?, release_reason = ?
       WHERE month = ? AND released_at IS NULL`,
    )
    this.#of = store.prepare<[string], Row>(
      'SELECT month, held_at, reason FROM month_hold WHERE month = ? AND released_at IS NULL',
    )
    this.#closing = store.prepare<[string]>('SELECT 1 FROM month_close WHERE month = ?')
  }

  /** The hold of a month that stands. */
  of(month: JstMonth): MonthHold | undefined {
    const row = this.#of.get(month)
    return row && { month, heldAt: epochMs(row.held_at), reason: row.reason }
  }

  hold(month: JstMonth, reason: string, now: EpochMs): MonthHeld {
    if (this.#closing.get(month)) return 'month_closed'
    if (this.of(month)) return 'held_already'
    this.#hold.run(month, now, reason)
    return 'held'
  }

  release(month: JstMonth, reason: string, now: EpochMs): MonthReleased {
    return this.#release.run(now, reason, month).changes > 0 ? 'released' : 'not_held'
  }
}
