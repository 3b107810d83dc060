import type { ServerTransaction } from './answering.js'
import type { Dialog } from './dialog/dialog.js'
import type { SipRequest } from './sip/message.js'
import type { Arrival, Endpoint, Protocol, Sent } from './transport/address.js'
import type { TransportNotice } from './transport/flow.js'

/**
 * What the agent tells its user. Handlers are called once a message, in order of arrival, never
 * from within a call the user makes to the agent. A handler that throws is a broken promise of
 * its own: the agent does not catch it.
 */
export interface Handlers {
  /**
   * A request to be answered by `transaction.respond`. Its dialog, if it came in one, is
   * `transaction.dialog`. Never called for: retransmissions, ACK, CANCEL, a malformed request
   * (the agent answered 400 and the like), a merged request (482), a request with a To tag that
   * matches no dialog (481), a CSeq out of order (500), an INVITE while another is unanswered in
   * the same dialog (500, or 491 if ours is), a PRACK that acknowledges nothing (481). For an
   * INVITE `100 Trying` has been sent. A BYE has ended its dialog already; a pending INVITE of
   * the dialog was answered 487.
   */
  request(transaction: ServerTransaction): void
  /**
   * Asked of an INVITE outside any dialog that is seen for the first time, before anything is kept of it.
   * `true` refuses it: 503 with Retry-After, without a transaction, and nothing else is told of it.
   */
  refusesCall?(): boolean
  /** The ACK of a 2xx, once. The ACK of any other final answer is absorbed. */
  ack(ack: AckReceived): void
  /**
   * The caller withdrew an INVITE: CANCEL was answered 200 and the INVITE 487. Not called for a
   * CANCEL that came too late, or for none of ours (481).
   */
  cancel(cancel: CancelReceived): void
  /**
   * The agent itself ended a dialog by the BYE shown. Called once, after which the dialog is
   * gone.
   */
  dialogEnded(end: DialogEnded): void
  /**
   * The agent itself refused an INVITE by 504: a reliable answer to it was never acknowledged (RFC 3262 §3). Its
   * dialog is gone. Not called where a 2xx was waiting for that PRACK, which `dialogEnded` tells.
   */
  prackTimedOut?(invite: ServerTransaction): void
  /** A request inside a proxied call passed through to its other side. */
  passedOn?(request: SipRequest): void
  /** Something worth a line in a log and a counter, after the agent coped with it. */
  noticed?(notice: Notice): void
}

/** An ACK, and what it acknowledges. */
export interface AckReceived {
  readonly request: SipRequest
  readonly arrival: Arrival
  readonly dialog: Dialog
  /** The INVITE whose 2xx this acknowledges; `initial` unless it was a re-INVITE. */
  readonly invite: ServerTransaction
  readonly initial: boolean
}

/** A CANCEL, and what it withdrew. */
export interface CancelReceived {
  readonly request: SipRequest
  readonly arrival: Arrival
  /** The INVITE that was cancelled. Its `dialog` is undefined if only 100 had been sent. */
  readonly invite: ServerTransaction
}

/** A BYE that the agent sent of its own accord. */
export interface DialogEnded {
  readonly dialog: Dialog
  readonly bye: Sent<SipRequest>
  /** The text of the BYE's Reason header. */
  readonly reason: EndReason
}

/** Why the agent ended a dialog by itself. The words are drachtio's; its applications show them. */
export type EndReason =
  /** Our 2xx was retransmitted for 64·T1 and never acknowledged (RFC 3261 §13.3.1.4). */
  | 'ACK timeout'
  /** Our 2xx waited for a PRACK that never came (RFC 3262 §3); no BYE was sent. */
  | 'PRACK timeout'
  /** Nobody refreshed the session in time (RFC 4028 §10). */
  | 'Session timer expired'
  /** A CANCEL came when the 2xx was already on its way. */
  | 'CANCEL after 200 OK'
  /** A 2xx came to an INVITE that we had cancelled. */
  | 'ACK-BYE due to cancel race condition'

/** What the agent coped with by itself. `detail` never holds a message body. */
export interface Notice {
  readonly event:
    | 'malformed_message'
    | 'stray_response'
    | 'stray_ack'
    | 'merged_request'
    /** A request that nobody answered in time. */
    | 'request_forgotten'
    /** A reliable provisional response that the peer never acknowledged; the INVITE got 504. */
    | 'prack_timeout'
    /** A source asked too much at once, or scans: it is not heard for a while. */
    | 'source_banned'
    /** Too many transactions: the request got 503. */
    | 'overload'
    | TransportNotice['event']
  readonly detail: string
  readonly protocol?: Protocol
  readonly remote?: Endpoint
}
