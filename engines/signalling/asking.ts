import type { Dialog } from './dialog/dialog.js'
import type { Headers } from './sip/headers.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import type { Arrival, Sent } from './transport/address.js'

/** A request sent, until its final response. */
export interface ClientTransaction {
  /** The request as put on the wire. */
  readonly sent: Sent<SipRequest>
  /** The dialog it is in or, for an initial INVITE, the one it forms (early until a 2xx). */
  readonly dialog: Dialog | undefined
  /** Whether no final response has come yet. */
  readonly open: boolean
  /**
   * Withdraws an INVITE (RFC 3261 §9.1), with `headers` (such as Reason) added to the CANCEL. It
   * leaves at once if a provisional response has come, or else the moment one comes. The
   * CANCEL's own response is not told. The INVITE's final response still comes: 487 usually;
   * made by the agent if none has come 64·T1 after the CANCEL. If a 2xx crosses it, the agent
   * sends ACK and BYE by itself, tells the 2xx, then `dialogEnded`.
   * `undefined` if the request is no INVITE, was cancelled before, or has had its final
   * response.
   */
  cancel(headers?: Headers): Sent<SipRequest> | undefined
}

/** A response to a request that we sent. */
export interface ResponseReceived {
  readonly response: SipResponse
  /**
   * Absent if the agent made it: 408 (silence for 64·T1), 503 (refused, unreachable), 487 (see
   * `cancel`).
   */
  readonly arrival: Arrival | undefined
  readonly transaction: ClientTransaction
  /** For an INVITE: its dialog, from 101 on. */
  readonly dialog: Dialog | undefined
}

/**
 * Told the responses to one request, never from within the call that sends it: 101 to 199, any
 * number, then exactly one final. Never 100, and no retransmission. ACK of 300 to 699 has been
 * sent. ACK of a 2xx is the user's: `dialog.ack`. Second 2xx of a forked INVITE are not told:
 * the agent acknowledges them and sends BYE (RFC 3261 §13.2.2.4).
 */
export type ResponseListener = (received: ResponseReceived) => void

/** What became of a request, in the order it is checked. */
export type Dispatched =
  /** The request URI or next hop is no SIP URI. */
  | { readonly outcome: 'bad_uri' }
  /**
   * We do not listen on the protocol its next hop asks for (`sips:`, `transport=tls`, or simply
   * not configured).
   */
  | { readonly outcome: 'no_transport' }
  /** The dialog has ended. */
  | { readonly outcome: 'no_dialog' }
  /** An INVITE outside a dialog, with Call-ID and From tag of a live one. */
  | { readonly outcome: 'dialog_exists' }
  | { readonly outcome: 'sent'; readonly transaction: ClientTransaction }

/** How to send a request. */
export interface SendOptions {
  /** A SIP URI to send to in place of the first Route or the request URI: drachtio's `routeUrl`. */
  readonly nextHop?: string
}
