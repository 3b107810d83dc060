import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import type { HourlyClosure } from '../../domain/hourly-file.js'
import { jstDay, startOfJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { Delivered } from '../rules/delivery.js'
import { type Close, endOfClose, heldOpenBy, missingOf, nextClose } from '../rules/next-close.js'
import type { Deliveries } from './deliveries.js'
import type { NodeDeclarations } from './node-declarations.js'
import type { TableVersions } from './table-versions.js'

/** Something closed for billing, as it will ever be. */
export interface Closed {
  readonly sequence: number
  readonly close: Close
  readonly closedAt: EpochMs
  /** Number of the code tables in force. */
  readonly codeTables: number
  /** How an hour's file came about; `undefined` for a day, and for an hour closed in form 01. */
  readonly closure: HourlyClosure | undefined
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
  readonly opened_at: number | null
  readonly last_received_at: number | null
  readonly missing: number | null
}

const HOUR = 1
const DAY = 2

const COLUMNS =
  'sequence, kind, began_at, closed_at, code_tables, opened_at, last_received_at, missing'

/** What closing stands on. */
export interface ClosesParts {
  readonly clock: Clock
  readonly deliveries: Deliveries
  readonly nodes: NodeDeclarations
  readonly tables: TableVersions
}

/**
 * Closes hours and days for billing, each once all nodes that are in delivered it (requirements C-03, C-04, C-08). What
 * is closed is settled in one transaction: its sequence, its time, its records and the code tables; the
 * file follows from these alone.
 */
export class Closes {
  readonly #parts: ClosesParts
  readonly #last
  readonly #lastHourClosedAt
  readonly #lastReceivedAt
  readonly #close
  readonly #gather
  readonly #unwritten
  readonly #written

  constructor(store: Database, parts: ClosesParts) {
    this.#parts = parts
    this.#last = store.prepare<[], ClosedRow>(
      `SELECT ${COLUMNS} FROM closed_file ORDER BY sequence DESC LIMIT 1`,
    )
    this.#close = store.prepare<[ClosedRow]>(
      `INSERT INTO closed_file (${COLUMNS})
       VALUES (@sequence, @kind, @began_at, @closed_at, @code_tables, @opened_at, @last_received_at,
          @missing)`,
    )
    // Late files too: what was not closed before goes into the hour that closes now.
    this.#gather = store.prepare<[number, number]>(
      `UPDATE quarter_hour_file SET closed_sequence = ?
        WHERE closed_sequence IS NULL AND began_at < ?`,
    )
    // `+kind`: by its index it would go through all hours that ever were; backwards it meets the last at once.
    this.#lastHourClosedAt = store
      .prepare<[], number>(
        `SELECT closed_at FROM closed_file WHERE +kind = ${HOUR} ORDER BY sequence DESC LIMIT 1`,
      )
      .pluck()
    this.#lastReceivedAt = store
      .prepare<[number], number | null>(
        `SELECT max(received_at) FROM quarter_hour_file
          WHERE closed_sequence IS NULL AND began_at < ?`,
      )
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
    const { deliveries, nodes } = this.#parts
    return openAfter(this.#last.get(), deliveries.all(nodes.named('in')))
  }

  /** Whether a node has delivered all that was closed, so that nothing of it can come late. */
  hasDeliveredClosed(node: string): boolean {
    const last = this.#last.get()
    const delivered = this.#parts.deliveries.of(node)
    if (!last || !delivered) return true
    return delivered.until >= endOfClose(closedOf(last).close)
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
    const closure = close.kind === 'hour' ? this.#closureOf(close) : undefined
    this.#close.run({
      sequence,
      kind: close.kind === 'hour' ? HOUR : DAY,
      began_at: close.kind === 'hour' ? close.beganAt : startOfJstDay(close.day),
      // Whatever the calendar clock does, it is after the end, and after what was closed before.
      closed_at: Math.max(this.#parts.clock.now(), end, last?.closed_at ?? 0),
      code_tables: this.#parts.tables.inForce().content,
      opened_at: closure?.openedAt ?? null,
      last_received_at: closure?.lastReceivedAt ?? null,
      missing: closure?.missing ?? null,
    })
    if (close.kind === 'hour') this.#gather.run(sequence, end)
  }

  /** How the file of an hour came about that is closed now. */
  #closureOf(hour: Extract<Close, { kind: 'hour' }>): HourlyClosure {
    const { deliveries, nodes } = this.#parts
    const openedAt = this.#lastHourClosedAt.get() ?? hour.beganAt
    const lastReceivedAt = this.#lastReceivedAt.get(endOfClose(hour)) ?? undefined
    // One that was removed since the hour began was there for some of it.
    const gone = nodes
      .all()
      .filter(
        ({ state, since }) => state === 'out' || (state === 'removed' && since > hour.beganAt),
      )
      .map(({ name }) => name)
    const out = [...deliveries.all(gone).values()]
    return {
      openedAt: epochMs(openedAt),
      lastReceivedAt: lastReceivedAt === undefined ? undefined : epochMs(lastReceivedAt),
      missing: out.reduce((sum, node) => sum + missingOf(hour, node), 0),
    }
  }
}

/** What is open when `last` was the last to be closed, and the nodes that are in delivered this far. */
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
  closure: closureOf(row),
})

const closureOf = ({ opened_at, last_received_at, missing }: ClosedRow) =>
  opened_at === null || missing === null
    ? undefined
    : {
        openedAt: epochMs(opened_at),
        lastReceivedAt: last_received_at === null ? undefined : epochMs(last_received_at),
        missing,
      }
