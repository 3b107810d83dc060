import type { Scheduler } from './scheduler.js'
import type { TimerValues } from './transaction/timers.js'
import type { Arrival, Endpoint, Protocol, Sent } from './transport/address.js'

// Stand-ins until engines/signalling/sip/ lands; then these five come from there.
export interface Headers {
  get(name: string): string | undefined
  all(name: string): readonly string[]
  set(name: string, value: string): void
  add(name: string, value: string): void
  prepend(name: string, value: string): void
  remove(name: string): void
  removeFirst(name: string): void
  has(name: string): boolean
  clone(): Headers
}
export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  readonly headers: Headers
  readonly body: Buffer
}
export interface SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: Headers
  readonly body: Buffer
}

/** One address the agent receives on. */
export interface ListenPoint {
  readonly protocol: Protocol
  readonly host: string
  /** 0 picks a free port; `Agent.listening` tells which. */
  readonly port: number
}

export interface AgentOptions {
  readonly listen: readonly ListenPoint[]
  readonly handlers: Handlers
  /** Default: `STANDARD_TIMERS`. */
  readonly timers?: TimerValues
  /** Default: `nodeScheduler`. */
  readonly scheduler?: Scheduler
  /**
   * Makes an unguessable token of letters and digits, at least 12 long. Default: from
   * `node:crypto`.
   */
  readonly token?: () => string
}

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
  /** Something worth a line in a log and a counter, after the agent coped with it. */
  noticed?(notice: Notice): void
}

export interface AckReceived {
  readonly request: SipRequest
  readonly arrival: Arrival
  readonly dialog: Dialog
  /** The INVITE whose 2xx this acknowledges; `initial` unless it was a re-INVITE. */
  readonly invite: ServerTransaction
  readonly initial: boolean
}

export interface CancelReceived {
  readonly request: SipRequest
  readonly arrival: Arrival
  /** The INVITE that was cancelled. Its `dialog` is undefined if only 100 had been sent. */
  readonly invite: ServerTransaction
}

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
    | 'connection_refused'
    | 'connection_failed'
    | 'too_many_connections'
    | 'send_failed'
    | 'request_forgotten'
  readonly detail: string
  readonly protocol?: Protocol
  readonly remote?: Endpoint
}

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
   * - Via and Record-Route from the request (Record-Route on 101 to 299 of an INVITE), From,
   *   Call-ID and CSeq, whatever the response says of them;
   * - To with our tag: the `tag` in the first answer's To if it has one, else a fresh one, the
   *   same in all answers;
   * - Contact, unless given, on 101 to 299 of INVITE, UPDATE and SUBSCRIBE;
   * - Content-Length, and `Content-Type: application/sdp` for a body beginning `v=0` without
   *   one;
   * - RSeq, if the answer is 101 to 199 of an INVITE and has `Require: 100rel`; it is then
   *   repeated until PRACK;
   * - for a 2xx of INVITE: repetition until ACK (RFC 3261 §13.3.1.4), and session timer headers
   *   (RFC 4028 §9).
   */
  respond(response: SipResponse): Answered
}

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
      readonly sent: Sent<SipResponse>
      readonly dialog: Dialog | undefined
    }

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
   * sends ACK and BYE, tells `dialogEnded`, and the response told is an internal 487.
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
  | { readonly outcome: 'sent'; readonly transaction: ClientTransaction }

/** What became of an ACK. */
export type Acknowledged =
  /** The dialog has ended, or has no 2xx that waits for an ACK. */
  | { readonly outcome: 'nothing_to_acknowledge' }
  | { readonly outcome: 'sent'; readonly sent: Sent<SipRequest> }

/** A peer-to-peer relationship of two user agents (RFC 3261 §12), formed by an INVITE. */
export interface Dialog {
  /**
   * `<Call-ID>;from-tag=<tag in the From header of the INVITE>`, on either side; drachtio's
   * rule.
   */
  readonly id: string
  readonly callId: string
  readonly localTag: string
  /** Empty until the peer has sent a tag. */
  readonly remoteTag: string
  readonly role: 'uas' | 'uac'
  readonly state: 'early' | 'confirmed' | 'ended'
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

/** How to send a request. */
export interface SendOptions {
  /** A SIP URI to send to in place of the first Route or the request URI: drachtio's `routeUrl`. */
  readonly nextHop?: string
}

/**
 * A SIP user agent: transports, transactions and dialogs (RFC 3261), for either side of a call.
 * It holds no policy: what to answer, whom to call and when to hang up is its user's.
 */
export declare class Agent {
  private constructor()
  /** Opens every listen point, or none: rejects with the first error, all else closed again. */
  static open(options: AgentOptions): Promise<Agent>
  /** The addresses in use, in the order asked for. */
  readonly listening: readonly ListenPoint[]
  /**
   * Sends a request outside any dialog. The agent works on a copy and supplies what is missing:
   * Via always; Max-Forwards 70; From (our address, fresh tag; a From without tag gets one); To
   * (the request URI); Call-ID; CSeq; Contact (INVITE, SUBSCRIBE, REGISTER excluded);
   * Content-Length always. Call-ID, From with tag and CSeq given are used verbatim, so that a
   * digest retry can repeat them.
   *
   * Where it goes: `nextHop`, else the first Route, else the request URI; to a connection that
   * is open to that address, or was registered over by that Contact, before a new one is dialled
   * (RFC 7118 §5: a WebSocket phone cannot be dialled at all; without its connection the
   * response is an internal 503).
   */
  send(request: SipRequest, on: ResponseListener, options?: SendOptions): Dispatched
  /** The live dialog of that id. */
  dialog(id: string): Dialog | undefined
  /** The live dialogs of that Call-ID; more than one if a call passes through this agent twice. */
  dialogsOf(callId: string): readonly Dialog[]
  /** Our address as a peer at this URI would see it: what to put in place of `localhost`. */
  addressTowards(uri: string): ListenPoint | undefined
  /** Whether a request to this URI would come back to this agent. */
  isSelf(uri: string): boolean
  /** Counts for a shutdown in order and for metrics. */
  readonly load: {
    readonly transactions: number
    readonly dialogs: number
    readonly connections: number
  }
  /**
   * Stops at once: closes sockets and timers, tells no handler any more. Ending calls in order
   * comes first and is the user's.
   */
  close(): Promise<void>
}
