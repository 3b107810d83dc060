import { PIN_LENGTH_MAX, PIN_LENGTH_MIN, type Pin, parsePin } from '../domain/card.js'
import { isDigit, type Key } from './dialogue.js'

/**
 * How the digits of one card number are gathered, key by key (requirements §4, ⑮ of Figure 3).
 *
 * A number ends by `#`, by silence, or by its time. Only then is it looked at: under 14 digits are too
 * few, over 20 too many, and anything between may be a PIN, whatever its batch (requirement §7.11).
 * Silence is short once the usual length is reached, so that `#` need not be keyed.
 */
export interface EntryLimits {
  /** Longest silence before the first digit, from the end of the prompt, in ms. */
  readonly firstDigitWaitMs: number
  /** Longest silence between two digits, in ms. */
  readonly interDigitWaitMs: number
  /** Silence that ends a number of the usual length or longer, in ms. */
  readonly acceptWaitMs: number
  /** Longest time from a number's first digit to its end, in ms. */
  readonly numberTimeMs: number
  /** The usual length, which the prompt names. */
  readonly pinLength: number
}

/** What was keyed so far. Digits beyond the longest PIN are counted but not kept. */
export interface KeyedNumber {
  readonly digits: string
  readonly count: number
  readonly firstDigitAtMs: number
}

export const NOTHING_KEYED: KeyedNumber = { digits: '', count: 0, firstDigitAtMs: 0 }

/** What follows a key or a silence. */
export type EntryStep =
  | { readonly outcome: 'read_on'; readonly keyed: KeyedNumber; readonly waitMs: number }
  /** `*` on a number begun: it is forgotten. */
  | { readonly outcome: 'cleared' }
  /** `*` with nothing keyed. */
  | { readonly outcome: 'repeat_prompt' }
  | { readonly outcome: 'complete'; readonly pin: Pin }
  | { readonly outcome: BadFormat }

/** Why what was keyed cannot be a card number. Names the text that the caller hears, too. */
export type BadFormat = 'no-input' | 'too-few-digits' | 'too-many-digits'

/** The caller pressed a key. A–D mean nothing here and are passed over. */
export function afterKey(
  keyed: KeyedNumber,
  key: Key,
  atMs: number,
  limits: EntryLimits,
): EntryStep {
  if (key === '*') return keyed.count > 0 ? { outcome: 'cleared' } : { outcome: 'repeat_prompt' }
  if (key === '#') return keyed.count > 0 ? judged(keyed) : { outcome: 'too-few-digits' }
  return readOn(isDigit(key) ? withDigit(keyed, key, atMs) : keyed, atMs, limits)
}

/** No key came within the wait. */
export const afterSilence = (keyed: KeyedNumber): EntryStep =>
  keyed.count > 0 ? judged(keyed) : { outcome: 'no-input' }

const withDigit = (keyed: KeyedNumber, digit: Key, atMs: number): KeyedNumber => ({
  digits: keyed.count < PIN_LENGTH_MAX ? keyed.digits + digit : keyed.digits,
  count: keyed.count + 1,
  firstDigitAtMs: keyed.count === 0 ? atMs : keyed.firstDigitAtMs,
})

function readOn(keyed: KeyedNumber, atMs: number, limits: EntryLimits): EntryStep {
  if (keyed.count === 0) return { outcome: 'read_on', keyed, waitMs: limits.firstDigitWaitMs }
  const leftMs = keyed.firstDigitAtMs + limits.numberTimeMs - atMs
  if (leftMs <= 0) return judged(keyed)
  const usual = keyed.count >= limits.pinLength
  const silenceMs = usual ? limits.acceptWaitMs : limits.interDigitWaitMs
  return { outcome: 'read_on', keyed, waitMs: Math.min(silenceMs, leftMs) }
}

function judged({ digits, count }: KeyedNumber): EntryStep {
  if (count < PIN_LENGTH_MIN) return { outcome: 'too-few-digits' }
  const pin = count > PIN_LENGTH_MAX ? undefined : parsePin(digits)
  return pin === undefined ? { outcome: 'too-many-digits' } : { outcome: 'complete', pin }
}
