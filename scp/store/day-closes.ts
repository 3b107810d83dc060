import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, startOfJstDay } from '../../domain/jst.js'
import type { Yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { dayKey, dayOf } from './keys.js'

/** A day of Japan that no record of this node can join any more (requirement C-04). */
export interface ClosedDay {
  readonly day: JstDay
  readonly closedAt: EpochMs
  /** Numbers of its first and last quarter-hour file. */
  readonly firstNumber: number
  readonly lastNumber: number
  /** Its records are the log's from here on, `recordCount` of them. */
  readonly firstSequence: number
  readonly recordCount: number
}

/** A closed day with the last hash that the audit log had by its end (requirements §5.5). */
export interface AnchoredDay extends ClosedDay {
  /** Hexadecimal; absent for days closed before there was an audit log. */
  readonly auditHash: string | undefined
}

/** What the file of a day close holds, known once that is on disk. */
export interface WrittenDayClose {
  readonly day: JstDay
  readonly sum: Yen
  /** SHA-256 as the file's trailer has it, 32 bytes. */
  readonly sha256: Uint8Array
}

/** A row of the table, as columns are named. */
export interface DayCloseRow {
  readonly day: number
  readonly closed_at: number
  readonly first_number: number
  readonly last_number: number
  readonly first_sequence: number
  readonly record_count: number
}

export const DAY_CLOSE_COLUMNS =
  'day, closed_at, first_number, last_number, first_sequence, record_count'

/** Closes days, in the same work of the store's writer that closes their last quarter-hour. */
export class DayCloses {
  readonly #close
  readonly #anchor
  readonly #unwritten
  readonly #written

  constructor(store: Database) {
    this.#close = store.prepare<{ day: number; from: number; until: number; now: number }>(
      `INSERT INTO day_close (${DAY_CLOSE_COLUMNS})
       SELECT @day, @now, min(number), max(number), min(first_sequence), sum(record_count)
       FROM quarter_hour_file WHERE began_at >= @from AND began_at < @until`,
    )
    // Entries stand in order of time, so this steps back over those after the day only.
    this.#anchor = store.prepare<{ day: number; until: number }>(
      `INSERT INTO audit_anchor (day, sequence, hash)
       SELECT @day, coalesce(max(sequence), 0), coalesce(hash, zeroblob(32))
       FROM (SELECT sequence, hash FROM audit_entry WHERE at < @until
         ORDER BY sequence DESC LIMIT 1)`,
    )
    this.#unwritten = store.prepare<[number], DayCloseRow & { hash: Buffer | null }>(
      `SELECT ${DAY_CLOSE_COLUMNS},
         (SELECT hash FROM audit_anchor WHERE audit_anchor.day = day_close.day) AS hash
       FROM day_close WHERE sha256 IS NULL ORDER BY day LIMIT ?`,
    )
    this.#written = store.prepare<[number, Uint8Array, number]>(
      'UPDATE day_close SET sum_yen = ?, sha256 = ? WHERE day = ? AND sha256 IS NULL',
    )
  }

  /** Closes the day that a quarter-hour's end ends; does nothing at any other end. */
  closeAt(end: EpochMs, now: EpochMs): void {
    if (startOfJstDay(jstDay(end)) !== end) return
    const day = jstDay(epochMs(end - 1))
    this.#close.run({ day: dayKey(day), from: startOfJstDay(day), until: end, now })
    this.#anchor.run({ day: dayKey(day), until: end })
  }

  /** Closed days whose files are not known to be on disk, oldest first. */
  unwritten(max: number): AnchoredDay[] {
    return this.#unwritten.all(max).map(({ hash, ...row }) => ({
      ...closedDayOf(row),
      auditHash: hash?.toString('hex'),
    }))
  }

  /** Records that a file is on disk. Safe to repeat. */
  recordWritten({ day, sum, sha256 }: WrittenDayClose): void {
    this.#written.run(sum, sha256, dayKey(day))
  }
}

export const closedDayOf = (row: DayCloseRow): ClosedDay => ({
  day: dayOf(row.day),
  closedAt: epochMs(row.closed_at),
  firstNumber: row.first_number,
  lastNumber: row.last_number,
  firstSequence: row.first_sequence,
  recordCount: row.record_count,
})
