import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS, startOfQuarterHour } from '../../domain/jst.js'
import type { QuarterHourHeader } from '../../domain/quarter-hour-file.js'
import type { Yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import type { DayCloses } from './day-closes.js'
import type { Stamp } from './stamp.js'

/** A quarter-hour that no record can join any more. */
export interface ClosedQuarterHour {
  /** 1, 2, 3 … per node, without gap. */
  readonly number: number
  readonly beganAt: EpochMs
  readonly closedAt: EpochMs
  /** Its records are the log's from here on, `recordCount` of them. */
  readonly firstSequence: number
  readonly recordCount: number
}

/** What its file holds, known once that is on disk. */
export interface WrittenFile {
  readonly number: number
  readonly sum: Yen
  /** SHA-256 as the file's trailer has it, 32 bytes. */
  readonly sha256: Uint8Array
}

/** A row of the table, as columns are named. */
export interface QuarterHourRow {
  readonly number: number
  readonly began_at: number
  readonly closed_at: number
  readonly first_sequence: number
  readonly record_count: number
}

export const QUARTER_HOUR_COLUMNS = 'number, began_at, closed_at, first_sequence, record_count'

/**
 * Closes quarter-hours, empty ones too, in the queue of the one writer: what is stamped before a close
 * is committed before it, and nothing later is stamped into what it closed (requirements C-05, C-08).
 * The last one of a day closes the day with it (requirement C-04).
 */
export class QuarterHours {
  readonly #stamp: Stamp
  readonly #days: DayCloses
  readonly #first: EpochMs
  readonly #last
  readonly #close
  readonly #lastBefore
  readonly #unwritten
  readonly #written

  constructor(store: Database, stamp: Stamp, days: DayCloses) {
    this.#stamp = stamp
    this.#days = days
    this.#first = beginNode(store, stamp.now())
    this.#last = store.prepare<[], QuarterHourRow>(
      `SELECT ${QUARTER_HOUR_COLUMNS} FROM quarter_hour_file ORDER BY number DESC LIMIT 1`,
    )
    this.#close = store.prepare<[number, number, number, number, number]>(
      `INSERT INTO quarter_hour_file (${QUARTER_HOUR_COLUMNS}) VALUES (?, ?, ?, ?, ?)`,
    )
    // Records stand in order of time, so this steps back over those after `end` only.
    this.#lastBefore = store.prepare<[number], { sequence: number }>(
      'SELECT sequence FROM charge_record WHERE charged_at < ? ORDER BY sequence DESC LIMIT 1',
    )
    this.#unwritten = store.prepare<[number], QuarterHourRow>(
      `SELECT ${QUARTER_HOUR_COLUMNS} FROM quarter_hour_file WHERE sha256 IS NULL ORDER BY number LIMIT ?`,
    )
    this.#written = store.prepare<[number, Uint8Array, number]>(
      'UPDATE quarter_hour_file SET sum_yen = ?, sha256 = ? WHERE number = ? AND sha256 IS NULL',
    )
    // A close is stamped after the end of what it closes, so later stamps are too; here, over a restart.
    stamp.notBefore(this.#openSince())
  }

  /** When the quarter-hour that is still open ends: the next deadline. */
  openUntil(): EpochMs {
    return epochMs(this.#openSince() + QUARTER_HOUR_MS)
  }

  /** Closes what has ended, oldest first, at most `max` at once. Answers how many it closed. */
  closeEnded(max: number): number {
    const now = this.#stamp.now()
    let closed = 0
    while (closed < max && this.openUntil() <= now) {
      this.#closeOpen(now)
      closed++
    }
    return closed
  }

  /** Closed quarter-hours whose files are not known to be on disk, oldest first. */
  unwritten(max: number): ClosedQuarterHour[] {
    return this.#unwritten.all(max).map(closedQuarterHourOf)
  }

  /** Records that a file is on disk. Safe to repeat. */
  recordWritten({ number, sum, sha256 }: WrittenFile): void {
    this.#written.run(sum, sha256, number)
  }

  /** Number of the last quarter-hour that is closed; 0 for none. */
  lastNumber(): number {
    return this.#last.get()?.number ?? 0
  }

  /** Closes the next quarter-hour as it was closed before its store was lost, and the day that it ended. */
  replay(header: QuarterHourHeader, count: number, dayClosedAt: EpochMs | undefined): void {
    const { number, beganAt, closedAt, firstSequence } = header
    if (number !== this.lastNumber() + 1 || beganAt !== this.#openSince()) {
      throw new Fault(
        'BACKUP_TOO_OLD',
        `Quarter-hour ${number} does not follow those of the store.`,
      )
    }
    this.#close.run(number, beganAt, closedAt, firstSequence, count)
    this.#days.closeAt(epochMs(beganAt + QUARTER_HOUR_MS), dayClosedAt ?? this.#stamp.now())
    this.#stamp.notBefore(epochMs(Math.max(closedAt, dayClosedAt ?? closedAt)))
  }

  #closeOpen(now: EpochMs): void {
    const last = this.#last.get()
    const end = this.openUntil()
    const firstSequence = last ? last.first_sequence + last.record_count : 1
    const lastSequence = this.#lastBefore.get(end)?.sequence ?? 0
    const count = Math.max(0, lastSequence + 1 - firstSequence)
    this.#close.run((last?.number ?? 0) + 1, this.#openSince(), now, firstSequence, count)
    this.#days.closeAt(end, now)
  }

  #openSince(): EpochMs {
    const last = this.#last.get()
    if (last) return epochMs(last.began_at + QUARTER_HOUR_MS)
    return this.#first
  }
}

/** The quarter-hour with which a node's files begin: that of its first start, kept ever after. */
function beginNode(store: Database, at: EpochMs): EpochMs {
  store
    .prepare('INSERT OR IGNORE INTO node (only_row, first_quarter_hour) VALUES (1, ?)')
    .run(startOfQuarterHour(at))
  const row = store
    .prepare<[], { first_quarter_hour: number }>('SELECT first_quarter_hour FROM node')
    .get()
  if (!row) throw new TypeError('the store does not know when its node began')
  return epochMs(row.first_quarter_hour)
}

export const closedQuarterHourOf = (row: QuarterHourRow): ClosedQuarterHour => ({
  number: row.number,
  beganAt: epochMs(row.began_at),
  closedAt: epochMs(row.closed_at),
  firstSequence: row.first_sequence,
  recordCount: row.record_count,
})
