import type { Dialog } from '../agent.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest } from '../sip/message.js'
import type { Sent } from '../transport/address.js'

/** Why the port itself ends a call, in the words of the BYE's Reason header. */
export type HangUpReason = 'application lost' | 'system shutdown'

/**
 * Ends a dialog for an application that cannot or may not any more; an answer that waits for its ACK
 * gets it. `released` is told when the other side has answered, or the stack in its place. `undefined`
 * when there is nothing to end: an early dialog ends with its INVITE, and a subscription by a word that
 * needs no answer.
 */
export function hangUp(
  dialog: Dialog,
  reason: HangUpReason,
  released: () => void,
): Sent<SipRequest> | undefined {
  if (dialog.state !== 'confirmed') return undefined
  if (dialog.subscribedTo !== undefined) {
    dialog.send(unsubscribing(dialog.role, dialog.subscribedTo), () => undefined)
    return undefined
  }
  const bye: SipRequest = {
    kind: 'request',
    method: 'BYE',
    uri: 'sip:placeholder',
    headers: new Headers([['Reason', `SIP;cause=503;text="${reason}"`]]),
    body: NO_BODY,
  }
  const dispatched = dialog.send(bye, ({ response }) => {
    if (response.status >= 200) released()
  })
  return dispatched.outcome === 'sent' ? dispatched.transaction.sent : undefined
}

/** RFC 6665 §4.1.2.3, §4.4.3: how either side ends a subscription. */
function unsubscribing(role: Dialog['role'], event: string): SipRequest {
  const headers = new Headers([['Event', event]])
  const request = { kind: 'request', uri: 'sip:placeholder', headers } as const
  if (role === 'uac') {
    headers.add('Expires', '0')
    return { ...request, method: 'SUBSCRIBE', body: NO_BODY }
  }
  headers.add('Subscription-State', 'terminated;reason=deactivated')
  if (event !== 'refer') return { ...request, method: 'NOTIFY', body: NO_BODY }
  // RFC 3515 §2.4.5: each NOTIFY tells what became of the reference.
  headers.add('Content-Type', 'message/sipfrag;version=2.0')
  const body = Buffer.from('SIP/2.0 503 Service Unavailable\r\n')
  return { ...request, method: 'NOTIFY', body }
}
