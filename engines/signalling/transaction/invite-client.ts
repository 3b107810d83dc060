/**
 * The INVITE client transaction (RFC 3261 §17.1.1, Figure 5, as corrected by RFC 6026 §7.2).
 *
 *               INVITE sent
 *                   │
 *    timer A ──► calling ──1xx──► proceeding ──1xx (told)
 *    (resend)     │ │ │              │ │ └──abandoned──► terminated
 *                 │ │ └──300–699──►  │ └──300–699──► completed ──timer D──► terminated
 *                 │ │                │               (300–699 again: ACK again)
 *                 │ └──2xx──────►    └──2xx──► accepted ──timer M──► terminated
 *                 │                            (2xx again: told)
 *                 └──timer B, unreachable──► terminated
 *
 * `proceeding` has a second form, `reopened`: its connection broke, and another was opened in its place.
 * When that is refused or breaks too, nobody is there to answer: terminated.
 *
 * Pure: an action starts a timer, an event says that it fired. Reaching `terminated` stops all.
 */
export type State = 'calling' | 'proceeding' | 'reopened' | 'completed' | 'accepted' | 'terminated'

export type Event =
  | 'provisional'
  | 'success'
  | 'failure'
  | 'timer_a'
  | 'timer_b'
  | 'timer_d'
  | 'timer_m'
  /** The transport could not deliver: refused, closed, no such host. */
  | 'unreachable'
  /** 64·T1 have passed since its CANCEL, and still no final response. */
  | 'abandoned'

export type Action =
  | 'send_request'
  | 'send_ack'
  /** Opens another connection to where the INVITE went. */
  | 'reopen'
  | 'tell_response'
  | 'tell_timeout'
  | 'tell_unreachable'
  | 'tell_abandoned'
  /** T1, only on an unreliable transport. */
  | 'start_timer_a'
  | 'double_timer_a'
  | 'stop_timer_a'
  /** 64·T1. */
  | 'start_timer_b'
  | 'stop_timer_b'
  /** 64·T1 on an unreliable transport, 0 on a reliable one. */
  | 'start_timer_d'
  /** 64·T1. */
  | 'start_timer_m'

export type Step = readonly [State, ...Action[]]

/**
 * RFC 3261 §17.1.1.2: the TU initiates it in `calling`; timer A only if the transport is
 * unreliable, timer B on any.
 */
export const begin: Step = ['calling', 'send_request', 'start_timer_a', 'start_timer_b']

const quiet = ['stop_timer_a', 'stop_timer_b'] as const

const steps: Record<State, Partial<Record<Event, Step>>> = {
  calling: {
    // §17.1.1.2: when timer A fires, retransmit and reset it to twice its value.
    timer_a: ['calling', 'send_request', 'double_timer_a'],
    // §17.1.1.2: still `calling` when timer B fires: inform the TU of a timeout.
    timer_b: ['terminated', 'tell_timeout'],
    // §17.1.4: inform the TU of the transport failure and go to `terminated` directly.
    unreachable: ['terminated', 'tell_unreachable'],
    // §17.1.1.2: a provisional response ends retransmission and is passed to the TU. Timer B
    // matters in `calling` only.
    provisional: ['proceeding', ...quiet, 'tell_response'],
    // RFC 6026 §7.2: a 2xx leads to `accepted`, not to `terminated`, so that its retransmissions
    // and those of other branches find their way to the TU.
    success: ['accepted', ...quiet, 'start_timer_m', 'tell_response'],
    // §17.1.1.2: 300 to 699 is passed up, and the transaction itself makes the ACK.
    failure: ['completed', ...quiet, 'send_ack', 'start_timer_d', 'tell_response'],
  },
  proceeding: {
    // §17.1.1.2: any further provisional response is passed up.
    provisional: ['proceeding', 'tell_response'],
    // RFC 6026 §7.2, as above.
    success: ['accepted', 'start_timer_m', 'tell_response'],
    // §17.1.1.2, as above.
    failure: ['completed', 'send_ack', 'start_timer_d', 'tell_response'],
    // §18.2.2: a server whose connection broke answers by one of its own, so this says nothing yet.
    // Whether anyone is there to do so is told by another connection to it.
    unreachable: ['reopened', 'reopen'],
    // §9.1: no final response 64·T1 after the CANCEL: consider the INVITE cancelled, destroy it.
    abandoned: ['terminated', 'tell_abandoned'],
  },
  // All as in `proceeding`, but for the last.
  reopened: {
    provisional: ['reopened', 'tell_response'],
    success: ['accepted', 'start_timer_m', 'tell_response'],
    failure: ['completed', 'send_ack', 'start_timer_d', 'tell_response'],
    abandoned: ['terminated', 'tell_abandoned'],
    // §17.1.4: inform the TU of the transport failure.
    unreachable: ['terminated', 'tell_unreachable'],
  },
  completed: {
    // §17.1.1.2: a retransmitted final response gets the ACK again and is not passed up.
    failure: ['completed', 'send_ack'],
    // §17.1.1.2: timer D reflects how long the server may go on retransmitting its response.
    timer_d: ['terminated'],
  },
  accepted: {
    // RFC 6026 §7.2: every 2xx is passed up. The TU knows which is a retransmission.
    success: ['accepted', 'tell_response'],
    // RFC 6026 §7.2: timer M ends it.
    timer_m: ['terminated'],
  },
  terminated: {},
}

const unchanged: Record<State, Step> = {
  calling: ['calling'],
  proceeding: ['proceeding'],
  reopened: ['reopened'],
  completed: ['completed'],
  accepted: ['accepted'],
  terminated: ['terminated'],
}

/** An event the state does not list changes nothing: a timer may fire just after it was stopped. */
export const next = (state: State, event: Event): Step => steps[state][event] ?? unchanged[state]
