import type { SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Yen } from '../../domain/yen.js'

/**
 * Where a card, or a batch of cards, stands in its life (requirements §5.3):
 *
 *   planned ──► generated ──► exported ──► delivered ──► active ──► used
 *
 * with side exits from any place before `used`: `frozen` (lost in transit, fraud), from which it comes
 * back to where it was; `void`, for cards the maker spoiled too; and `refunded`, from `active` alone, as
 * a card that was never activated was never sold. `expired` is a moment, not a place that is kept: what
 * is delivered or active counts as expired from then on, and one extension takes it back. Another maker's
 * cards are printed when they are imported: planned ──► exported.
 */
export type CardState = KeptState | 'expired'

/** A place that the store keeps. */
export type KeptState =
  | 'planned'
  | 'generated'
  | 'exported'
  | 'delivered'
  | 'active'
  | 'used'
  | 'frozen'
  | 'void'
  | 'refunded'

/** What is done to cards and batches. */
export type CardAct =
  | 'generate'
  | 'import'
  | 'export'
  | 'spoil'
  | 'deliver'
  | 'activate'
  | 'use'
  | 'freeze'
  | 'unfreeze'
  | 'extend'
  | 'void'
  | 'refund'

/** What is recorded of cards: their beginnings, and what was done to them; their use stands in the charge log. */
export type RecordedAct = Exclude<CardAct, 'use'> | 'plan' | 'demonstrate'

/** All that decides what may be done to a card that nobody has used. */
export interface Standing {
  readonly state: KeptState
  /** Where a frozen card comes back to. */
  readonly frozenFrom: KeptState | undefined
  /** First moment at which it can no longer be used; absent when it never expires. */
  readonly expiresAt: EpochMs | undefined
  readonly extended: boolean
}

/** Why an act is refused; in the order they are checked. */
export type ActRefusal =
  /** The act is not for cards that stand there. */
  | 'not_from_here'
  /** An extended card is not refunded, and not extended again (the refund rule of 2012). */
  | 'extended_before'
  /** It expired before it was ever activated. */
  | 'never_sold'
  /** A card that never expires, or an extension to a moment that is not later. */
  | 'nothing_to_extend'

/** How an act came out for one card. */
export type ActStep =
  | { readonly outcome: 'done'; readonly standing: Standing }
  | { readonly outcome: 'refused'; readonly because: ActRefusal }

/** Back to where it was. */
type Target = KeptState | 'as_before'

// biome-ignore format: table
const STEPS: Readonly<Record<CardState, Readonly<Partial<Record<CardAct, Target>>>>> = {
  planned:   { generate: 'generated', import: 'exported', void: 'void' },
  generated: { export: 'exported',    freeze: 'frozen', void: 'void' },
  exported:  { deliver: 'delivered',  freeze: 'frozen', void: 'void', spoil: 'void' },
  delivered: { activate: 'active',    freeze: 'frozen', void: 'void', extend: 'as_before' },
  active:    { use: 'used',           freeze: 'frozen', void: 'void', extend: 'as_before', refund: 'refunded' },
  expired:   {                        freeze: 'frozen', void: 'void', extend: 'as_before', refund: 'refunded' },
  frozen:    { unfreeze: 'as_before', void: 'void' },
  used:      {},
  void:      {},
  refunded:  {},
}

/** Where cards stand at a moment. */
export const stateAt = ({ state, expiresAt }: Standing, at: EpochMs): CardState =>
  (state === 'delivered' || state === 'active') && expiresAt !== undefined && at >= expiresAt
    ? 'expired'
    : state

/** Does an act to a card at a moment. `until`: the new expiry, where it is extended. */
export function next(standing: Standing, act: CardAct, at: EpochMs, until?: EpochMs): ActStep {
  const target = STEPS[stateAt(standing, at)][act]
  if (target === undefined) return refused('not_from_here')
  const { state, frozenFrom, expiresAt, extended } = standing
  if (act === 'extend') {
    if (extended) return refused('extended_before')
    if (expiresAt === undefined || until === undefined || until <= expiresAt || until <= at)
      return refused('nothing_to_extend')
    return done({ ...standing, expiresAt: until, extended: true })
  }
  if (act === 'refund') {
    // Seed of 2012: refunded by post after checking «unused» and «never extended».
    if (extended) return refused('extended_before')
    if (state !== 'active') return refused('never_sold')
  }
  if (act === 'freeze') return done({ ...standing, state: 'frozen', frozenFrom: state })
  const after = target === 'as_before' ? (frozenFrom ?? state) : target
  return done({ ...standing, state: after, frozenFrom: undefined })
}

const done = (standing: Standing): ActStep => ({ outcome: 'done', standing })
const refused = (because: ActRefusal): ActStep => ({ outcome: 'refused', because })

const FORWARD: readonly KeptState[] = ['planned', 'generated', 'exported', 'delivered', 'active']

/**
 * Where a batch stands once some of its cards stand at `reached`: it goes forward with the first of them,
 * and never back. A batch in a side exit stays there.
 */
export const batchAfter = (batch: KeptState, reached: KeptState): KeptState =>
  FORWARD.includes(batch) && FORWARD.indexOf(reached) > FORWARD.indexOf(batch) ? reached : batch

/** What the store knows of a card that was looked up by its digest. */
export interface Card {
  readonly serial: SerialNumber
  readonly faceValue: Yen
  readonly state: KeptState
  readonly batchState: KeptState
  /** First moment at which it can no longer be used; absent when it never expires. */
  readonly expiresAt: EpochMs | undefined
  readonly use: { readonly by: Msisdn; readonly at: EpochMs } | undefined
}

/** What a look-up found, from one caller's point of view; in the order it is checked. */
export type CardFinding =
  | 'unknown'
  | 'own_card'
  | 'used'
  | 'not_active'
  | 'expired'
  | 'card_locked'
  | 'usable'

/** How long a caller's own card is told as already registered, and not counted as wrong (requirements §4). */
const OWN_CARD_MS = 24 * 60 * 60 * 1000

/** Judges a card for a caller at a moment. `locked`: too many handsets probed it. */
export function judgeCard(
  card: Card | undefined,
  caller: Msisdn,
  at: EpochMs,
  locked: boolean,
): CardFinding {
  if (!card) return 'unknown'
  // Requirements §4, last line of the hang-up table: only for the owner, and only for a day.
  if (card.use)
    return card.use.by === caller && at < card.use.at + OWN_CARD_MS ? 'own_card' : 'used'
  // Requirements §5.3: card and batch must both be active.
  if (card.state !== 'active' || card.batchState !== 'active') return 'not_active'
  if (card.expiresAt !== undefined && at >= card.expiresAt) return 'expired'
  // Last, so that the log has the better reason where there is one.
  return locked ? 'card_locked' : 'usable'
}
