import type { TrafficToCrs } from '../../domain/charge-traffic.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'

const MINUTE_MS = 60_000

/** 転送: what CRS acknowledged and what waited for it, by time. Files are acknowledged in their order. */
export class ToCrs {
  readonly #acknowledged
  readonly #lastAcknowledged
  readonly #waiting
  readonly #oldest
  readonly #countWaiting

  constructor(store: Database) {
    this.#acknowledged = store.prepare<[number, number], { began_at: number; records: number }>(
      `SELECT acknowledged_at - acknowledged_at % ${QUARTER_HOUR_MS} AS began_at,
         sum(record_count) AS records
       FROM acknowledgement JOIN quarter_hour_file USING (number)
       WHERE number IS NOT NULL AND acknowledged_at >= ? AND acknowledged_at < ? GROUP BY 1`,
    )
    this.#lastAcknowledged = store
      .prepare<[number], number>(
        `SELECT number FROM acknowledgement WHERE number IS NOT NULL AND acknowledged_at <= ?
         ORDER BY acknowledged_at DESC, number DESC LIMIT 1`,
      )
      .pluck()
    this.#waiting = store.prepare<[number, number], { files: number; oldest: number | null }>(
      `SELECT count(*) AS files, min(closed_at) AS oldest FROM quarter_hour_file
       WHERE number > ? AND closed_at <= ?`,
    )
    this.#oldest = store.prepare<[], { number: number; closed_at: number }>(
      `SELECT number, closed_at FROM quarter_hour_file
       WHERE number > coalesce((SELECT max(number) FROM acknowledgement), 0)
       ORDER BY number LIMIT 1`,
    )
    this.#countWaiting = store
      .prepare<[], number>(
        `SELECT count(*) FROM quarter_hour_file
         WHERE number > coalesce((SELECT max(number) FROM acknowledgement), 0)`,
      )
      .pluck()
  }

  /** Closed files that CRS has not acknowledged. */
  countWaiting(): number {
    return this.#countWaiting.get() ?? 0
  }

  /** The oldest file that CRS has not acknowledged. */
  oldestWaiting(): { readonly number: number; readonly closed_at: number } | undefined {
    return this.#oldest.get()
  }

  /** Records that were acknowledged in each quarter-hour that begins in [from, to). */
  acknowledged(from: number, to: number): ReadonlyMap<number, number> {
    return new Map(this.#acknowledged.all(from, to).map(row => [row.began_at, row.records]))
  }

  /** What was closed and not acknowledged at a moment, and the last file that was. */
  waiting(at: number): Pick<TrafficToCrs, 'waiting' | 'oldestMinutes' | 'lastNumber'> {
    const lastNumber = this.#lastAcknowledged.get(at) ?? 0
    const { files, oldest } = this.#waiting.get(lastNumber, at) ?? {}
    return {
      lastNumber,
      waiting: files ?? 0,
      oldestMinutes: oldest ? Math.floor((at - oldest) / MINUTE_MS) : 0,
    }
  }
}
