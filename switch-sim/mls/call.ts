import type { ChargeKind } from '../../domain/charge-kind.js'
import { type Announcement, STATUS_AFTER } from './announcement.js'
import { announcementFor, type Route } from './routing.js'

/**
 * One call through the switch, as a back-to-back user agent (seed 004 §3.2, Figure 3 ⑤ to ⑲).
 *
 *   to MCSCP ──► dialling ──answered──► answering ──caller_connected──► talking ──hang-up──► ended
 *                   │                      └──caller_lost──► ended
 *                   └──refused, time_over──┐
 *   to announcement ──────────────────► announcing ──over──► ended (refused, never answered)
 *
 * A caller who cancels, and the switch closing, end it from anywhere. `refused` and `answered` speak of
 * the leg in use; of a leg given up nobody tells. Pure: an action starts the timer (one a call,
 * restarted for each state), an event says that it fired.
 */
export type CallState =
  | { readonly name: 'dialling' }
  | { readonly name: 'answering' }
  /** The MCSCP hung up while the caller was still being connected. */
  | { readonly name: 'answering_in_vain' }
  | { readonly name: 'talking' }
  | { readonly name: 'announcing'; readonly announcement: Announcement }
  | { readonly name: 'ended' }

export type CallEvent =
  /** A provisional answer of the leg in use, above 100. */
  | { readonly type: 'progress'; readonly status: number }
  | { readonly type: 'answered' }
  /** The leg ended without an answer; `refusal` is the reason that the MCSCP gave. */
  | { readonly type: 'refused'; readonly refusal?: string }
  /** Our answer reached the caller's dialog. */
  | { readonly type: 'caller_connected' }
  /** Our answer found no caller any more. */
  | { readonly type: 'caller_lost' }
  | { readonly type: 'caller_cancelled' }
  | { readonly type: 'caller_hung_up' }
  | { readonly type: 'called_hung_up' }
  | { readonly type: 'time_over' }
  /** The switch ends, or lost the engine that carries its calls. */
  | { readonly type: 'closing' }

export type CallAction =
  | { readonly type: 'dial_mcscp'; readonly chargeKind: ChargeKind }
  | { readonly type: 'dial_announcement'; readonly announcement: Announcement }
  /** Passes a provisional answer on to the caller, with its description if it has one. */
  | { readonly type: 'relay_progress'; readonly status: number }
  | { readonly type: 'answer_caller' }
  | { readonly type: 'refuse_caller'; readonly status: number }
  /** Lets INFO and re-INVITE pass between the two legs. */
  | { readonly type: 'join_legs' }
  /** Gives up the leg that is being set up. */
  | { readonly type: 'cancel_leg' }
  | { readonly type: 'hang_up_caller' }
  | { readonly type: 'hang_up_called' }
  | { readonly type: 'start_timer'; readonly limit: CallLimit }
  | { readonly type: 'stop_timer' }

/** What a call may last only so long in. */
export type CallLimit = 'set_up' | 'announcement' | 'call'

export type CallStep = readonly [CallState, ...CallAction[]]

/** The first step of a call that the caller proved to be its own. */
export function begin(route: Route): CallStep {
  if (route.to === 'announcement') return announce(route.announcement)
  return [
    { name: 'dialling' },
    { type: 'start_timer', limit: 'set_up' },
    { type: 'dial_mcscp', chargeKind: route.chargeKind },
  ]
}

/** What an event means in a state; one that means nothing there changes nothing. */
export function next(state: CallState, event: CallEvent): CallStep {
  switch (state.name) {
    case 'dialling':
      return whileDialling(state, event)
    case 'answering':
      return whileAnswering(state, event)
    case 'answering_in_vain':
      return whileAnsweringInVain(state, event)
    case 'talking':
      return whileTalking(state, event)
    case 'announcing':
      return whileAnnouncing(state, event)
    case 'ended':
      return [state]
  }
}

function whileDialling(state: CallState, event: CallEvent): CallStep {
  switch (event.type) {
    case 'progress':
      return [state, { type: 'relay_progress', status: event.status }]
    case 'answered':
      return [{ name: 'answering' }, { type: 'answer_caller' }]
    case 'refused':
      // Requirement N-06: guidance, then disconnect; the caller pays nothing.
      return announce(announcementFor(event.refusal))
    case 'time_over':
      return announce('congestion', { type: 'cancel_leg' })
    case 'caller_cancelled':
      return end({ type: 'cancel_leg' })
    case 'closing':
      return end({ type: 'cancel_leg' }, { type: 'refuse_caller', status: 503 })
    default:
      return [state]
  }
}

function whileAnswering(state: CallState, event: CallEvent): CallStep {
  switch (event.type) {
    case 'caller_connected':
      return [{ name: 'talking' }, { type: 'start_timer', limit: 'call' }, { type: 'join_legs' }]
    // A CANCEL that crosses our 200 ends in `caller_lost`: the engine tells the caller.
    case 'caller_lost':
      return end({ type: 'hang_up_called' })
    case 'called_hung_up':
      return [{ name: 'answering_in_vain' }]
    case 'time_over':
    case 'closing':
      return [{ name: 'answering_in_vain' }, { type: 'hang_up_called' }]
    default:
      return [state]
  }
}

function whileAnsweringInVain(state: CallState, event: CallEvent): CallStep {
  if (event.type === 'caller_connected') return end({ type: 'hang_up_caller' })
  return event.type === 'caller_lost' ? end() : [state]
}

function whileTalking(state: CallState, event: CallEvent): CallStep {
  switch (event.type) {
    case 'caller_hung_up':
      return end({ type: 'hang_up_called' })
    case 'called_hung_up':
      return end({ type: 'hang_up_caller' })
    case 'time_over':
    case 'closing':
      return end({ type: 'hang_up_caller' }, { type: 'hang_up_called' })
    default:
      return [state]
  }
}

function whileAnnouncing(
  state: Extract<CallState, { name: 'announcing' }>,
  event: CallEvent,
): CallStep {
  const refuse = { type: 'refuse_caller', status: STATUS_AFTER[state.announcement] } as const
  switch (event.type) {
    case 'progress':
      return [state, { type: 'relay_progress', status: event.status }]
    case 'refused':
      return end(refuse)
    // An announcement is played in early media; one that answers must not answer the caller.
    case 'answered':
      return end({ type: 'hang_up_called' }, refuse)
    case 'time_over':
    case 'closing':
      return end({ type: 'cancel_leg' }, refuse)
    case 'caller_cancelled':
      return end({ type: 'cancel_leg' })
    default:
      return [state]
  }
}

const announce = (announcement: Announcement, ...before: CallAction[]): CallStep => [
  { name: 'announcing', announcement },
  ...before,
  { type: 'start_timer', limit: 'announcement' },
  { type: 'dial_announcement', announcement },
]

const end = (...actions: CallAction[]): CallStep => [
  { name: 'ended' },
  { type: 'stop_timer' },
  ...actions,
]
