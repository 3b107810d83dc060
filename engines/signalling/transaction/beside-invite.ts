import { parseCSeq } from '../sip/cseq.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message.js'

/** Header fields of an INVITE that its CANCEL and the ACK of its refusal repeat. */
const REPEATED = ['From', 'To', 'Call-ID', 'Max-Forwards'] as const

/**
 * A request that belongs to the transaction of an INVITE: same Request-URI, From, To, Call-ID, CSeq number
 * and Route, and a single Via, the INVITE's topmost (RFC 3261 §9.1 for CANCEL, §17.1.1.3 for ACK).
 */
export function besideInvite(invite: SipRequest, method: 'ACK' | 'CANCEL'): SipRequest {
  const headers = new Headers()
  headers.add('Via', invite.headers.get('Via') ?? '')
  for (const route of invite.headers.all('Route')) headers.add('Route', route)
  for (const name of REPEATED) {
    const value = invite.headers.get(name)
    if (value !== undefined) headers.add(name, value)
  }
  const number = parseCSeq(invite.headers.get('CSeq') ?? '')?.number ?? 0
  headers.add('CSeq', `${number} ${method}`)
  return { kind: 'request', method, uri: invite.uri, headers, body: NO_BODY }
}

/** RFC 3261 §17.1.1.3: the ACK of a 300 to 699; its To is that of the response. */
export function ackOfRefusal(invite: SipRequest, refusal: SipResponse): SipRequest {
  const ack = besideInvite(invite, 'ACK')
  const to = refusal.headers.get('To')
  if (to !== undefined) ack.headers.set('To', to)
  return ack
}
