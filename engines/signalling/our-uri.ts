import { formatHostPort } from './sip/host.js'
import type { SipRequest } from './sip/message.js'
import { parseNameAddr } from './sip/name-addr.js'
import { type Endpoint, isSecure, type Protocol } from './transport/address.js'

/** Our end of a way to a peer. */
export interface OurEnd {
  readonly protocol: Protocol
  readonly local: Endpoint
}

/** Whether what is said of us must be reached over TLS all the way (RFC 3261 §26.2.2). */
export type Scheme = 'sip' | 'sips'

/**
 * The URI by which a peer reaches us. A `sips:` URI names no TLS, which it means (RFC 5630 §3.1.3); WebSocket
 * is `ws` with TLS and without (RFC 7118 §5.2).
 */
export function ourUri({ protocol, local }: OurEnd, scheme: Scheme): string {
  const secure = scheme === 'sips' && isSecure(protocol)
  const transport = secure ? SECURE_TRANSPORT[protocol] : TRANSPORT[protocol]
  return `${secure ? 'sips' : 'sip'}:${formatHostPort(local)}${transport}`
}

/** RFC 3261 §19.1.1: a URI without `transport` means UDP, so any other is named. */
const TRANSPORT: Readonly<Record<Protocol, string>> = {
  udp: '',
  tcp: ';transport=tcp',
  tls: ';transport=tls',
  ws: ';transport=ws',
  wss: ';transport=ws',
}

const SECURE_TRANSPORT: Readonly<Record<Protocol, string>> = { ...TRANSPORT, tls: '' }

/**
 * RFC 3261 §8.1.1.8, §16.6 item 4: a request whose Request-URI or first Route is `sips:` names us by a `sips:` URI.
 */
export const schemeTowards = ({ uri, headers }: Pick<SipRequest, 'uri' | 'headers'>): Scheme =>
  isSips(uri) || isSips(uriIn(headers.get('Route'))) ? 'sips' : 'sip'

/**
 * RFC 3261 §12.1.1: so does the answer to a request whose Request-URI is `sips:`, or its first Record-Route or,
 * without any, its Contact.
 */
export const schemeOfAnswer = ({ uri, headers }: SipRequest): Scheme =>
  isSips(uri) || isSips(uriIn(headers.get('Record-Route') ?? headers.get('Contact')))
    ? 'sips'
    : 'sip'

/** Whether a URI may be sent to over TLS alone. */
export const isSips = (uri: string | undefined): boolean => /^sips:/i.test(uri ?? '')

const uriIn = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : parseNameAddr(value)?.uri
