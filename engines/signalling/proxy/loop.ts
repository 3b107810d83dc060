import { createHash } from 'node:crypto'
import type { SipRequest } from '../sip/message.js'
import { tagOf } from '../sip/name-addr.js'
import { BRANCH_COOKIE, parseVia } from '../sip/via.js'
import type { Transports } from '../transport/transports.js'

/** Between the two parts of a proxy's branch; tokens of ours never have it. */
const PARTED = '.'

/**
 * What a loop brings back unchanged: all that routes a request, and nothing that each hop changes
 * (RFC 5393 §4.2.1). A request that comes back with another Request-URI is a spiral, and in order.
 */
export function loopMark({ uri, headers }: SipRequest): string {
  const parts = [
    uri,
    tagOf(headers.get('From') ?? '') ?? '',
    tagOf(headers.get('To') ?? '') ?? '',
    headers.get('Call-ID') ?? '',
    headers.get('CSeq') ?? '',
    ...headers.all('Route'),
    ...headers.all('Proxy-Require'),
    ...headers.all('Proxy-Authorization'),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** A branch whose second part finds loops (RFC 3261 §16.6 item 8). */
export const markedBranch = (token: string, mark: string): string =>
  `${BRANCH_COOKIE}${token}${PARTED}${mark}`

/** Whether this request passed here before and nothing of its routing has changed (RFC 5393 §4.2). */
export function isLoop(request: SipRequest, transports: Pick<Transports, 'isOurs'>): boolean {
  const mark = loopMark(request)
  return request.headers.all('Via').some(value => {
    const via = parseVia(value)
    return via?.branch?.endsWith(`${PARTED}${mark}`) === true && transports.isOurs(via)
  })
}
