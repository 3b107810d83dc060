import { jstText } from '../domain/jst.js'
import { MONTHS_EN } from './numerals-en.js'
import {
  assertWithin,
  COUNT_MAX,
  UNITS_MAX,
  type Value,
  YEAR_MAX,
  YEAR_MIN,
  YEN_MAX,
} from './values.js'

/** Whether a value ends its sentence: the voice falls there. */
export type Place = 'inside' | 'last'

/**
 * Which clips, in order, say a value in English. A number's clips are named by the number they say:
 * 14,300 yen is `14000` `300` `yen`. The last word has a clip of its own for the end of a sentence.
 */
export function readingEn({ kind, value }: Value, place: Place): string[] {
  switch (kind) {
    case 'yen':
      assertWithin(value, 0, YEN_MAX)
      return [...cardinal(value), ending('yen', place)]
    case 'units':
      assertWithin(value, 0, UNITS_MAX)
      return [...cardinal(value), ending(value === 1 ? 'unit' : 'units', place)]
    case 'digits':
    case 'tries':
    case 'cards':
      assertWithin(value, 1, COUNT_MAX)
      return [`${value}-${kind}`]
    case 'day':
      return monthAndDay(value)
    case 'date':
      return [...monthAndDay(value), yearEn(Number(value.slice(0, 4)))]
    case 'moment': {
      const text = jstText(value)
      return [...monthAndDay(text.slice(0, 10)), ...timeOfDay(text.slice(11, 16))]
    }
  }
}

const ending = (word: string, place: Place): string => (place === 'last' ? `${word}-last` : word)

/** Millions, then hundreds, then the thousands below a hundred in one, then the same below a thousand. */
function cardinal(number: number): string[] {
  if (number === 0) return ['0']
  const millions = Math.floor(number / 1_000_000) * 1_000_000
  return [
    ...(millions === 0 ? [] : [`${millions}`]),
    ...thousands(Math.floor(number / 1000) % 1000),
    ...belowThousand(number % 1000),
  ]
}

/** 345,000 is `300` `45000`; 300,000 is `300` `thousand`. */
function thousands(count: number): string[] {
  const rest = count % 100
  const hundreds = count - rest
  if (hundreds === 0) return rest === 0 ? [] : [`${rest * 1000}`]
  return [`${hundreds}`, rest === 0 ? 'thousand' : `${rest * 1000}`]
}

function belowThousand(number: number): string[] {
  const rest = number % 100
  return [number - rest, rest].filter(stretch => stretch > 0).map(String)
}

function yearEn(year: number): string {
  assertWithin(year, YEAR_MIN, YEAR_MAX)
  return `${year}-year`
}

/** `YYYY-MM-DD` → `november` `20-day`. */
const monthAndDay = (day: string): string[] => [
  `${MONTHS_EN[Number(day.slice(5, 7)) - 1]}`.toLowerCase(),
  `${Number(day.slice(8, 10))}-day`,
]

/** `HH:mm` on the twelve-hour clock: `10` `14` `am`, `10` `oclock` `am`, `10` `oh-5` `am`. */
function timeOfDay(time: string): string[] {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const ofHalf = `${hour % 12 === 0 ? 12 : hour % 12}`
  const half = hour < 12 ? 'am' : 'pm'
  if (minute === 0) return [ofHalf, 'oclock', half]
  return [ofHalf, minute < 10 ? `oh-${minute}` : `${minute}`, half]
}
