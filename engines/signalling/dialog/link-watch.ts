import type { Flow, FlowWatcher } from '../transport/flow.js'

/**
 * Watches the connection that a dialog goes over. A peer that is killed says no BYE, but the system
 * closes its connections: that one broke is the first, and often the only, sign of it. UDP has none.
 */
export class LinkWatch implements FlowWatcher {
  readonly #broken: () => void
  #flow: Flow | undefined

  constructor(broken: () => void) {
    this.#broken = broken
  }

  /** Watches this one from now on, in place of the last. */
  follow(flow: Flow | undefined) {
    if (flow === this.#flow) return
    this.stop()
    if (!flow?.reliable) return
    if (flow.closed) return this.#broken()
    this.#flow = flow
    flow.watch(this)
  }

  unreachable() {
    this.stop()
    this.#broken()
  }

  stop() {
    this.#flow?.unwatch(this)
    this.#flow = undefined
  }
}
