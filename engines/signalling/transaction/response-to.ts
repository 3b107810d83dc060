import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message.js'

/** The answers that the stack gives by itself (RFC 3261 §21, RFC 3262, RFC 4028 §6, RFC 5393 §5.3). */
export const REASONS = {
  100: 'Trying',
  200: 'OK',
  408: 'Request Timeout',
  420: 'Bad Extension',
  422: 'Session Interval Too Small',
  440: 'Max-Breadth Exceeded',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  487: 'Request Terminated',
  491: 'Request Pending',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  504: 'Server Time-out',
} as const

/** A status that the stack gives by itself. */
export type OwnStatus = keyof typeof REASONS

/** What a response repeats besides its Vias (RFC 3261 §8.2.6.2). */
const REPEATED = ['From', 'To', 'Call-ID', 'CSeq'] as const

/**
 * Whether all that a response repeats can be written again. A bare CR, which makes a message malformed, is
 * part of the value when it is read, and would begin another line when it is written.
 */
export const isRepeatable = ({ headers }: SipRequest): boolean =>
  ['Via', ...REPEATED].every(name => headers.all(name).every(value => !/[\r\n]/.test(value)))

/**
 * A response that repeats what RFC 3261 §8.2.6.2 wants repeated: Via, From, To, Call-ID, CSeq. To gets
 * no tag here.
 */
export function responseTo(request: SipRequest, status: number, reason: string): SipResponse {
  const headers = new Headers()
  for (const via of request.headers.all('Via')) headers.add('Via', via)
  for (const name of REPEATED) {
    const value = request.headers.get(name)
    if (value !== undefined) headers.add(name, value)
  }
  return { kind: 'response', status, reason, headers, body: NO_BODY }
}

/** The same, with a status of the stack's own. */
export const ownResponseTo = (request: SipRequest, status: OwnStatus): SipResponse =>
  responseTo(request, status, REASONS[status])
