import { type OurEnd, ourUri, type Scheme, schemeTowards } from './our-uri.js'
import { parseCSeq } from './sip/cseq.js'
import { Headers } from './sip/headers.js'
import { formatHostPort } from './sip/host.js'
import type { SipRequest } from './sip/message.js'
import { tagOf, withTag } from './sip/name-addr.js'
import { BRANCH_COOKIE } from './sip/via.js'

/** RFC 3261 §8.1.1.6: the default. */
const MAX_FORWARDS = '70'

/** Methods that form a dialog or refresh its target, and so must say where we are (RFC 3261 §8.1.1.8). */
export const WITH_CONTACT: ReadonlySet<string> = new Set([
  ...['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'UPDATE'],
])

/** Header fields that are placed here, in this order, before all others. */
const PLACED: ReadonlySet<string> = new Set([
  'Via',
  'Record-Route',
  'Route',
  'Max-Forwards',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Content-Length',
])

/** The value of a Contact by which this peer reaches us. */
export const ourContact = (end: OurEnd, scheme: Scheme): string => `<${ourUri(end, scheme)}>`

/**
 * A request outside a dialog, made whole (RFC 3261 §8.1.1): what is given stays as it is, what is missing is
 * supplied, all but Via.
 */
export function composeRequest(given: SipRequest, end: OurEnd, token: () => string): SipRequest {
  const { method, uri } = given
  const headers = new Headers()
  for (const route of given.headers.all('Route')) headers.add('Route', route)
  headers.add('Max-Forwards', given.headers.get('Max-Forwards') ?? MAX_FORWARDS)
  const from = given.headers.get('From') ?? `<sip:${formatHostPort(end.local)}>`
  headers.add('From', tagOf(from) === undefined ? withTag(from, token()) : from)
  headers.add('To', given.headers.get('To') ?? `<${uri}>`)
  headers.add('Call-ID', given.headers.get('Call-ID') ?? token())
  const number = parseCSeq(given.headers.get('CSeq') ?? '')?.number ?? 1
  headers.add('CSeq', `${number} ${method}`)
  addContact(headers, given, end, schemeTowards(given))
  addOthers(headers, given)
  return { kind: 'request', method, uri, headers, body: given.body }
}

/** Contact as given; where one is needed and none is given, ours. */
export function addContact(headers: Headers, given: SipRequest, end: OurEnd, scheme: Scheme) {
  const contacts = given.headers.all('Contact')
  for (const contact of contacts) headers.add('Contact', contact)
  if (contacts.length === 0 && WITH_CONTACT.has(given.method)) {
    headers.add('Contact', ourContact(end, scheme))
  }
}

/** All header fields that have no place of their own, and the type of a body that has none. */
export function addOthers(headers: Headers, given: { headers: Headers; body: Buffer }) {
  for (const [name, value] of given.headers) if (!PLACED.has(name)) headers.add(name, value)
  if (isUntypedSdp(headers, given.body)) headers.add('Content-Type', 'application/sdp')
}

/** The branch of a new transaction (RFC 3261 §8.1.1.7). */
export const freshBranch = (token: () => string): string => `${BRANCH_COOKIE}${token()}`

/** The branch of the same request on its way to another server; what finds loops stays (RFC 5393 §4.2.1). */
export function anotherBranch(branch: string, token: () => string): string {
  const mark = branch.indexOf('.')
  return `${freshBranch(token)}${mark < 0 ? '' : branch.slice(mark)}`
}

/** Puts our Via on top: sent-by is where answers find us should the flow be gone. */
export function addVia(request: SipRequest, { protocol, local }: OurEnd, branch: string) {
  // RFC 3581 §3: a client asks by `rport` for answers at the port it sent from.
  const rport = protocol === 'udp' ? ';rport' : ''
  const sentBy = formatHostPort(local)
  request.headers.prepend(
    'Via',
    `SIP/2.0/${protocol.toUpperCase()} ${sentBy};branch=${branch}${rport}`,
  )
}

/** RFC 4566 §5.1: session descriptions begin with the version line, which is always this. */
export const isUntypedSdp = (headers: Headers, body: Buffer): boolean =>
  body.length > 0 && !headers.has('Content-Type') && body.toString('latin1', 0, 3) === 'v=0'
