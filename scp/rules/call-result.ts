import type { CallNotice } from '../../domain/call-notice.js'
import type { CallResult, Unanswered } from '../../domain/charge-traffic.js'
import type { Finding } from './charge-decision.js'

/** How a call came to its end, as call control saw it. */
export type CallEnding =
  /** `heldMs`: from the answer to the end; absent where an earlier run of scp answered it. */
  | { readonly how: 'answered'; readonly heldMs?: number }
  | { readonly how: Extract<Unanswered, 'congestion' | 'withdrawn'> }

/** What the caller was last told that no entry tells, and how many entries there had been by then. */
export interface Told {
  readonly notice: CallNotice | Extract<CallResult, 'locked' | 'at_cap'>
  readonly entries: number
}

/** All that decides what an answered call came to. */
export interface CallFacts {
  /** Its last card number that was looked at. */
  readonly lastEntry: { readonly number: number; readonly finding: Finding } | undefined
  readonly told: Told | undefined
}

/**
 * What an answered call counts as in the charge traffic: the result of its last entry, else what kept it
 * from one (requirement M-17). An entry that a fault kept from being looked at is the last one too.
 */
export function resultOfCall({ lastEntry, told }: CallFacts): CallResult {
  if (told?.notice === 'system_fault' && told.entries > (lastEntry?.number ?? 0)) {
    return 'system_fault'
  }
  if (lastEntry) return RESULT_OF_FINDING[lastEntry.finding]
  return told?.notice ?? 'abandoned'
}

// biome-ignore format: table
const RESULT_OF_FINDING: Readonly<Record<Finding, CallResult>> = {
  redeemed:       'accepted',
  unknown:        'unknown',
  used:           'used',
  // One's own card is a used one; the log tells them apart.
  own_card:       'used',
  not_active:     'not_active',
  // Stopped, because many handsets had probed it.
  card_locked:    'not_active',
  expired:        'expired',
  over_month_cap: 'over_cap',
  // Another call of the handset had locked it in the meantime.
  locked:         'locked',
  // The service braked: the handset had keyed a wrong number a short while before.
  must_wait:      'locked',
  // Concluded without an answer: the caller was told to call again later.
  abandoned:      'system_fault',
}
