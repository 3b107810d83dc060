import { Headers } from '../../signalling/sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../../signalling/sip/message.js'

type Fields = readonly (readonly [name: string, value: string])[]

/** RFC 3261 §20.5: what this engine answers to. */
export const ALLOWED = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK'

/** Reasons of the answers that this engine gives. */
// biome-ignore format: table
const REASONS: Readonly<Record<number, string>> = {
  180: 'Ringing',                183: 'Session Progress',        200: 'OK',
  400: 'Bad Request',            403: 'Forbidden',               404: 'Not Found',
  405: 'Method Not Allowed',     408: 'Request Timeout',         410: 'Gone',
  415: 'Unsupported Media Type', 420: 'Bad Extension',           480: 'Temporarily Unavailable',
  483: 'Too Many Hops',          484: 'Address Incomplete',      486: 'Busy Here',
  487: 'Request Terminated',     488: 'Not Acceptable Here',     501: 'Not Implemented',
  502: 'Bad Gateway',            503: 'Service Unavailable',     504: 'Server Time-out',
  603: 'Decline',
}

/** An answer; the agent supplies what belongs to the transaction and the dialog. */
export const answerOf = (status: number, fields: Fields = [], body = NO_BODY): SipResponse => ({
  kind: 'response',
  status,
  reason: REASONS[status] ?? '',
  headers: new Headers(fields),
  body,
})

/** A request in a dialog; the agent supplies the rest. */
export const requestOf = (method: string, fields: Fields = [], body = NO_BODY): SipRequest => ({
  kind: 'request',
  method,
  uri: '',
  headers: new Headers(fields),
  body,
})
