import type { Via } from '../sip/via.js'
import { DEFAULT_PORT, defaultPort } from '../transport/destination.js'
import type { Flow } from '../transport/flow.js'
import type { Transports } from '../transport/transports.js'
import { atPort } from '../transport/udp.js'

/**
 * The way answers to one request take (RFC 3261 §18.2.2, RFC 3581 §4): over a connection, back on it; by
 * UDP, to the address the request came from, at its own port if `rport` was asked for, else at the port
 * that its Via names. The address that a Via names is never trusted, nor is `maddr`.
 */
export class ReplyPath {
  readonly reliable: boolean
  readonly #transports: Transports
  readonly #via: Via
  #flow: Flow

  constructor(arrived: Flow, via: Via, transports: Transports) {
    this.reliable = arrived.reliable
    this.#transports = transports
    this.#via = via
    this.#flow =
      arrived.reliable || via.rport !== undefined
        ? arrived
        : atPort(arrived, via.port ?? DEFAULT_PORT)
  }

  /** Where the next answer goes to; the connection it came on may be gone. */
  get flow(): Flow {
    return this.#flow
  }

  /** Whether there is a way, or one can be tried. */
  get open(): boolean {
    return this.#reopened()
  }

  send(bytes: Buffer) {
    if (this.#reopened()) this.#flow.send(bytes)
  }

  /**
   * RFC 3261 §18.2.2: if the connection is no longer open, the server opens one to the address the
   * request came from, at the port in the Via; over TLS to whom the Via names. A WebSocket phone cannot
   * be dialled.
   */
  #reopened(): boolean {
    if (!this.#flow.closed) return true
    const { protocol, remote } = this.#flow
    const port = this.#via.port ?? defaultPort(protocol)
    const flow = this.#transports.flowInstead(protocol, { host: remote.host, port }, this.#via.host)
    if (flow) this.#flow = flow
    return flow !== undefined
  }
}
