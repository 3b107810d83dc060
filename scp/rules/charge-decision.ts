import type { ChargeAnswer } from '../../domain/charge-answer.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Yen } from '../../domain/yen.js'
import { type Card, type CardFinding, judgeCard } from './card-life.js'
import { type CapPolicy, fitsUnderCap, remainingUnderCap } from './month-cap.js'

/** All that decides one entry. */
export interface ChargeFacts {
  readonly caller: Msisdn
  readonly at: EpochMs
  readonly locked: boolean
  /** The service brakes, and the handset keyed a wrong number a short while ago. */
  readonly mustWait: boolean
  readonly card: Card | undefined
  /** Too many handsets probed the card. */
  readonly cardLocked: boolean
  /** Registered this month by this number and charge kind, before this card. */
  readonly registered: Yen
}

/** Findings that count against a handset (requirement §7.12). */
export const WRONG_FINDINGS = ['unknown', 'used', 'not_active', 'expired', 'card_locked'] as const

export type WrongFinding = (typeof WRONG_FINDINGS)[number]

/** What one entry came to: the true reason, which only scp knows. */
export type Finding = Exclude<ChargeAnswer['outcome'], 'unusable' | 'units_added'> | WrongFinding

/** What to do with one entry; in the order it is checked. */
export type ChargeDecision =
  /** `wrong`: a wrong number counts against a handset that is locked, or must wait, too. */
  | { readonly outcome: 'locked' | 'must_wait'; readonly wrong: boolean }
  | { readonly outcome: 'unusable'; readonly because: WrongFinding }
  | { readonly outcome: 'own_card'; readonly card: Card }
  | { readonly outcome: 'over_month_cap'; readonly card: Card; readonly remaining: Yen }
  | { readonly outcome: 'redeem'; readonly card: Card }

/** Step ⑯ and the second cap check, on facts read in the transaction that carries the decision out. */
export function decideCharge(facts: ChargeFacts, cap: CapPolicy): ChargeDecision {
  const { caller, at, locked, mustWait, card, cardLocked, registered } = facts
  const finding = judgeCard(card, caller, at, cardLocked)
  if (locked) return { outcome: 'locked', wrong: isWrong(finding) }
  if (mustWait) return { outcome: 'must_wait', wrong: isWrong(finding) }
  if (isWrong(finding)) return { outcome: 'unusable', because: finding }
  if (!card) throw new Error(`a card was judged ${finding} that is not there`)
  if (finding === 'own_card') return { outcome: 'own_card', card }
  if (!fitsUnderCap(card.faceValue, registered, cap)) {
    return { outcome: 'over_month_cap', card, remaining: remainingUnderCap(registered, cap) }
  }
  return { outcome: 'redeem', card }
}

const isWrong = (finding: CardFinding): finding is WrongFinding =>
  (WRONG_FINDINGS as readonly string[]).includes(finding)
