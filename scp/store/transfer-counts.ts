import type { TransferCounts } from '../../domain/charge-traffic.js'
import type { EpochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'

/**
 * Counts what goes to CRS in the store of the files themselves, before each request: files go in order, so a
 * file up to the last that was ever sent goes once more, whoever was killed since (Figure 6: 転送).
 */
export class TransferCounter {
  readonly #lastSent
  readonly #records
  readonly #setLast
  readonly #add

  constructor(store: Database) {
    this.#lastSent = store
      .prepare<[], number>(
        `SELECT max(coalesce((SELECT number FROM sent_to_crs), 0),
           coalesce((SELECT max(number) FROM acknowledgement), 0))`,
      )
      .pluck()
    this.#records = store
      .prepare<[number], number>('SELECT record_count FROM quarter_hour_file WHERE number = ?')
      .pluck()
    this.#setLast = store.prepare<[number]>(
      `INSERT INTO sent_to_crs (only_row, number) VALUES (1, ?)
       ON CONFLICT (only_row) DO UPDATE SET number = excluded.number`,
    )
    this.#add = store.prepare<[number, number, number, number]>(
      `INSERT INTO transfer_count (began_at, sent, resent, errors) VALUES (?, ?, ?, ?)
       ON CONFLICT (began_at) DO UPDATE SET sent = sent + excluded.sent,
         resent = resent + excluded.resent, errors = errors + excluded.errors`,
    )
  }

  /** Counts the files of one request, by their numbers, in order. */
  countSent(numbers: readonly number[], at: EpochMs): void {
    const before = this.#lastSent.get() ?? 0
    const fresh = numbers.filter(number => number > before)
    const sent = fresh.reduce((sum, number) => sum + (this.#records.get(number) ?? 0), 0)
    const resent = numbers.length - fresh.length
    const last = fresh.at(-1)
    if (last !== undefined) this.#setLast.run(last)
    if (sent + resent > 0) this.#count(at, { sent, resent, errors: 0 })
  }

  /** Counts a request after which CRS had acknowledged nothing. */
  countError(at: EpochMs): void {
    this.#count(at, { sent: 0, resent: 0, errors: 1 })
  }

  #count(at: EpochMs, { sent, resent, errors }: TransferCounts): void {
    this.#add.run(startOfQuarterHour(at), sent, resent, errors)
  }
}

/** What was sent to CRS by quarter-hour, read beside the store's writer. */
export class TransferCountReader {
  readonly #between
  readonly #total

  constructor(store: Database) {
    this.#between = store.prepare<[number, number], TransferCounts & { began_at: number }>(
      `SELECT began_at, sent, resent, errors FROM transfer_count
       WHERE began_at >= ? AND began_at < ?`,
    )
    this.#total = store.prepare<[], TransferCounts>(
      `SELECT coalesce(sum(sent), 0) AS sent, coalesce(sum(resent), 0) AS resent,
         coalesce(sum(errors), 0) AS errors FROM transfer_count`,
    )
  }

  /** By the quarter-hours that begin in [from, to); of those that are absent there was nothing. */
  between(from: number, to: number): ReadonlyMap<number, TransferCounts> {
    return new Map(this.#between.all(from, to).map(({ began_at, ...counts }) => [began_at, counts]))
  }

  /** Since the store was made. */
  total(): TransferCounts {
    return this.#total.get() ?? NOTHING_SENT
  }
}

/** A time in which nothing went to CRS. */
export const NOTHING_SENT: TransferCounts = { sent: 0, resent: 0, errors: 0 }
