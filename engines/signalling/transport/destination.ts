import { parseUri, type SipUri } from '../sip/uri.js'
import { isSecure, type Protocol } from './address.js'

/** Where a SIP URI points, before any name is looked up (RFC 3263 §4). */
export interface Destination {
  /** What the URI asks for; `any`: our choice; `other`: nothing that we can dial. */
  readonly protocol: Protocol | 'any' | 'other'
  readonly host: string
  readonly port: number
  /** What the URI itself decides, so that DNS need not be asked for it (RFC 3263 §4.1). */
  readonly given: 'port' | 'transport' | 'nothing'
  /** A `sips:` URI: it may be sent to over TLS alone (RFC 3261 §26.2.2). */
  readonly secure: boolean
  /** By what a connection is found whose owner made this URI known over it. */
  readonly alias: string
}

/** RFC 3261 §19.1.2. */
export const DEFAULT_PORT = 5060

/** The same, of TLS. */
const DEFAULT_SECURE_PORT = 5061

/** The port of a protocol where none is named. */
export const defaultPort = (protocol: Destination['protocol']): number =>
  protocol === 'tls' ? DEFAULT_SECURE_PORT : DEFAULT_PORT

/** What the parameter `transport` of a `sip:` URI names. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  udp: 'udp',
  tcp: 'tcp',
  tls: 'tls',
  ws: 'ws',
  wss: 'wss',
}

/** The same of a `sips:` URI, which is TLS whatever carries it (RFC 3261 §26.2.2, RFC 5630 §3.1.3). */
const SECURE_PROTOCOLS: Readonly<Record<string, Protocol>> = {
  tcp: 'tls',
  tls: 'tls',
  ws: 'wss',
  wss: 'wss',
}

/** Where to send a request for this URI; `undefined` when it is no SIP URI. */
export function destinationOf(text: string): Destination | undefined {
  const uri = parseUri(text)
  if (uri?.kind !== 'sip') return undefined
  const protocol = protocolOf(uri)
  return {
    protocol,
    secure: uri.scheme === 'sips',
    // RFC 3261 §19.1.1: maddr overrides the host.
    host: uri.params.get('maddr') ?? uri.host,
    port: uri.port ?? defaultPort(protocol),
    given: uri.port !== undefined ? 'port' : uri.params.has('transport') ? 'transport' : 'nothing',
    alias: aliasOf(uri),
  }
}

/** The part of a Contact that tells its owner from others: user, host and port. */
const aliasOf = ({ user, host, port }: SipUri): string =>
  `${user ?? ''}@${host.toLowerCase()}:${port ?? DEFAULT_PORT}`

function protocolOf({ scheme, params }: SipUri): Destination['protocol'] {
  const transport = params.get('transport')?.toLowerCase()
  if (scheme === 'sips') return SECURE_PROTOCOLS[transport ?? 'tls'] ?? 'other'
  return transport === undefined ? 'any' : (PROTOCOLS[transport] ?? 'other')
}

/** Whether a request to this URI may take a way of that protocol. */
export const mayTake = ({ secure }: Pick<Destination, 'secure'>, protocol: Protocol): boolean =>
  !secure || isSecure(protocol)
