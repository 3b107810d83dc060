import type { Closes } from './closes.js'
import type { NodeDeclarations, NodeState } from './node-declarations.js'

/** What an operator declares of a node, and why. */
export interface Declaration {
  readonly node: string
  readonly state: NodeState
  readonly reason: string
}

/** What became of it, in the order it is checked. */
export type Declared =
  /** CRS does not serve it, so that it cannot be declared out or removed. */
  | 'unknown'
  /** It stood so already. */
  | 'known'
  /** No other node is in: an hour is closed on the word of one at least. */
  | 'last_in'
  /** It is in: hours wait for it, and what it has of the open one would be lost. It is declared out first. */
  | 'still_in'
  /** It has not delivered all that was closed: removed now, what it still has would be lost. */
  | 'behind'
  | 'declared'

/** Takes nodes in and out while CRS runs (requirements C-03, C-08). */
export class NodeOffice {
  readonly #nodes: NodeDeclarations
  readonly #closes: Closes

  constructor(nodes: NodeDeclarations, closes: Closes) {
    this.#nodes = nodes
    this.#closes = closes
  }

  /** Runs inside a transaction. */
  declare({ node, state, reason }: Declaration): Declared {
    const before = this.#nodes.all().find(({ name }) => name === node)?.state
    if (state !== 'in' && (before === undefined || (state === 'out' && before === 'removed'))) {
      return 'unknown'
    }
    if (before === state) return 'known'
    if (state !== 'in' && before === 'in' && this.#nodes.named('in').length === 1) return 'last_in'
    if (state === 'removed' && before === 'in') return 'still_in'
    if (state === 'removed' && !this.#closes.hasDeliveredClosed(node)) return 'behind'
    this.#nodes.declare(node, state, reason)
    return 'declared'
  }
}
