/**
 * The non-INVITE client transaction (RFC 3261 §17.1.2, Figure 6).
 *
 *              request sent
 *                   │
 *    timer E ──► trying ──1xx──► proceeding ◄── timer E (resend, 1xx told)
 *    (resend)     │ │               │ │
 *                 │ └──200–699──►   │ └──200–699──► completed ──timer K──► terminated
 *                 └──────┬──────────┘
 *                timer F, unreachable ──► terminated
 *
 * Pure: an action starts a timer, an event says that it fired. Reaching `terminated` stops all.
 */
export type State = 'trying' | 'proceeding' | 'completed' | 'terminated'

export type Event =
  | 'provisional'
  | 'final'
  | 'timer_e'
  | 'timer_f'
  | 'timer_k'
  /** The transport could not deliver: refused, closed, no such host. */
  | 'unreachable'

export type Action =
  | 'send_request'
  | 'tell_response'
  | 'tell_timeout'
  | 'tell_unreachable'
  /** T1, only on an unreliable transport. */
  | 'start_timer_e'
  /** Twice its last value, at most T2. */
  | 'double_timer_e'
  /** T2. */
  | 'slow_timer_e'
  | 'stop_timer_e'
  /** 64·T1. */
  | 'start_timer_f'
  | 'stop_timer_f'
  /** T4 on an unreliable transport, 0 on a reliable one. */
  | 'start_timer_k'

export type Step = readonly [State, ...Action[]]

/** §17.1.2.2: `trying` is entered when the TU initiates it; timer F is 64·T1 on any transport. */
export const begin: Step = ['trying', 'send_request', 'start_timer_e', 'start_timer_f']

const finish: Step = ['completed', 'stop_timer_e', 'stop_timer_f', 'start_timer_k', 'tell_response']

const steps: Record<State, Partial<Record<Event, Step>>> = {
  trying: {
    // §17.1.2.2: when timer E fires in `trying`, reset it to MIN(2·E, T2) and retransmit.
    timer_e: ['trying', 'send_request', 'double_timer_e'],
    // §17.1.2.2: timer F in `trying`: inform the TU of the timeout, then terminate.
    timer_f: ['terminated', 'tell_timeout'],
    // §17.1.4: inform the TU of the transport failure and terminate.
    unreachable: ['terminated', 'tell_unreachable'],
    // §17.1.2.2: a provisional response is passed up and leads to `proceeding`. Timer E runs on.
    provisional: ['proceeding', 'tell_response'],
    // §17.1.2.2: a final response is passed up and leads to `completed`.
    final: finish,
  },
  proceeding: {
    // §17.1.2.2: in `proceeding` timer E is reset to T2.
    timer_e: ['proceeding', 'send_request', 'slow_timer_e'],
    // §17.1.2.2: timer F in `proceeding` is a timeout as well.
    timer_f: ['terminated', 'tell_timeout'],
    // §17.1.4, as above: a request is retransmitted in this state too, so it can fail in it.
    unreachable: ['terminated', 'tell_unreachable'],
    // §17.1.2.2: further provisional responses are passed up.
    provisional: ['proceeding', 'tell_response'],
    // §17.1.2.2, as above.
    final: finish,
  },
  completed: {
    // §17.1.2.2: timer K buffers retransmitted responses, which are not passed up.
    timer_k: ['terminated'],
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
