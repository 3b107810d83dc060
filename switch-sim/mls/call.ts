import { nextOfJoinedCall } from '../../platform/signalling/joined-call.js'
import {
  announce,
  type CallAction,
  type CallEvent,
  type CallState,
  type CallStep,
} from './call-step.js'
import { beginPhoneCall, isUnitEvent, nextOfPhoneCall } from './phone-call.js'
import { announcementFor, type Route } from './routing.js'

/** The first step of a call that the caller proved to be its own. */
export function begin(route: Route): CallStep {
  if (route.to === 'announcement') return announce(route.announcement)
  if (route.to === 'phone') return beginPhoneCall(route)
  return [
    { name: 'dialling' },
    { type: 'start_timer', limit: 'set_up' },
    { type: 'dial_mcscp', route },
  ]
}

/**
 * One call through the switch, as a back-to-back user agent (seed 004 §3.2, Figure 3 ⑤ to ⑲): a joined
 * call with the MCSCP, or an announcement, which also comes when the MCSCP does not take the call.
 *
 *   to MCSCP ──► dialling … talking, as in `joined-call.ts` ──────► ended
 *                   └──refused, time_over──┐
 *   to announcement ──────────────────► announcing ──over──► ended (refused, never answered)
 *   to a phone ──► `phone-call.ts`
 *
 * An event that means nothing in a state changes nothing.
 */
export function next(state: CallState, event: CallEvent): CallStep {
  if (state.route) return nextOfPhoneCall(state, event)
  if (state.name === 'announcing') return whileAnnouncing(state, event)
  if (state.name === 'dialling') {
    // Requirement N-06: guidance, then disconnect; the caller pays nothing.
    if (event.type === 'refused') return announce(announcementFor(event.refusal))
    if (event.type === 'time_over') return announce('congestion', { type: 'cancel_leg' })
  }
  if (isUnitEvent(event)) return [state]
  const [name, ...actions] = nextOfJoinedCall(state.name, event)
  return [{ name }, ...actions]
}

function whileAnnouncing(
  state: Extract<CallState, { name: 'announcing' }>,
  event: CallEvent,
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

const end = (...actions: CallAction[]): CallStep => [{ name: 'ended' }, ...actions]
