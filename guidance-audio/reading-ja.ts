import { jstText } from '../domain/jst.js'
import {
  assertWithin,
  COUNT_MAX,
  UNITS_MAX,
  type Value,
  YEAR_MAX,
  YEAR_MIN,
  YEN_MAX,
} from './values.js'

/**
 * Which clips, in order, say a value in Japanese. A clip's id is the number it says and its counter:
 * 14,300円 is `10000` (一万) `4000` (四千) `300-yen` (三百円). The counter is spoken together with the last
 * stretch, because its sound and accent depend on it.
 */
export function readingJa({ kind, value }: Value): string[] {
  switch (kind) {
    case 'yen':
      assertWithin(value, 0, YEN_MAX)
      return counted(value, '-yen')
    case 'units':
      assertWithin(value, 0, UNITS_MAX)
      return unitsJa(value)
    case 'digits':
    case 'tries':
    case 'cards':
      assertWithin(value, 1, COUNT_MAX)
      return [`${value}-${kind}`]
    case 'day':
      return monthAndDay(value)
    case 'date':
      return [...yearJa(Number(value.slice(0, 4))), ...monthAndDay(value)]
    case 'moment': {
      const text = jstText(value)
      return [...monthAndDay(text.slice(0, 10)), ...hourAndMinute(text.slice(11, 16))]
    }
  }
}

/** Units in whole ten thousands are so rare that 度 stands by itself there. */
function unitsJa(count: number): string[] {
  return count > 0 && count % 10_000 === 0
    ? [...fourDigits(count / 10_000, 10_000, ''), 'units']
    : counted(count, '-units')
}

/** A whole number: ten thousands, then the four digits below them. */
function counted(number: number, counter: string): string[] {
  if (number === 0) return [`0${counter}`]
  const tenThousands = Math.floor(number / 10_000)
  const below = number % 10_000
  return [
    ...fourDigits(tenThousands, 10_000, below === 0 ? counter : ''),
    ...fourDigits(below, 1, counter),
  ]
}

/**
 * Up to four digits times `scale`: thousands, hundreds, and the rest below a hundred in one. Only the
 * last stretch carries 万 and the counter: 三千・二百・五万円.
 */
function fourDigits(number: number, scale: number, counter: string): string[] {
  const stretches = [number - (number % 1000), (number % 1000) - (number % 100), number % 100]
  const spoken = stretches.filter(stretch => stretch > 0)
  return spoken.map((stretch, place) =>
    place === spoken.length - 1 ? `${stretch * scale}${counter}` : `${stretch}`,
  )
}

/** 2026 is 二千・二十六年. */
function yearJa(year: number): string[] {
  assertWithin(year, YEAR_MIN, YEAR_MAX)
  return year === 2000 ? ['2000-year'] : ['2000', `${year - 2000}-year`]
}

/** `YYYY-MM-DD` → 十一月・二十日. */
const monthAndDay = (day: string): string[] => [
  `${Number(day.slice(5, 7))}-month`,
  `${Number(day.slice(8, 10))}-day`,
]

/** `HH:mm` → 十時・十四分; a full hour is 十時 alone. */
function hourAndMinute(time: string): string[] {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return minute === 0 ? [`${hour}-hour`] : [`${hour}-hour`, `${minute}-minute`]
}
