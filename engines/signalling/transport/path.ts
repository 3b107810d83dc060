import type { OurEnd } from '../our-uri.js'
import type { Endpoint } from './address.js'
import type { Flow } from './flow.js'

/** RFC 3261 §18.1.1: a request with more bytes goes over TCP, as the MTU of its path is not known. */
export const DATAGRAM_MAX_BYTES = 1_300

/** One server that a request can go to, and our end of the way there. */
export interface Hop extends OurEnd {
  readonly remote: Endpoint
  /** The flow there, opened when there is none; `undefined` when there is none and none can be opened. */
  reach(): Flow | undefined
  /** The same server over TCP, for a request too large for a datagram (RFC 3261 §18.1.1), where there is TCP. */
  large?(): Hop | undefined
}

/** The way a request will take, known before its host name is looked up. */
export interface Path extends OurEnd {
  readonly reliable: boolean
  /** `host` may be a name. */
  readonly remote: Endpoint
  /** Our end, should the request be too large for a datagram. */
  large?(): OurEnd | undefined
  /**
   * Tells the servers in the order in which to try them (RFC 3263 §4.2): at once for an address, else when
   * the name was looked up; none when nobody has it.
   */
  hops(tell: (hops: readonly Hop[]) => void): void
}

/** Whether the Via for one way is the Via for the other. */
export const isSameEnd = (one: OurEnd, other: OurEnd): boolean =>
  one.protocol === other.protocol &&
  one.local.host === other.local.host &&
  one.local.port === other.local.port

/** The path over a flow that is there. */
export const pathOver = (flow: Flow): Path => {
  const { protocol, reliable, local, remote } = flow
  const hop = { protocol, local, remote, reach: () => flow }
  return { protocol, reliable, local, remote, hops: tell => tell([hop]) }
}

/** The path to a peer that cannot be sent to at all: what is sent there is unreachable. */
export const pathToNowhere = ({ protocol, local }: OurEnd): Path => ({
  protocol,
  reliable: protocol !== 'udp',
  local,
  remote: { host: '', port: 0 },
  hops: tell => tell([]),
})
