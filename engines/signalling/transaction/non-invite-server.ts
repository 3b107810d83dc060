/**
 * The non-INVITE server transaction (RFC 3261 §17.2.2, Figure 8).
 *
 *              request received
 *                   │
 *    request ──► trying ──1xx──► proceeding ◄── request (resend), 1xx (send)
 *    (absorbed)     │               │
 *                   └──200–699──────┴──► completed ──timer J──► terminated
 *                                        (request: resend)
 *
 * Pure: an action starts a timer, an event says that it fired. Reaching `terminated` stops all.
 */
export type State = 'trying' | 'proceeding' | 'completed' | 'terminated'

export type Event =
  /** The request again. */
  | 'request'
  /** The TU answers. */
  | 'answer_provisional'
  | 'answer_final'
  | 'timer_j'

export type Action =
  /** Sends what the TU has just given, and keeps it for `resend`. */
  | 'send_answer'
  | 'resend'
  /** 64·T1 on an unreliable transport, 0 on a reliable one. */
  | 'start_timer_j'

export type Step = readonly [State, ...Action[]]

/** §17.2.2: initialised in `trying`, and the request is passed to the TU. */
export const begin: Step = ['trying']

const steps: Record<State, Partial<Record<Event, Step>>> = {
  trying: {
    // §17.2.2: in `trying` any further retransmission is discarded silently.
    // §17.2.2: a provisional response from the TU is sent and leads to `proceeding`.
    answer_provisional: ['proceeding', 'send_answer'],
    // §17.2.2: a final response is sent and leads to `completed`.
    answer_final: ['completed', 'send_answer', 'start_timer_j'],
  },
  proceeding: {
    // §17.2.2: a retransmission gets the most recent provisional response again.
    request: ['proceeding', 'resend'],
    answer_provisional: ['proceeding', 'send_answer'],
    answer_final: ['completed', 'send_answer', 'start_timer_j'],
  },
  completed: {
    // §17.2.2: a retransmission gets the final response; any other from the TU is discarded.
    request: ['completed', 'resend'],
    // §17.2.2: timer J, then the transaction must be destroyed.
    timer_j: ['terminated'],
  },
  terminated: {},
}

const unchanged: Record<State, Step> = {
  trying: ['trying'],
  proceeding: ['proceeding'],
  completed: ['completed'],
  terminated: ['terminated'],
}

/** An event the state does not list changes nothing: a timer may fire just after it was stopped. */
export const next = (state: State, event: Event): Step => steps[state][event] ?? unchanged[state]
