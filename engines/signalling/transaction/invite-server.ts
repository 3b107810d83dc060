/**
 * The INVITE server transaction (RFC 3261 §17.2.1, Figure 7, as corrected by RFC 6026 §7.1).
 *
 *               INVITE received (100 sent)
 *                   │
 *    INVITE ──► proceeding ──300–699──► completed ──ACK──► confirmed ──timer I──► terminated
 *    (resend)     │   ▲ └─1xx (send)      │ ▲ └─timer G, INVITE (resend)
 *                 │   └──────┘            │
 *                2xx (send)               └──timer H──► terminated
 *                 │
 *                 └──► accepted ──timer L──► terminated
 *                      (INVITE absorbed, 2xx sent, ACK told)
 *
 * Pure: an action starts a timer, an event says that it fired. Reaching `terminated` stops all.
 */
export type State = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated'

export type Event =
  /** The INVITE again. */
  | 'request'
  /** The ACK of a 300 to 699, which carries the INVITE's branch. */
  | 'ack'
  /** The TU answers. */
  | 'answer_provisional'
  | 'answer_success'
  | 'answer_failure'
  | 'timer_g'
  | 'timer_h'
  | 'timer_i'
  | 'timer_l'

export type Action =
  /** Sends what the TU has just given, and keeps it for `resend`. */
  | 'send_answer'
  | 'resend'
  /** T1, only on an unreliable transport. */
  | 'start_timer_g'
  /** Twice its last value, at most T2. */
  | 'double_timer_g'
  | 'stop_timer_g'
  /** 64·T1. */
  | 'start_timer_h'
  | 'stop_timer_h'
  /** T4 on an unreliable transport, 0 on a reliable one. */
  | 'start_timer_i'
  /** 64·T1. */
  | 'start_timer_l'

export type Step = readonly [State, ...Action[]]

/**
 * §17.2.1: `proceeding` from the first. The layer gives it `100 Trying` at once, as the TU may
 * take longer than 200 ms.
 */
export const begin: Step = ['proceeding']

const steps: Record<State, Partial<Record<Event, Step>>> = {
  proceeding: {
    // §17.2.1: a retransmitted request gets the most recent provisional response again.
    request: ['proceeding', 'resend'],
    // §17.2.1: the TU passes any number of provisional responses.
    answer_provisional: ['proceeding', 'send_answer'],
    // RFC 6026 §7.1: a 2xx leads to `accepted`; the TU, not the transaction, retransmits it.
    answer_success: ['accepted', 'send_answer', 'start_timer_l'],
    // §17.2.1: 300 to 699 leads to `completed`: timer G on an unreliable transport, H on any.
    answer_failure: ['completed', 'send_answer', 'start_timer_g', 'start_timer_h'],
  },
  completed: {
    // §17.2.1: a retransmitted request gets the final response again.
    request: ['completed', 'resend'],
    // §17.2.1: when timer G fires, the response is sent again and G reset to MIN(2·G, T2).
    timer_g: ['completed', 'resend', 'double_timer_g'],
    // §17.2.1: an ACK ends retransmission.
    ack: ['confirmed', 'stop_timer_g', 'stop_timer_h', 'start_timer_i'],
    // §17.2.1: timer H says that the ACK was never received. Nothing is left to do for a refusal.
    timer_h: ['terminated'],
  },
  confirmed: {
    // §17.2.1: timer I absorbs further ACKs.
    timer_i: ['terminated'],
  },
  accepted: {
    // RFC 6026 §7.1: a retransmitted INVITE is absorbed: the TU retransmits its 2xx by itself.
    // RFC 6026 §7.1: each 2xx that the TU passes is sent.
    answer_success: ['accepted', 'send_answer'],
    // RFC 6026 §7.1: timer L ends it.
    timer_l: ['terminated'],
  },
  terminated: {},
}

const unchanged: Record<State, Step> = {
  proceeding: ['proceeding'],
  completed: ['completed'],
  confirmed: ['confirmed'],
  accepted: ['accepted'],
  terminated: ['terminated'],
}

/**
 * An event the state does not list changes nothing: a timer may fire just after it was stopped. A
 * transport error is not an event here: RFC 6026 §7.1 has the transaction stay where it is, as the
 * next retransmission may get through.
 */
export const next = (state: State, event: Event): Step => steps[state][event] ?? unchanged[state]
