/** A transport this engine speaks: RFC 3261 §18 over UDP, TCP and TLS, RFC 7118 over WebSocket. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** Whether nobody between two hops can read or change what goes by it (RFC 3261 §26.2.1). */
export const isSecure = (protocol: Protocol): boolean => protocol === 'tls' || protocol === 'wss'

/** An address and port. `host` is an IPv4 or IPv6 literal, the latter without brackets. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** One address that an agent receives on. */
export interface ListenPoint {
  readonly protocol: Protocol
  readonly host: string
  /** 0 picks a free port; `Agent.listening` tells which. */
  readonly port: number
  /** The host to name in Via and Contact, where peers reach us by another address than `host`. */
  readonly advertise?: string
  /** WebSocket: which web pages may connect, by their origins (RFC 6454). Default: all. */
  readonly origins?: readonly string[]
}

/** How one message reached us. */
export interface Arrival {
  readonly protocol: Protocol
  /** Where it really came from, whatever its Via says. */
  readonly remote: Endpoint
  /** The address of ours that it came in on. */
  readonly local: Endpoint
  /** Size of the whole message in bytes. */
  readonly bytes: number
}

/** A message exactly as it was put on the wire, or as it will be the moment its peer is reached. */
export interface Sent<Message> {
  readonly message: Message
  readonly protocol: Protocol
  readonly local: Endpoint
  /** Where to. Before a host name is looked up, `host` is that name. */
  readonly remote: Endpoint
  /** Size of the whole message in bytes. */
  readonly bytes: number
}
