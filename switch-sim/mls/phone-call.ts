import {
  type JoinedCallEvent,
  type JoinedCallState,
  nextOfJoinedCall,
} from '../../platform/signalling/joined-call.js'
import { announce, type CallAction, type CallStep } from './call-step.js'
import type { PhoneRoute } from './routing.js'

/**
 * An ordinary call, to another subscriber's phone or to the test number. A Pricall subscriber's is metered:
 * 通話度数減算 is the switch's (seed 004 Table 4, requirement N-02), out of units that the MSCP owns.
 *
 *   asking_units ──some──► dialling … talking, as in `joined-call.ts` ──hang-up──► ended
 *        └──none──► announcing      each period: one unit ──none left──► ended
 *
 * A period is paid when it begins, the first when the caller is connected; so what a killed switch loses is
 * at most the period that runs. Pure, as `call.ts`.
 */
export interface PhoneCallState {
  readonly name: JoinedCallState | 'asking_units'
  readonly route: PhoneRoute
}

/** What the MSCP says of the caller's units. */
export type UnitEvent =
  /** Asked before the call: whether there is any. */
  | { readonly type: 'units_left'; readonly left: number }
  | { readonly type: 'unit_taken' }
  | { readonly type: 'no_unit' }
  /** The MSCP cannot tell. Nobody talks unmetered. */
  | { readonly type: 'units_failed' }

/** A phone that does not answer in time (RFC 3261 §21.4.18), and one whose refusal says nothing. */
const UNAVAILABLE = 480

export const beginPhoneCall = (route: PhoneRoute): CallStep =>
  route.metered ? [{ name: 'asking_units', route }, { type: 'ask_units' }] : dialPhone(route)

export function nextOfPhoneCall(
  { name, route }: PhoneCallState,
  event: JoinedCallEvent | UnitEvent,
): CallStep {
  if (name === 'asking_units') return whileAsking(route, event)
  if (isUnitEvent(event)) return whileMetered(name, route, event)
  if (name === 'dialling' && event.type === 'refused') {
    return [
      { name: 'ended', route },
      { type: 'refuse_with', status: event.status ?? UNAVAILABLE },
    ]
  }
  if (name === 'dialling' && event.type === 'time_over') {
    return [
      { name: 'ended', route },
      { type: 'cancel_leg' },
      { type: 'refuse_with', status: UNAVAILABLE },
    ]
  }
  if (name === 'talking' && event.type === 'time_over' && route.metered) {
    return [{ name, route }, ...PERIOD]
  }
  const [after, ...actions] = nextOfJoinedCall(name, event)
  return [{ name: after, route }, ...actions.flatMap(action => timed(action, route))]
}

/** A period begins: its unit is taken, and its end is a timer. */
const PERIOD: readonly CallAction[] = [
  { type: 'start_timer', limit: 'period' },
  { type: 'take_unit' },
]

/** The timer of a call that talks is that of its kind. */
function timed(action: CallAction, { metered }: PhoneRoute): readonly CallAction[] {
  if (action.type !== 'start_timer' || action.limit !== 'call') return [action]
  return metered ? PERIOD : [{ type: 'start_timer', limit: 'phone_call' }]
}

function whileAsking(route: PhoneRoute, event: JoinedCallEvent | UnitEvent): CallStep {
  switch (event.type) {
    case 'units_left':
      return event.left > 0 ? dialPhone(route) : announce('no-units')
    case 'units_failed':
      return announce('congestion')
    case 'caller_cancelled':
      return [{ name: 'ended', route }]
    case 'closing':
      return [{ name: 'ended', route }, { type: 'refuse_caller' }]
    default:
      return [{ name: 'asking_units', route }]
  }
}

function whileMetered(name: JoinedCallState, route: PhoneRoute, event: UnitEvent): CallStep {
  const over = event.type === 'no_unit' || event.type === 'units_failed'
  if (name !== 'talking' || !over) return [{ name, route }]
  return [{ name: 'ended', route }, { type: 'hang_up_caller' }, { type: 'hang_up_called' }]
}

const dialPhone = (route: PhoneRoute): CallStep => [
  { name: 'dialling', route },
  { type: 'start_timer', limit: 'set_up' },
  { type: 'dial_phone', route },
]

/** Whether an event is about units; only a metered call knows what it means. */
export const isUnitEvent = (event: JoinedCallEvent | UnitEvent): event is UnitEvent =>
  event.type === 'units_left' ||
  event.type === 'unit_taken' ||
  event.type === 'no_unit' ||
  event.type === 'units_failed'
