import type { Dialog } from '../agent.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest } from '../sip/message.js'
import type { Sent } from '../transport/address.js'

/** Why the port itself ends a call, in the words of the BYE's Reason header. */
export type HangUpReason = 'application lost' | 'system shutdown'

/**
 * Ends a dialog for an application that cannot or may not any more; an answer that waits for its ACK
 * gets it. `released` is told when the other side has answered, or the stack in its place. `undefined`
 * when there is nothing to end: an early dialog ends with its INVITE.
 */
export function hangUp(
  dialog: Dialog,
  reason: HangUpReason,
  released: () => void,
): Sent<SipRequest> | undefined {
  if (dialog.state !== 'confirmed') return undefined
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
