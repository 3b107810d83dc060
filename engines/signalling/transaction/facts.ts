import { type CSeq, parseCSeq } from '../sip/cseq.js'
import type { SipMessage, SipRequest } from '../sip/message.js'
import { tagOf } from '../sip/name-addr.js'
import { BRANCH_COOKIE, parseVia, type Via } from '../sip/via.js'

/** What a message says of the transaction and the dialog it belongs to, read once. */
export interface Facts {
  /** The topmost. */
  readonly via: Via
  readonly cseq: CSeq
  readonly callId: string
  /** Empty when there is none, as from an RFC 2543 client. */
  readonly fromTag: string
  /** Empty when there is none. */
  readonly toTag: string
}

/** Reads the facts of a message that `checkRequest` or `checkResponse` found in order. */
export function factsOf({ headers }: SipMessage): Facts | undefined {
  const via = parseVia(headers.get('Via') ?? '')
  const cseq = parseCSeq(headers.get('CSeq') ?? '')
  const callId = headers.get('Call-ID')
  if (!via || !cseq || callId === undefined) return undefined
  return {
    via,
    cseq,
    callId,
    fromTag: tagOf(headers.get('From') ?? '') ?? '',
    toTag: tagOf(headers.get('To') ?? '') ?? '',
  }
}

/** By what a response finds its client transaction: RFC 3261 §17.1.3, topmost branch and CSeq method. */
export const clientKey = (branch: string, method: string): string => `${branch}|${method}`

/**
 * By what a request finds its server transaction (RFC 3261 §17.2.3): topmost branch, sent-by and method,
 * where an ACK counts as INVITE, and a CANCEL is looked up as INVITE for the one it cancels.
 */
export function serverKey(request: SipRequest, facts: Facts, method = request.method): string {
  const { via, fromTag, callId, cseq } = facts
  const matched = method === 'ACK' ? 'INVITE' : method
  if (via.branch?.startsWith(BRANCH_COOKIE)) {
    return `${via.branch}|${via.host.toLowerCase()}:${via.port ?? ''}|${matched}`
  }
  // §17.2.3, for clients of RFC 2543: Request-URI, From tag, Call-ID, CSeq number and topmost Via.
  // The To tag is left out, as it differs between an INVITE and its ACK.
  return `${request.uri}|${fromTag}|${callId}|${cseq.number}|${request.headers.get('Via')}|${matched}`
}

/**
 * By what two copies of one request are recognised that came by different ways (RFC 3261 §8.2.2.2):
 * From tag, Call-ID and CSeq, for requests without To tag.
 */
export const mergeKey = ({ fromTag, callId, cseq }: Facts): string =>
  `${callId}|${fromTag}|${cseq.number} ${cseq.method}`
