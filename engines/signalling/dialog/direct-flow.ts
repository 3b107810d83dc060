import { parseUri } from '../sip/uri.js'
import type { Facts } from '../transaction/facts.js'
import type { Arrival, Endpoint } from '../transport/address.js'
import type { Flow } from '../transport/flow.js'
import { isLiteral } from '../transport/local-host.js'
import type { Transports } from '../transport/transports.js'

/** What gives a flow to an address. */
export type UdpFlows = Pick<Transports, 'udpFlowTo'>

/**
 * The flow for our requests to a peer whose Contact cannot be sent to, for a dialog without route set: the
 * connection that the peer opened (RFC 7118 §5, RFC 5923), or the address that its datagrams come from
 * when a NAT stands between (RFC 3581 §1). `undefined`: send to the Contact.
 */
export function flowToCaller(
  target: string,
  vias: number,
  { via }: Facts,
  arrival: Arrival,
  flow: Flow,
  transports: UdpFlows,
): Flow | undefined {
  // With a proxy between us the flow is the proxy's, and it did not ask to stay on the route.
  if (vias > 1) return undefined
  if (flow.reliable) return flow.accepted ? flow : undefined
  const host = hostOf(target)
  const translated = via.received !== undefined && isLiteral(host) && host !== arrival.remote.host
  return translated ? transports.udpFlowTo(arrival.remote) : undefined
}

/** The same for a peer that we called: `flow` carried our INVITE, `source` sent the answer. */
export function flowToCalled(
  target: string,
  source: Endpoint,
  flow: Flow,
  transports: UdpFlows,
): Flow | undefined {
  if (flow.reliable) return flow.accepted ? flow : undefined
  const translated = isPrivate(hostOf(target)) && !isPrivate(source.host)
  return translated ? transports.udpFlowTo(source) : undefined
}

/** RFC 1918, RFC 6598, RFC 3927, loopback; RFC 4193, RFC 4291 §2.5.6. */
export const isPrivate = (host: string): boolean =>
  /^(?:10|127)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
    host,
  ) || /^(?:f[cd]|fe[89ab])[0-9a-f]*:|^::1$/i.test(host)

const hostOf = (target: string): string => {
  const uri = parseUri(target)
  return uri?.kind === 'sip' ? uri.host : ''
}
