/**
 * A call of two legs that are joined: a caller's INVITE, and one of our own made for it. The switch and
 * scp are each such a back-to-back user agent (RFC 7092 §3.1: the session descriptions pass through).
 *
 *   dialling ──answered──► answering ──caller_connected──► talking ──hang-up──► ended
 *      │                       │   └──called_hung_up, time_over──► answering_in_vain ──► ended
 *      │                       └──caller_lost──► ended
 *      └──refused, time_over, caller_cancelled──► ended
 *
 * The caller is answered when the called side answers, so that nobody pays before there are media
 * (requirements §4). `progress`, `answered` and `refused` speak of the leg in use; of a leg given up
 * nobody tells. Pure: an action starts the timer (one a call, restarted for each limit and stopped at
 * the end), an event says that it fired.
 */
export type JoinedCallState =
  | 'dialling'
  | 'answering'
  /** The called side is gone while the caller is still being connected. */
  | 'answering_in_vain'
  | 'talking'
  | 'ended'

export type JoinedCallEvent =
  /** A provisional answer of the called side, above 100. */
  | { readonly type: 'progress'; readonly status: number }
  | { readonly type: 'answered' }
  /** The leg ended without an answer, by this status; `refusal` is the reason that the MCSCP gave. */
  | { readonly type: 'refused'; readonly status?: number; readonly refusal?: string }
  /** Our answer reached the caller's dialog. */
  | { readonly type: 'caller_connected' }
  /** Our answer found no caller any more. */
  | { readonly type: 'caller_lost' }
  | { readonly type: 'caller_cancelled' }
  | { readonly type: 'caller_hung_up' }
  | { readonly type: 'called_hung_up' }
  | { readonly type: 'time_over' }
  /** Our program ends, or lost the engine that carries its calls. */
  | { readonly type: 'closing' }

/** What a joined call may last only so long in. */
export type JoinedCallLimit = 'set_up' | 'call'

/** What is done to the two legs. */
export type LegAction =
  /** Passes a provisional answer on to the caller, with its description if it has one. */
  | { readonly type: 'relay_progress'; readonly status: number }
  | { readonly type: 'answer_caller' }
  /** Lets INFO and re-INVITE pass between the two legs. */
  | { readonly type: 'join_legs' }
  /** Gives up the leg that is being set up. */
  | { readonly type: 'cancel_leg' }
  | { readonly type: 'hang_up_caller' }
  | { readonly type: 'hang_up_called' }

export type JoinedCallAction =
  | LegAction
  /** The call could not be put through; the program knows what its caller is told. */
  | { readonly type: 'refuse_caller' }
  | { readonly type: 'start_timer'; readonly limit: JoinedCallLimit }

export type JoinedCallStep = readonly [JoinedCallState, ...JoinedCallAction[]]

const joined = [{ type: 'start_timer', limit: 'call' }, { type: 'join_legs' }] as const
const refuse: JoinedCallStep = ['ended', { type: 'refuse_caller' }]
const giveUp: JoinedCallStep = ['ended', { type: 'cancel_leg' }, { type: 'refuse_caller' }]
const hangUpBoth: JoinedCallStep = ['ended', { type: 'hang_up_caller' }, { type: 'hang_up_called' }]
const hangUpCaller: JoinedCallStep = ['ended', { type: 'hang_up_caller' }]
const hangUpCalled: JoinedCallStep = ['ended', { type: 'hang_up_called' }]
const inVain: JoinedCallStep = ['answering_in_vain', { type: 'hang_up_called' }]

// biome-ignore format: table
const steps: Record<JoinedCallState, Partial<Record<JoinedCallEvent['type'], JoinedCallStep>>> = {
  dialling:          { answered:         ['answering', { type: 'answer_caller' }],
                       refused:          refuse,
                       caller_cancelled: ['ended', { type: 'cancel_leg' }],
                       time_over:        giveUp,
                       closing:          giveUp },
  // RFC 3261 §9.2: a CANCEL that crosses our 200 has no effect; the engine tells the caller, and the
  // answer ends in `caller_lost` or in a call that the caller hangs up.
  answering:         { caller_connected: ['talking', ...joined],
                       caller_lost:      hangUpCalled,
                       called_hung_up:   ['answering_in_vain'],
                       time_over:        inVain,
                       closing:          inVain },
  answering_in_vain: { caller_connected: hangUpCaller,
                       caller_lost:      ['ended'] },
  talking:           { caller_hung_up:   hangUpCalled,
                       called_hung_up:   hangUpCaller,
                       time_over:        hangUpBoth,
                       closing:          hangUpBoth },
  ended:             {},
}

/** What an event means in a state; one that the state does not list changes nothing. */
export function nextOfJoinedCall(state: JoinedCallState, event: JoinedCallEvent): JoinedCallStep {
  if (event.type === 'progress') {
    return state === 'dialling'
      ? [state, { type: 'relay_progress', status: event.status }]
      : [state]
  }
  return steps[state][event.type] ?? [state]
}
