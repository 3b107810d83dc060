import type { SipMessage } from '../sip/message.js'
import type { ParseError } from '../sip/parse.js'
import type { WireWatch } from '../watch/wire-watch.js'
import type { Arrival, Endpoint, Protocol } from './address.js'

/** Told when a flow could not deliver: refused, closed, no route. */
export interface FlowWatcher {
  unreachable(): void
}

/**
 * A way to one peer: a UDP address seen from one of our sockets, or one connection. It may still be
 * opening; what is sent meanwhile goes out once it is open.
 */
export interface Flow {
  readonly protocol: Protocol
  /** Whether the transport itself repeats what is lost (RFC 3261 §17). */
  readonly reliable: boolean
  /** Our address as this peer reaches it. */
  readonly local: Endpoint
  readonly remote: Endpoint
  /** Whether the peer opened it. Requests to a peer that cannot be dialled go over such a flow. */
  readonly accepted: boolean
  /** Whether it has ever been open: what was sent may have arrived. */
  readonly opened: boolean
  readonly closed: boolean
  /** Never throws. What cannot be sent is lost, and watchers are told. */
  send(bytes: Buffer): void
  /** Told of failures until unwatched, never from within `send`. */
  watch(watcher: FlowWatcher): void
  unwatch(watcher: FlowWatcher): void
}

/** Who takes what the transports receive. */
export interface Receiver {
  /** Whether nothing of this peer is to be heard: what it sends is not even read. */
  bars(remote: Endpoint): boolean
  /** Whether this peer may hold as many connections as it likes: a gateway that stands for many. */
  isUnlimited(remote: Endpoint): boolean
  /** A message that could be read; it is not checked any further. */
  message(message: SipMessage, arrival: Arrival, flow: Flow): void
  /** Bytes that are no message. */
  refused(error: ParseError, arrival: Arrival, flow: Flow): void
  noticed(notice: TransportNotice): void
  /** Shown what crosses the wire, where somebody wants to see it. */
  readonly watch?: WireWatch | undefined
}

/** What a transport coped with by itself. */
export interface TransportNotice {
  readonly event:
    | 'connection_refused'
    | 'connection_failed'
    | 'too_many_connections'
    /** A TLS handshake failed, or took too long. */
    | 'handshake_failed'
    | 'send_failed'
    | 'no_such_host'
  readonly detail: string
  readonly protocol: Protocol
  readonly remote: Endpoint
}

/** What bounds connections, so that no peer can hold the engine's memory. */
export interface ConnectionLimits {
  /** Of peers, at once on one listen point; more are closed as they come. */
  readonly connections: number
  /** Of one source among them, so that nobody takes them all. */
  readonly connectionsOfSource: number
  /** For a connection to open: of ours TCP's handshake and TLS's, of a peer's TLS's. */
  readonly openMs: number
  /** From its opening to a peer's first message. */
  readonly firstMs: number
  /** For the rest of a message that has begun. */
  readonly messageMs: number
  /** Without a byte from the peer. Phones refresh their registration or ping well within it. */
  readonly idleMs: number
  /** Bytes that wait for a slow peer before it is dropped. */
  readonly backlogBytes: number
  /** Between our WebSocket pings; a peer that misses one is dropped (RFC 6455 §5.5.2). */
  readonly pingMs: number
}

/** 64·T1 for the first message, two registrations of an hour for idleness (XS10). */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  connections: 4_096,
  connectionsOfSource: 256,
  openMs: 10_000,
  firstMs: 32_000,
  messageMs: 10_000,
  idleMs: 7_200_000,
  backlogBytes: 1_048_576,
  pingMs: 30_000,
}
