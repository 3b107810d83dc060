import { destinationOf } from './destination.js'
import type { Flow } from './flow.js'

/** Contacts that one connection may stand for; a phone has one or two. */
const CONTACTS_MAX = 8

/**
 * Which connection reaches the owner of a Contact that leads nowhere: a phone in a web page writes a
 * random name under `.invalid` (RFC 7118 §5, RFC 2606 §2). Only such names: a phone that could claim
 * an address as its own would take the calls of whoever is there. A phone behind a NAT whose Contact
 * is a private address is reached by the address that its connection came from.
 */
export class Aliases {
  readonly #flows = new Map<string, Flow>()
  readonly #ofFlow = new WeakMap<Flow, Set<string>>()

  get size(): number {
    return this.#flows.size
  }

  /** The open connection for a Contact, by its `Destination.alias`. */
  flowFor(alias: string): Flow | undefined {
    const flow = this.#flows.get(alias)
    return flow?.closed ? undefined : flow
  }

  /**
   * From now on requests for this URI take this connection, until it closes or the URI is made known
   * over another. Call it only when the peer has proved that the URI is its own.
   */
  learn(uri: string, flow: Flow) {
    const destination = destinationOf(uri)
    if (!destination?.host.toLowerCase().endsWith('.invalid')) return
    if (!flow.reliable || !flow.accepted || flow.closed) return
    const { alias } = destination
    const known = this.#ofFlow.get(flow) ?? this.#follow(flow)
    if (known.size >= CONTACTS_MAX && !known.has(alias)) return
    known.add(alias)
    this.#flows.set(alias, flow)
  }

  /** Forgets all that a connection stood for when it closes. */
  #follow(flow: Flow): Set<string> {
    const known = new Set<string>()
    this.#ofFlow.set(flow, known)
    const forget = () => {
      for (const alias of known) if (this.#flows.get(alias) === flow) this.#flows.delete(alias)
    }
    flow.watch({ unreachable: forget })
    return known
  }
}
