import type { Dialog } from '../agent.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest } from '../sip/message.js'
import type { Sent } from '../transport/address.js'

/** Why the port itself ends a call, in the words of the BYE's Reason header. */
export type HangUpReason = 'application lost' | 'system shutdown'

/**
 * Ends a dialog for an application that cannot or may not any more; `released` is told when the other
 * side has answered, or the stack in its place. `undefined` when there is nothing to end: an early
 * dialog ends with its INVITE.
 */
export function hangUp(
  dialog: Dialog,
  reason: HangUpReason,
  released: () => void,
): Sent<SipRequest> | undefined {
  if (dialog.state !== 'confirmed') return undefined
  // RFC 3261 §13.2.2.4: a 2xx is acknowledged even if the call is to end at once.
  dialog.ack(bare('ACK'))
  const bye = bare('BYE')
  bye.headers.set('Reason', `SIP;cause=503;text="${reason}"`)
  const dispatched = dialog.send(bye, ({ response }) => {
    if (response.status >= 200) released()
  })
  return dispatched.outcome === 'sent' ? dispatched.transaction.sent : undefined
}

const bare = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:placeholder',
  headers: new Headers(),
  body: NO_BODY,
})
