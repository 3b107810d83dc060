import type { Dispatched, ResponseListener } from '../asking.js'
import type { SipRequest } from '../sip/message.js'
import type { Sent } from '../transport/address.js'

/** drachtio's name for a dialog: Call-ID and the tag in the From of its INVITE, on either side. */
export const dialogId = (callId: string, fromTag: string): string => `${callId};from-tag=${fromTag}`

/** What became of an ACK. */
export type Acknowledged =
  /** The dialog has ended, or has no 2xx that waits for an ACK. */
  | { readonly outcome: 'nothing_to_acknowledge' }
  | { readonly outcome: 'sent'; readonly sent: Sent<SipRequest> }

/** A peer-to-peer relationship of two user agents (RFC 3261 §12), formed by an INVITE or a SUBSCRIBE. */
export interface Dialog {
  /** See `dialogId`. */
  readonly id: string
  readonly callId: string
  readonly localTag: string
  /** Empty until the peer has sent a tag. */
  readonly remoteTag: string
  readonly role: 'uas' | 'uac'
  readonly state: 'early' | 'confirmed' | 'ended'
  /** The event package of a dialog that a SUBSCRIBE formed (RFC 6665); a call has none. */
  readonly subscribedTo: string | undefined
  /** Where requests to the peer go: its latest Contact (RFC 3261 §12.2). */
  readonly remoteTarget: string
  /**
   * Sends a request in the dialog: BYE, re-INVITE, INFO, UPDATE, PRACK and so on. The agent
   * works on a copy and supplies the request URI, Via, Route, To, From, Call-ID, CSeq,
   * Max-Forwards, Contact (unless given), Content-Length. BYE ends the dialog at once; its
   * response is still told. A 408 or 481 to anything but BYE leaves the dialog alone: ending it
   * is the user's decision.
   */
  send(request: SipRequest, on: ResponseListener): Dispatched
  /**
   * Acknowledges the 2xx of our INVITE or re-INVITE, with the body and further headers of
   * `request`. Retransmissions of the 2xx get the same ACK again.
   */
  ack(request: SipRequest): Acknowledged
}
