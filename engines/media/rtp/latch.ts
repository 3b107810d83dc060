import { SocketAddress } from 'node:net'
import type { Endpoint } from '../../signalling/transport/address.js'

/**
 * Whose packets a call takes, and where its own go (faults XR2). A port open to the network hears from
 * anyone; the session description says who is meant.
 *
 *   open ──packet from the described endpoint──► fixed
 *     └──packet from a trusted peer's other endpoint──► fixed to that one (symmetric RTP, RFC 4961)
 *
 * Fixed is for good, until a new session description names another endpoint.
 */
export interface Latch {
  /** Where packets are sent, and come from. */
  readonly peer: Endpoint
  readonly fixed: boolean
}

/** Addresses whose packets may correct the session description, once: loopback unless set otherwise. */
export type Trusted = (address: string) => boolean

/** The latch for the endpoint that a session description names. */
export const latchTo = (peer: Endpoint): Latch => ({
  peer: { host: canonicalAddress(peer.host), port: peer.port },
  fixed: false,
})

/** The latch after a packet from an endpoint; `undefined` when the packet is not for this call. */
export function admit(latch: Latch, from: Endpoint, trusted: Trusted): Latch | undefined {
  const { peer, fixed } = latch
  if (from.port === peer.port && from.host === peer.host) {
    return fixed ? latch : { peer, fixed: true }
  }
  if (fixed || !trusted(from.host)) return undefined
  return { peer: from, fixed: true }
}

/** One spelling for each address, since IPv6 has many. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  try {
    return new SocketAddress({ address, family: 'ipv6' }).address
  } catch {
    return address
  }
}
