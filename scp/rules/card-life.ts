import type { SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Yen } from '../../domain/yen.js'

/**
 * Where a card stands in its life (requirements §5.3):
 *
 *   generated → exported → delivered → active → used
 *
 * with the side exits `frozen` (lost in transit, fraud), `void` and `refunded`. Expiry is a moment,
 * not a state, since it can be put off.
 */
export type CardState =
  | 'generated'
  | 'exported'
  | 'delivered'
  | 'active'
  | 'used'
  | 'frozen'
  | 'void'
  | 'refunded'

/** A batch's cards count only while it is `active`; `generating` lasts until its clear numbers are safe. */
export type BatchState = 'generating' | 'active' | 'stopped'

/** What the store knows of a card that was looked up by its digest. */
export interface Card {
  readonly serial: SerialNumber
  readonly faceValue: Yen
  readonly state: CardState
  readonly batchState: BatchState
  /** First moment at which it can no longer be used; absent when it never expires. */
  readonly expiresAt: EpochMs | undefined
  readonly use: { readonly by: Msisdn; readonly at: EpochMs } | undefined
}

/** What a look-up found, from one caller's point of view; in the order it is checked. */
export type CardFinding = 'unknown' | 'own_card' | 'used' | 'not_active' | 'expired' | 'usable'

/** How long a caller's own card is told as already registered, and not counted as wrong (requirements §4). */
const OWN_CARD_MS = 24 * 60 * 60 * 1000

/** Judges a card for a caller at a moment. */
export function judgeCard(card: Card | undefined, caller: Msisdn, at: EpochMs): CardFinding {
  if (!card) return 'unknown'
  // Requirements §4, last line of the hang-up table: only for the owner, and only for a day.
  if (card.use)
    return card.use.by === caller && at < card.use.at + OWN_CARD_MS ? 'own_card' : 'used'
  // Requirements §5.3: card and batch must both be active.
  if (card.state !== 'active' || card.batchState !== 'active') return 'not_active'
  if (card.expiresAt !== undefined && at >= card.expiresAt) return 'expired'
  return 'usable'
}
