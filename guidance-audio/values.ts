import type { Language } from '../domain/charge-answer.js'
import type { EpochMs } from '../domain/clock.js'
import type { JstDay } from '../domain/jst.js'
import type { Yen } from '../domain/yen.js'

/** Japanese first: it is the default, and comes first in announcements. */
export const LANGUAGES = ['ja', 'en'] as const satisfies readonly Language[]

/** Every kind of value that a text may carry, and what a program hands in for it. */
export interface ValueOfKind {
  /** An amount: 0 to 99,999,999 yen. */
  yen: Yen
  /** 度数, what a Pricall subscriber holds, 10 yen each: 0 to 9,999,999. */
  units: number
  /** 桁, how long a number is: 1 to 20. */
  digits: number
  /** 回, how often the caller may still try: 1 to 20. */
  tries: number
  /** 枚: 1 to 20 cards. */
  cards: number
  /** A day of this year or the last, said as month and day. */
  day: JstDay
  /** A day said with its year: 2000 to 2099. */
  date: JstDay
  /** A moment, said as month, day, hour and minute in Japan. */
  moment: EpochMs
}

export type ValueKind = keyof ValueOfKind

/** A value together with its kind, so that one function can read any of them. */
export type Value = { [Kind in ValueKind]: { kind: Kind; value: ValueOfKind[Kind] } }[ValueKind]

/** Largest amount that can be read, in yen. */
export const YEN_MAX = 99_999_999

/** Most units that can be read: the largest amount at 10 yen a unit. */
export const UNITS_MAX = 9_999_999

/** Largest count of digits, tries or cards that can be read. A PIN has at most 20 digits. */
export const COUNT_MAX = 20

/** First and last year that can be read. The service began in 2000 (seed 004 §1). */
export const YEAR_MIN = 2000
export const YEAR_MAX = 2099

/** Throws `RangeError` unless the number is whole and within both limits, which are allowed. */
export function assertWithin(number: number, least: number, most: number): void {
  if (!Number.isSafeInteger(number) || number < least || number > most) {
    throw new RangeError(`cannot be read aloud: ${number} is not within ${least} to ${most}`)
  }
}
