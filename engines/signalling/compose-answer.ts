import { addOthers } from './compose-request.js'
import { Headers } from './sip/headers.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import { withTag } from './sip/name-addr.js'

/** What the stack adds to an answer. */
export interface AnswerParts {
  /** Our tag; absent in a 100 and where the request has it. */
  readonly tag?: string
  readonly recordRoute: boolean
  /** Value of Contact, where one is needed and none is given. */
  readonly contact?: string
  readonly rseq?: number
  readonly session?: { readonly sessionExpires: string; readonly requiresTimer: boolean }
}

/**
 * An answer made whole (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are the request's whatever is
 * given, all else as given. The given headers are left alone.
 */
export function composeAnswer(
  given: SipResponse,
  request: SipRequest,
  parts: AnswerParts,
): SipResponse {
  const headers = new Headers()
  for (const via of request.headers.all('Via')) headers.add('Via', via)
  if (parts.recordRoute) {
    for (const value of request.headers.all('Record-Route')) headers.add('Record-Route', value)
  }
  headers.add('From', request.headers.get('From') ?? '')
  const to = request.headers.get('To') ?? ''
  headers.add('To', parts.tag === undefined ? to : withTag(to, parts.tag))
  headers.add('Call-ID', request.headers.get('Call-ID') ?? '')
  headers.add('CSeq', request.headers.get('CSeq') ?? '')
  const contacts = given.headers.all('Contact')
  for (const contact of contacts) headers.add('Contact', contact)
  if (contacts.length === 0 && parts.contact !== undefined) headers.add('Contact', parts.contact)
  addOthers(headers, given)
  if (parts.rseq !== undefined) headers.set('RSeq', String(parts.rseq))
  if (parts.session) addSession(headers, parts.session)
  return { kind: 'response', status: given.status, reason: given.reason, headers, body: given.body }
}

function addSession(headers: Headers, session: NonNullable<AnswerParts['session']>) {
  headers.set('Session-Expires', session.sessionExpires)
  if (session.requiresTimer && !headers.all('Require').includes('timer')) {
    headers.add('Require', 'timer')
  }
}
