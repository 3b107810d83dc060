import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'

/**
 * How a node stands with CRS: `in`: hours wait for it; `out`: they do not, and what it still sends is
 * taken, late; `removed`: CRS serves it no more.
 */
export const NODE_STATES = ['in', 'out', 'removed'] as const
export type NodeState = (typeof NODE_STATES)[number]

/** A node that CRS knows, as it was declared last. */
export interface NodeStanding {
  readonly name: string
  readonly state: NodeState
  readonly reason: string
  readonly since: EpochMs
}

interface Row {
  readonly node: string
  readonly state: NodeState
  readonly reason: string
  readonly declared_at: number
}

/** Why the first declaration of a node stands. */
const BY_SETTING = 'named by MCSCP_CRS_NODES'

/** Which nodes CRS serves. Every declaration is kept, with its reason; the last of a node holds. */
export class NodeDeclarations {
  readonly #clock: Pick<Clock, 'now'>
  readonly #last
  readonly #add

  /** For a reader alone, a clock is not asked. */
  constructor(store: Database, clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#last = store.prepare<[], Row>(
      `SELECT node, state, reason, declared_at FROM node_declaration
        WHERE number IN (SELECT max(number) FROM node_declaration GROUP BY node) ORDER BY node`,
    )
    this.#add = store.prepare<[string, NodeState, string, number]>(
      'INSERT INTO node_declaration (node, state, reason, declared_at) VALUES (?, ?, ?, ?)',
    )
  }

  /** Takes in what the settings name and CRS does not know yet. Runs inside a transaction. */
  begin(named: readonly string[]): void {
    const known = new Set(this.all().map(({ name }) => name))
    for (const node of named) if (!known.has(node)) this.declare(node, 'in', BY_SETTING)
  }

  /** Every node that CRS ever served, by its name. */
  all(): NodeStanding[] {
    return this.#last.all().map(({ node, state, reason, declared_at }) => ({
      name: node,
      state,
      reason,
      since: epochMs(declared_at),
    }))
  }

  /** Names of the nodes that stand so. */
  named(state: NodeState): string[] {
    return this.all()
      .filter(one => one.state === state)
      .map(({ name }) => name)
  }

  /** Runs inside a transaction. */
  declare(node: string, state: NodeState, reason: string): void {
    this.#add.run(node, state, reason, this.#clock.now())
  }
}
