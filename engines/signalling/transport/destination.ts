import { parseUri, type SipUri } from '../sip/uri.js'
import type { Protocol } from './address.js'

/** Where a SIP URI points, before any name is looked up (RFC 3263 §4). */
export interface Destination {
  /** What the URI asks for; `any`: our choice; `other`: nothing that we can dial. */
  readonly protocol: Protocol | 'any' | 'other'
  readonly host: string
  readonly port: number
  /** By what a connection is found whose owner made this URI known over it. */
  readonly alias: string
}

/** RFC 3261 §19.1.2. */
export const DEFAULT_PORT = 5060

const PROTOCOLS: Readonly<Record<string, Protocol>> = { udp: 'udp', tcp: 'tcp', ws: 'ws' }

/** Where to send a request for this URI; `undefined` when it is no SIP URI. */
export function destinationOf(text: string): Destination | undefined {
  const uri = parseUri(text)
  if (uri?.kind !== 'sip') return undefined
  return {
    protocol: protocolOf(uri),
    // RFC 3261 §19.1.1: maddr overrides the host.
    host: uri.params.get('maddr') ?? uri.host,
    port: uri.port ?? DEFAULT_PORT,
    alias: aliasOf(uri),
  }
}

/** The part of a Contact that tells its owner from others: user, host and port. */
const aliasOf = ({ user, host, port }: SipUri): string =>
  `${user ?? ''}@${host.toLowerCase()}:${port ?? DEFAULT_PORT}`

function protocolOf({ scheme, params }: SipUri): Destination['protocol'] {
  if (scheme === 'sips') return 'other'
  const transport = params.get('transport')
  return transport === undefined ? 'any' : (PROTOCOLS[transport.toLowerCase()] ?? 'other')
}
