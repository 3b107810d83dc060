import type { OurEnd } from '../our-uri.js'
import { Headers } from '../sip/headers.js'
import type { SipRequest } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import type { Transports } from '../transport/transports.js'

/** RFC 3261 §16.6 item 3: what a request without Max-Forwards is given. */
const MAX_FORWARDS = 70

/** RFC 5393 §5.3.3: the breadth of a request that says none. */
export const DEFAULT_BREADTH = 60

/** Header fields that a forwarded request gets in a place of their own. */
const PLACED: ReadonlySet<string> = new Set([
  'Via',
  'Record-Route',
  'Route',
  'Max-Forwards',
  'Max-Breadth',
])

/** What one copy of a request differs in. */
export interface Forwarding {
  readonly target: string
  /** Values of Record-Route, topmost first; empty when the call goes on without us. */
  readonly recordRoute: readonly string[]
  /** How many copies may be made of it further on (RFC 5393 §5). */
  readonly breadth: number
  /** Header fields to set. */
  readonly added: Headers
}

/** The hops that a request still has; `undefined` when it may not be forwarded (RFC 3261 §16.3 item 3). */
export function hopsLeft({ headers }: SipRequest): number | undefined {
  const hops = Number(headers.get('Max-Forwards') ?? MAX_FORWARDS + 1)
  return hops > 0 ? hops - 1 : undefined
}

/** How many copies may be made of a request in parallel. */
export function breadthOf({ headers }: SipRequest): number {
  const value = headers.get('Max-Breadth')
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : DEFAULT_BREADTH
}

/** RFC 3261 §16.4: Route values of ours at the top have done their work. */
export function routeBeyondUs(
  { headers }: SipRequest,
  transports: Pick<Transports, 'isSelf'>,
): string[] {
  const routes = headers.all('Route')
  const isOurs = (value: string) => transports.isSelf(parseNameAddr(value)?.uri ?? '')
  while (routes[0] !== undefined && isOurs(routes[0])) routes.shift()
  return routes
}

/** A copy of a request for one target (RFC 3261 §16.6 items 1 to 6), all but our Via. */
export function forwardedRequest(
  request: SipRequest,
  route: readonly string[],
  { target, recordRoute, breadth, added }: Forwarding,
): SipRequest {
  const headers = new Headers()
  for (const via of request.headers.all('Via')) headers.add('Via', via)
  for (const value of recordRoute) headers.add('Record-Route', value)
  for (const value of request.headers.all('Record-Route')) headers.add('Record-Route', value)
  for (const value of route) headers.add('Route', value)
  headers.add('Max-Forwards', String(hopsLeft(request) ?? 0))
  if (request.headers.has('Max-Breadth') || breadth !== DEFAULT_BREADTH) {
    headers.add('Max-Breadth', String(breadth))
  }
  for (const [name, value] of request.headers) if (!PLACED.has(name)) headers.add(name, value)
  for (const [name, value] of added) headers.set(name, value)
  return { ...request, uri: target, headers }
}

/** RFC 5658: where the two sides of us differ, each gets a Record-Route that it can reach. */
export function recordRoutes(
  inner: OurEnd,
  outer: OurEnd,
  valueFor: (end: OurEnd) => string,
): readonly string[] {
  const [towardsCallee, towardsCaller] = [valueFor(outer), valueFor(inner)]
  return towardsCallee === towardsCaller ? [towardsCallee] : [towardsCallee, towardsCaller]
}
