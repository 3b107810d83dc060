import type { CallNotice } from '../domain/call-notice.js'
import type { ChargeAnswer, Language } from '../domain/charge-answer.js'
import { type Yen, yen } from '../domain/yen.js'
import { type ClipFile, phrase } from '../guidance-audio/phrase.js'

/** What became of an entry as far as can be known. */
export type EntryResult = ChargeAnswer | { readonly outcome: 'outcome_unknown' }

/** Why the dialogue ends the call. */
export type HangUpReason =
  | 'locked'
  | 'must_wait'
  | 'at_month_cap'
  | 'tries_over'
  | 'cards_over'
  | 'finished'
  | 'unavailable'
  | 'outcome_unknown'
  | 'time_over'
  | 'closing'

/** What follows a result once it was heard to its end. */
export type Sequel = 'ask_number' | 'ask_next_card' | HangUpReason

/**
 * What scp is told of a call that ends so; nothing where it knows by itself, as it does of a call with
 * entries. `mistyped`: how often something was keyed that can be no card number.
 */
export function noticeOf(
  sequel: Sequel,
  { entries, mistyped }: { readonly entries: number; readonly mistyped: number },
): CallNotice | undefined {
  switch (sequel) {
    case 'tries_over':
    case 'time_over':
      if (entries > 0) return undefined
      return mistyped > 0 ? 'short' : 'no_input'
    case 'unavailable':
    case 'outcome_unknown':
      return 'system_fault'
    case 'closing':
      return entries > 0 ? undefined : 'system_fault'
    default:
      return undefined
  }
}

/** Facts of the call that the words for a result depend on. */
export interface Telling {
  readonly language: Language
  /** Most a month allows; known from step ⑬ on. */
  readonly cap: Yen | undefined
  /** How often a number may still be keyed after this one. */
  readonly triesLeft: number
  readonly sayRoomLeft: boolean
  readonly sayTriesLeft: boolean
}

/** More tries than this are not worth saying (requirements §4, «failure wording»). */
const TRIES_WORTH_SAYING = 2

/**
 * Step ⑰: what the caller hears of an entry, and what follows (requirement N-08). The one table from
 * outcomes to guidance; every reason why a card is unusable has the same words (requirements §5.4).
 */
export function guidanceFor(result: EntryResult, telling: Telling): [ClipFile[], Sequel] {
  const { language } = telling
  switch (result.outcome) {
    case 'abandoned':
      return [
        [...phrase(language, 'try-again-later'), ...phrase(language, 'card-not-used')],
        'unavailable',
      ]
    case 'locked':
      return [phrase(language, 'locked'), 'locked']
    // The words of a service that is busy: a brake is not the caller's doing.
    case 'must_wait':
      return [
        [...phrase(language, 'try-again-later'), ...phrase(language, 'card-not-used')],
        'must_wait',
      ]
    case 'unusable':
      return refusal(result.nowLocked, telling)
    case 'own_card':
      return [phrase(language, 'card-already-yours', { amount: result.faceValue }), 'ask_next_card']
    case 'over_month_cap':
      return [phrase(language, 'over-month-cap', { remaining: result.remaining }), 'ask_next_card']
    case 'redeemed':
      return [success(result.faceValue, result.registered, telling), 'ask_next_card']
    case 'units_added':
      return [
        phrase(language, 'charge-succeeded-pricall', { added: result.units }),
        'ask_next_card',
      ]
    case 'outcome_unknown':
      return [phrase(language, 'outcome-unknown'), 'outcome_unknown']
  }
}

function refusal(
  nowLocked: boolean,
  { language, triesLeft, sayTriesLeft }: Telling,
): [ClipFile[], Sequel] {
  const refused = phrase(language, 'card-refused')
  if (nowLocked) return [[...refused, ...phrase(language, 'locked')], 'locked']
  if (triesLeft <= 0) return [[...refused, ...phrase(language, 'tries-over')], 'tries_over']
  if (!sayTriesLeft || triesLeft > TRIES_WORTH_SAYING) return [refused, 'ask_number']
  return [[...refused, ...phrase(language, 'tries-left', { tries: triesLeft })], 'ask_number']
}

function success(amount: Yen, total: Yen, { language, cap, sayRoomLeft }: Telling): ClipFile[] {
  const registered = phrase(language, 'charge-succeeded', { amount, total })
  if (!sayRoomLeft || cap === undefined) return registered
  const remaining = yen(Math.max(0, cap - total))
  return [...registered, ...phrase(language, 'room-left', { remaining })]
}

/**
 * How the number is asked for, by how often it went wrong before: shorter each time, with another hint
 * (requirements §4, «re-prompt»). The full words are for the first card only.
 */
export function promptFor(
  language: Language,
  failures: number,
  firstCard: boolean,
  pinLength: number,
): ClipFile[] {
  if (failures > 1) {
    return [...phrase(language, 'enter-number-where'), ...phrase(language, 'enter-number-short')]
  }
  if (failures === 1) {
    return [...phrase(language, 'enter-number-short'), ...phrase(language, 'enter-number-hint')]
  }
  return firstCard
    ? phrase(language, 'enter-number', { length: pinLength })
    : phrase(language, 'enter-number-short')
}
