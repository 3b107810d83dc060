import { addVia } from '../compose-request.js'
import type { Ready } from '../ready.js'
import { serialise } from '../sip/serialise.js'
import type { Flow, FlowWatcher } from '../transport/flow.js'
import { type Hop, isSameEnd } from '../transport/path.js'
import { type Environment, giveUpMs } from './environment.js'

/**
 * A request without a transaction, the ACK of a 2xx (RFC 3261 §13.2.2.4), on its way to the first server that
 * can be reached. What is lost then is repeated when the 2xx is.
 */
export class Errand implements FlowWatcher {
  readonly #ready: Ready
  readonly #environment: Environment
  #left: Hop[] = []
  #flow: Flow | undefined

  constructor(ready: Ready, environment: Environment) {
    this.#ready = ready
    this.#environment = environment
  }

  /** Begins. */
  start() {
    this.#ready.path.hops(hops => {
      this.#left = hops.flatMap(hop => {
        const large = this.#ready.large ? hop.large?.() : undefined
        return large ? [large, hop] : [hop]
      })
      this.#next()
    })
  }

  unreachable() {
    const refused = this.#flow?.opened === false
    this.#flow?.unwatch(this)
    if (refused) this.#next()
  }

  #next() {
    for (let hop = this.#left.shift(); hop; hop = this.#left.shift()) {
      const flow = hop.reach()
      if (flow) return this.#sendOver(flow, hop)
    }
  }

  #sendOver(flow: Flow, hop: Hop) {
    const { message } = this.#ready.sent
    if (!isSameEnd(hop, this.#ready.sent)) {
      message.headers.removeFirst('Via')
      addVia(message, hop, this.#ready.branch)
    }
    flow.send(serialise(message))
    if (flow.opened || this.#left.length === 0) return
    this.#flow = flow
    flow.watch(this)
    this.#environment.scheduler.after(giveUpMs(this.#environment), () => flow.unwatch(this))
  }
}
