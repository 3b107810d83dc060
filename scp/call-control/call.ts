/**
 * A charge call at the MCSCP, from its admission (steps ⑧ to ⑫, and its release ⑱ ⑲).
 *
 *   dialling ──answered──► answering ──caller_connected──► talking ──hang-up──► ended
 *      │                       │   └──called_hung_up, time_over──► answering_in_vain ──► ended
 *      │                       └──caller_lost──► ended
 *      └──refused, time_over, caller_cancelled──► ended
 *
 * The call is answered when ivr answers, so that media exist before the caller pays (requirements §4).
 * Pure: an action starts the timer (one a call, restarted for each state), an event says it fired.
 */
export type CallState = 'dialling' | 'answering' | 'answering_in_vain' | 'talking' | 'ended'

export type CallEvent =
  /** A provisional answer of the media engine, above 100. */
  | { readonly type: 'progress'; readonly status: number }
  | { readonly type: 'answered' }
  /** The media engine ended its leg without an answer. */
  | { readonly type: 'refused' }
  | { readonly type: 'caller_connected' }
  | { readonly type: 'caller_lost' }
  | { readonly type: 'caller_cancelled' }
  | { readonly type: 'caller_hung_up' }
  | { readonly type: 'called_hung_up' }
  | { readonly type: 'time_over' }
  /** scp ends, or lost the engine that carries its calls. */
  | { readonly type: 'closing' }

export type CallAction =
  | { readonly type: 'relay_progress'; readonly status: number }
  | { readonly type: 'answer_caller' }
  /** Refuses for want of media: to the switch, a congestion. */
  | { readonly type: 'refuse_caller' }
  /** Lets INFO and re-INVITE pass between the two legs. */
  | { readonly type: 'join_legs' }
  | { readonly type: 'cancel_leg' }
  | { readonly type: 'hang_up_caller' }
  | { readonly type: 'hang_up_called' }
  | { readonly type: 'start_timer' }

export type CallStep = readonly [CallState, ...CallAction[]]

const joined = [{ type: 'start_timer' }, { type: 'join_legs' }] as const
const refuse: CallStep = ['ended', { type: 'refuse_caller' }]
const giveUp: CallStep = ['ended', { type: 'cancel_leg' }, { type: 'refuse_caller' }]
const hangUpBoth: CallStep = ['ended', { type: 'hang_up_caller' }, { type: 'hang_up_called' }]
const hangUpCaller: CallStep = ['ended', { type: 'hang_up_caller' }]
const hangUpCalled: CallStep = ['ended', { type: 'hang_up_called' }]
const inVain: CallStep = ['answering_in_vain', { type: 'hang_up_called' }]

// biome-ignore format: table
const steps: Record<CallState, Partial<Record<CallEvent['type'], CallStep>>> = {
  dialling:          { answered:         ['answering', { type: 'answer_caller' }],
                       refused:          refuse,
                       caller_cancelled: ['ended', { type: 'cancel_leg' }],
                       time_over:        giveUp,
                       closing:          giveUp },
  // A CANCEL that crosses our 200 ends in `caller_lost`: the engine tells the caller.
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
export function next(state: CallState, event: CallEvent): CallStep {
  if (event.type === 'progress') {
    return state === 'dialling'
      ? [state, { type: 'relay_progress', status: event.status }]
      : [state]
  }
  return steps[state][event.type] ?? [state]
}
