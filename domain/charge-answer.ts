import type { EpochMs } from './clock.js'
import type { Units } from './units.js'
import type { Yen } from './yen.js'

/** Language in which a caller is spoken to, from the subscriber's profile; Japanese unless it says English. */
export type Language = 'ja' | 'en'

/** Step ⑬, asked before any digit: may this call charge at all? In the order they are checked. */
export type Permission =
  | { readonly outcome: 'locked' }
  /** The service brakes, and this handset keyed a wrong number a short while ago (requirement §5.4). */
  | { readonly outcome: 'must_wait' }
  /** No card fits any more this month; `cap` is what the caller is told may be registered in one. */
  | { readonly outcome: 'at_month_cap'; readonly registered: Yen; readonly cap: Yen }
  | { readonly outcome: 'permitted'; readonly registered: Yen; readonly remaining: Yen }

/**
 * Steps ⑯ and ⑰, what became of one entered card, as ivr is told it; in the order they are checked. Why a
 * card is unusable stays in scp's log, so that no wording can tell a guesser more (requirements §5.4).
 */
export type ChargeAnswer =
  /** The question of what became of the entry came first, so it can no longer succeed. */
  | { readonly outcome: 'abandoned' }
  | { readonly outcome: 'locked' }
  /** As at step ⑬: nothing is told of the card, and it stays as it is. */
  | { readonly outcome: 'must_wait' }
  /** Unknown, not active, expired, locked, or used by another. `nowLocked`: this entry was one too many. */
  | { readonly outcome: 'unusable'; readonly nowLocked: boolean }
  /** The caller's own card, registered within the last 24 hours; not counted as wrong. */
  | { readonly outcome: 'own_card'; readonly faceValue: Yen; readonly registered: Yen }
  /** The card stays unused (requirement §7.3). `remaining`: what may still be registered this month. */
  | { readonly outcome: 'over_month_cap'; readonly faceValue: Yen; readonly remaining: Yen }
  | {
      readonly outcome: 'redeemed'
      readonly faceValue: Yen
      /** The month's total, this card included. */
      readonly registered: Yen
      readonly chargedAt: EpochMs
    }
  /** The same of a Pricall subscriber: the card became units (requirement S-05). */
  | {
      readonly outcome: 'units_added'
      readonly faceValue: Yen
      readonly units: Units
      readonly registered: Yen
      readonly chargedAt: EpochMs
    }
