import type {
  JoinedCallAction,
  JoinedCallEvent,
  JoinedCallLimit,
  JoinedCallState,
} from '../../platform/signalling/joined-call.js'
import type { Announcement } from './announcement.js'
import type { PhoneCallState, UnitEvent } from './phone-call.js'
import type { McscpRoute, PhoneRoute } from './routing.js'

/** Where a call through the switch stands; the diagrams are at `call.ts` and `phone-call.ts`. */
export type CallState =
  | { readonly name: JoinedCallState; readonly route?: never }
  | PhoneCallState
  | { readonly name: 'announcing'; readonly announcement: Announcement; readonly route?: never }

export type CallEvent = JoinedCallEvent | UnitEvent

export type CallAction =
  | Exclude<JoinedCallAction, { type: 'start_timer' }>
  | { readonly type: 'start_timer'; readonly limit: CallLimit }
  | { readonly type: 'dial_mcscp'; readonly route: McscpRoute }
  | { readonly type: 'dial_announcement'; readonly announcement: Announcement }
  | { readonly type: 'dial_phone'; readonly route: PhoneRoute }
  /** Asks the MSCP whether the caller has any unit. */
  | { readonly type: 'ask_units' }
  /** Has the MSCP take one unit of the caller's. */
  | { readonly type: 'take_unit' }
  | { readonly type: 'refuse_with'; readonly status: number }
  /** The caller has heard why the call goes nowhere, or will not. */
  | { readonly type: 'refuse_announced'; readonly announcement: Announcement }

/** What a call may last only so long in. */
export type CallLimit = JoinedCallLimit | 'announcement' | 'phone_call' | 'period'

export type CallStep = readonly [CallState, ...CallAction[]]

/** Says why the call goes nowhere, then refuses it (requirement N-06). */
export const announce = (announcement: Announcement, ...before: CallAction[]): CallStep => [
  { name: 'announcing', announcement },
  ...before,
  { type: 'start_timer', limit: 'announcement' },
  { type: 'dial_announcement', announcement },
]
