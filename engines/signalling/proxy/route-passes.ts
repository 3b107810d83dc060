import { createHmac, randomBytes } from 'node:crypto'
import { type OurEnd, ourUri, type Scheme } from '../our-uri.js'
import type { SipRequest } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { parseUri } from '../sip/uri.js'
import type { Transports } from '../transport/transports.js'

/** The URI parameter that a Record-Route of ours carries. */
const PASS = 'pass'

/**
 * Who may have requests passed on inside a call: whoever shows the Record-Route that this engine wrote for
 * that Call-ID. Nothing is remembered for it, and nobody can use the engine to reach others.
 */
export class RoutePasses {
  readonly #key: Buffer

  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  /** Value of Record-Route for one side of a call (RFC 3261 §16.6 item 4). */
  recordRoute(end: OurEnd, scheme: Scheme, callId: string): string {
    return `<${ourUri(end, scheme)};lr;${PASS}=${this.#passOf(callId)}>`
  }

  /** Whether the first Route is one that we wrote for this call. */
  admits({ headers }: SipRequest, transports: Pick<Transports, 'isSelf'>): boolean {
    const route = parseNameAddr(headers.get('Route') ?? '')?.uri
    const uri = route === undefined ? undefined : parseUri(route)
    if (route === undefined || uri?.kind !== 'sip' || !transports.isSelf(route)) return false
    return uri.params.get(PASS) === this.#passOf(headers.get('Call-ID') ?? '')
  }

  #passOf(callId: string): string {
    return createHmac('sha256', this.#key).update(callId).digest('hex').slice(0, 24)
  }
}
