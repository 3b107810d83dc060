import type { CallOutcome } from '../../domain/generated-traffic.js'
import { type CallResult, resultOf } from '../handset/call-result.js'
import { Caller } from '../handset/caller.js'
import type { CallerCard } from '../handset/caller-script.js'
import type { ClipLibrary } from '../handset/clip-library.js'
import { Ears } from '../handset/ears.js'
import type { CallEnding, Phone, PhoneCall } from '../handset/phone.js'
import type { DecidedCall } from './caller-mix.js'

/** What a generated call stands on. */
export interface CallGround {
  readonly library: ClipLibrary
  readonly nowMs: () => number
  /** Runs something later; answers how to call it off. */
  readonly later: (run: () => void, ms: number) => () => void
  /** Told of the call once it was sent, so that it can be hung up. */
  readonly begun: (call: PhoneCall) => void
  readonly answered: () => void
}

/** Makes one call from a handset that is on; what it came to. */
export async function callOnce(
  phone: Phone,
  { dialled, script, breaksOffMs }: DecidedCall,
  card: CallerCard,
  { library, nowMs, later, begun, answered }: CallGround,
): Promise<CallOutcome> {
  const call = await phone.call(dialled, ({ type }) => type === 'answered' && answered())
  begun(call)
  const stay = breaksOffMs === undefined ? () => {} : later(() => void hangUpOf(call), breaksOffMs)
  try {
    const ears = new Ears(call.heard, library, nowMs)
    const ending = await new Caller(call, ears, 'rtp').run(script(card))
    return outcomeOf(dialled, ending, resultOf(ears.clips))
  } finally {
    stay()
  }
}

/** Hangs up a call that may be over meanwhile, or whose handset may have lost the switch. */
export const hangUpOf = (call: PhoneCall): Promise<void> => call.hangUp().catch(() => {})

// biome-ignore format: table
const OF_RESULT: Readonly<Record<CallResult, CallOutcome | undefined>> = {
  charged:         'charged',
  card_refused:    'card_refused',
  already_yours:   'card_refused',
  gave_up:         'card_refused',
  over_cap:        'over_cap',
  at_cap:          'over_cap',
  locked:          'locked',
  unknown_outcome: 'unknown_outcome',
  try_later:       'try_later',
  announcement:    'not_connected',
  nothing:         undefined,
}

/** What a call came to, by how it ended and what its caller heard. */
export function outcomeOf(
  dialled: DecidedCall['dialled'],
  ending: CallEnding,
  result: CallResult,
): CallOutcome {
  if (ending.how === 'refused') return 'not_connected'
  if (ending.how === 'cut_off') return 'failed'
  const heard = OF_RESULT[result]
  if (heard) return heard
  if (ending.how === 'cancelled' || ending.by === 'caller') return 'left'
  return dialled === '157' ? 'enquired' : 'no_result'
}
