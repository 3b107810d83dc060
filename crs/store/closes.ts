import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import { jstDay, startOfJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { CodeTables } from '../rules/code-tables.js'
import type { Delivered } from '../rules/delivery.js'
import { type Close, endOfClose, heldOpenBy, nextClose } from '../rules/next-close.js'
import type { Deliveries } from './deliveries.js'

/** Something closed for billing, as it will ever be. */
export interface Closed {
  readonly sequence: number
  readonly close: Close
  readonly closedAt: EpochMs
  /** Number of the code tables in force. */
  readonly codeTables: number
}

/** What its file is, known once that is on disk. */
export interface WrittenFile {
  readonly sequence: number
  /** Length in bytes. */
  readonly length: number
  /** SHA-256 of the whole file, 32 bytes. */
  readonly sha256: Uint8Array
  /** Records of it in the error section. */
  readonly unmapped: number
}

/** What is open: the next to be closed, and who keeps it so. Both absent before all nodes began. */
export interface Open {
  readonly close: Close | undefined
  readonly heldBy: readonly string[]
}

export interface ClosedRow {
  readonly sequence: number
  readonly kind: number
  readonly began_at: number
  readonly closed_at: number
  readonly code_tables: number
}

const HOUR = 1
const DAY = 2

const COLUMNS = 'sequence, kind, began_at, closed_at, code_tables'

/**
 * Closes hours and days for billing, each once all nodes delivered it (requirements C-03, C-04, C-08). What
 * is closed is settled in one transaction: its sequence, its time, its records and the code tables; the
 * file follows from these alone.
 */
export class Closes {
  readonly #clock: Clock
  readonly #nodes: readonly string[]
  readonly #deliveries: Deliveries
  readonly #tables: string
  readonly #last
  readonly #close
  readonly #gather
  readonly #addTables
  readonly #tablesId
  readonly #unwritten
  readonly #written

  constructor(
    store: Database,
    deliveries: Deliveries,
    { clock, nodes, tables }: { clock: Clock; nodes: readonly string[]; tables: CodeTables },
  ) {
    this.#clock = clock
    this.#nodes = nodes
    this.#deliveries = deliveries
    this.#tables = JSON.stringify(tables)
    this.#last = store.prepare<[], ClosedRow>(
      `SELECT ${COLUMNS} FROM closed_file ORDER BY sequence DESC LIMIT 1`,
    )
    this.#close = store.prepare<[ClosedRow]>(
      `INSERT INTO closed_file (${COLUMNS})
       VALUES (@sequence, @kind, @began_at, @closed_at, @code_tables)`,
    )
    // Late files too: what was not closed before goes into the hour that closes now.
    this.#gather = store.prepare<[number, number]>(
      `UPDATE quarter_hour_file SET closed_sequence = ?
        WHERE closed_sequence IS NULL AND began_at < ?`,
    )
    this.#addTables = store.prepare<[string]>(
      'INSERT INTO code_tables (content) VALUES (?) ON CONFLICT DO NOTHING',
    )
    this.#tablesId = store
      .prepare<[string], number>('SELECT id FROM code_tables WHERE content = ?')
      .pluck()
    this.#unwritten = store.prepare<[number], ClosedRow>(
      `SELECT ${COLUMNS} FROM closed_file WHERE file_sha256 IS NULL ORDER BY sequence LIMIT ?`,
    )
    this.#written = store.prepare<[number, Uint8Array, number, number]>(
      `UPDATE closed_file SET length = ?, file_sha256 = ?, unmapped = ?
        WHERE sequence = ? AND file_sha256 IS NULL`,
    )
  }

  /** Closes what is due, in order, at most `max` at once; tells how many. Runs inside a transaction. */
  closeDue(max: number): number {
    for (let closed = 0; closed < max; closed++) {
      const { close, heldBy } = this.open()
      if (!close || heldBy.length > 0) return closed
      this.#closeOne(close)
    }
    return max
  }

  open(): Open {
    return openAfter(this.#last.get(), this.#deliveries.all(this.#nodes))
  }

  /** What is closed and not known to be on disk, oldest first. */
  unwritten(max: number): Closed[] {
    return this.#unwritten.all(max).map(closedOf)
  }

  /** Records that a file is on disk. Safe to repeat. */
  recordWritten({ sequence, length, sha256, unmapped }: WrittenFile): void {
    this.#written.run(length, sha256, unmapped, sequence)
  }

  #closeOne(close: Close): void {
    const last = this.#last.get()
    const end = endOfClose(close)
    const sequence = (last?.sequence ?? 0) + 1
    this.#addTables.run(this.#tables)
    this.#close.run({
      sequence,
      kind: close.kind === 'hour' ? HOUR : DAY,
      began_at: close.kind === 'hour' ? close.beganAt : startOfJstDay(close.day),
      // Whatever the calendar clock does, it is after the end, and after what was closed before.
      closed_at: Math.max(this.#clock.now(), end, last?.closed_at ?? 0),
      code_tables: this.#tablesId.get(this.#tables) ?? 0,
    })
    if (close.kind === 'hour') this.#gather.run(sequence, end)
  }
}

/** What is open when `last` was the last to be closed, and the nodes delivered this far. */
export function openAfter(
  last: ClosedRow | undefined,
  delivered: ReadonlyMap<string, Delivered | undefined>,
): Open {
  const close = nextClose(last && closedOf(last).close, [...delivered.values()])
  if (close) return { close, heldBy: heldOpenBy(close, delivered) }
  return { close, heldBy: [...delivered].filter(([, node]) => !node).map(([name]) => name) }
}

/** A row as the rest of CRS knows it. */
export const closedOf = (row: ClosedRow): Closed => ({
  sequence: row.sequence,
  close:
    row.kind === HOUR
      ? { kind: 'hour', beganAt: epochMs(row.began_at) }
      : { kind: 'day', day: jstDay(epochMs(row.began_at)) },
  closedAt: epochMs(row.closed_at),
  codeTables: row.code_tables,
})
