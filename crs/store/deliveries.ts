import { epochMs } from '../../domain/clock.js'
import { type JstDay, QUARTER_HOUR_MS } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { Delivered } from '../rules/delivery.js'

interface Row {
  readonly first: number
  readonly number: number
  readonly began_at: number
  readonly first_sequence: number
  readonly record_count: number
  readonly closed_through: string | null
}

/** How far each node has delivered. */
export class Deliveries {
  readonly #of

  constructor(store: Database) {
    this.#of = store.prepare<[string], Row>(
      `SELECT (SELECT began_at FROM quarter_hour_file WHERE node = last.node ORDER BY number LIMIT 1)
                AS first,
              number, began_at, first_sequence, record_count,
              (SELECT max(day) FROM day_close WHERE node = last.node) AS closed_through
         FROM quarter_hour_file AS last WHERE node = ? ORDER BY number DESC LIMIT 1`,
    )
  }

  /** `undefined` for a node that has delivered nothing yet. */
  of(node: string): Delivered | undefined {
    const row = this.#of.get(node)
    if (!row) return undefined
    return {
      beganAt: epochMs(row.first),
      lastNumber: row.number,
      until: epochMs(row.began_at + QUARTER_HOUR_MS),
      nextSequence: row.first_sequence + row.record_count,
      closedThrough: row.closed_through === null ? undefined : (row.closed_through as JstDay),
    }
  }

  /** How far each of some nodes has delivered. */
  all(nodes: readonly string[]): ReadonlyMap<string, Delivered | undefined> {
    return new Map(nodes.map(node => [node, this.of(node)]))
  }
}
