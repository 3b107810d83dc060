import {
  type JoinedCallAction,
  type JoinedCallEvent,
  type JoinedCallLimit,
  type JoinedCallState,
  nextOfJoinedCall,
} from '../../platform/signalling/joined-call.js'
import type { Announcement } from './announcement.js'
import { announcementFor, type McscpRoute, type Route } from './routing.js'

/**
 * One call through the switch, as a back-to-back user agent (seed 004 §3.2, Figure 3 ⑤ to ⑲): a joined
 * call with the MCSCP, or an announcement, which also comes when the MCSCP does not take the call.
 *
 *   to MCSCP ──► dialling … talking, as in `joined-call.ts` ──────► ended
 *                   └──refused, time_over──┐
 *   to announcement ──────────────────► announcing ──over──► ended (refused, never answered)
 */
export type CallState =
  | { readonly name: JoinedCallState }
  | { readonly name: 'announcing'; readonly announcement: Announcement }

export type CallAction =
  | Exclude<JoinedCallAction, { type: 'start_timer' }>
  | { readonly type: 'start_timer'; readonly limit: CallLimit }
  | { readonly type: 'dial_mcscp'; readonly route: McscpRoute }
  | { readonly type: 'dial_announcement'; readonly announcement: Announcement }
  /** The caller has heard why the call goes nowhere, or will not. */
  | { readonly type: 'refuse_announced'; readonly announcement: Announcement }

/** What a call may last only so long in. */
export type CallLimit = JoinedCallLimit | 'announcement'

export type CallStep = readonly [CallState, ...CallAction[]]

/** The first step of a call that the caller proved to be its own. */
export function begin(route: Route): CallStep {
  if (route.to === 'announcement') return announce(route.announcement)
  return [
    { name: 'dialling' },
    { type: 'start_timer', limit: 'set_up' },
    { type: 'dial_mcscp', route },
  ]
}

/** What an event means in a state; one that means nothing there changes nothing. */
export function next(state: CallState, event: JoinedCallEvent): CallStep {
  if (state.name === 'announcing') return whileAnnouncing(state, event)
  if (state.name === 'dialling') {
    // Requirement N-06: guidance, then disconnect; the caller pays nothing.
    if (event.type === 'refused') return announce(announcementFor(event.refusal))
    if (event.type === 'time_over') return announce('congestion', { type: 'cancel_leg' })
  }
  const [name, ...actions] = nextOfJoinedCall(state.name, event)
  return [{ name }, ...actions]
}

function whileAnnouncing(
  state: Extract<CallState, { name: 'announcing' }>,
  event: JoinedCallEvent,
): CallStep {
  const refuse = { type: 'refuse_announced', announcement: state.announcement } as const
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

const end = (...actions: CallAction[]): CallStep => [{ name: 'ended' }, ...actions]
