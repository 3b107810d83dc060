import type { SentAnswer } from './answer.js'
import type { Dialog } from './dialog/dialog.js'
import type { ProxyListener, ProxyPlan, ProxyRefusal } from './proxy/proxying.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import type { Arrival } from './transport/address.js'

/** A request received, and the one place to answer it. */
export interface ServerTransaction {
  /** As received, with `received` and `rport` of the topmost Via filled in (RFC 3581 §4). */
  readonly request: SipRequest
  readonly arrival: Arrival
  /**
   * The dialog it came in, or the one its answers formed: for an INVITE set by the first answer
   * above 100. Remains set after the dialog has ended.
   */
  readonly dialog: Dialog | undefined
  /** Whether `respond` can still send something. */
  readonly open: boolean
  /**
   * Sends an answer. The agent works on a copy and supplies:
   * - Via and Record-Route from the request (Record-Route where a dialog is formed), From,
   *   Call-ID and CSeq, whatever the response says of them;
   * - To with our tag: the `tag` in the first answer's To if it has one, else a fresh one, the
   *   same in all answers;
   * - Contact, unless given, on 101 to 299 of INVITE and on 2xx of UPDATE, SUBSCRIBE and REFER;
   * - Content-Length, and `Content-Type: application/sdp` for a body beginning `v=0` without
   *   one;
   * - RSeq, if the answer is 101 to 199 of an INVITE and has `Require: 100rel`; it is then
   *   repeated until PRACK;
   * - for a 2xx of INVITE: repetition until ACK (RFC 3261 §13.3.1.4), and session timer headers
   *   (RFC 4028 §9).
   */
  respond(response: SipResponse): Answered
  /**
   * Passes the request on to other targets, in place of an answer (RFC 3261 §16): Via, Max-Forwards,
   * Record-Route, forks, redirects, CANCEL, the ACK of refusals and the choice of the response are the
   * agent's. Only a request outside any dialog that has no answer but 100 yet can be proxied.
   */
  proxy(plan: ProxyPlan, listener: ProxyListener): Proxied
}

/** What became of a request to be proxied, in the order it is checked. */
export type Proxied =
  /** Already answered finally, cancelled, or forgotten. */
  | { readonly outcome: 'no_transaction' }
  /** It belongs to a dialog of the agent's own. */
  | { readonly outcome: 'in_dialog' }
  /** It was answered by the agent, for this reason. */
  | { readonly outcome: 'refused'; readonly why: ProxyRefusal }
  | { readonly outcome: 'proxied' }

/** What became of an answer, in the order it is checked. */
export type Answered =
  /** Already answered finally, cancelled, or forgotten (nobody answered it for 128·T1). */
  | { readonly outcome: 'no_transaction' }
  /** The connection it came on is closed, and there is no other way back. */
  | { readonly outcome: 'connection_closed' }
  /** `Require: 100rel`, which the caller did not say it supports. */
  | { readonly outcome: 'no_100rel' }
  /** An INVITE whose Call-ID and From tag are those of a live dialog. */
  | { readonly outcome: 'dialog_exists' }
  | {
      readonly outcome: 'sent'
      readonly sent: SentAnswer
      readonly dialog: Dialog | undefined
    }
