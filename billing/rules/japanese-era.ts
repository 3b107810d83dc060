import type { JstDay, JstMonth } from '../../domain/jst.js'
import { lastDayOfMonth } from './validity.js'

/** Eras with their first day, the newest first. A new one is a new line. */
const ERAS: readonly (readonly [from: string, name: string])[] = [
  ['2019-05-01', '令和'],
  ['1989-01-08', '平成'],
  ['1926-12-25', '昭和'],
]

/** The year of a day by its era: `平成13年`; an era's first year is 元年. Throws for days before 1926-12-25. */
export function eraYear(day: JstDay): string {
  const era = ERAS.find(([from]) => day >= from)
  if (!era) throw new RangeError(`no era in the table for ${day}`)
  const year = Number(day.slice(0, 4)) - Number(era[0].slice(0, 4)) + 1
  return `${era[1]}${year === 1 ? '元' : year}年`
}

/** A month by the era of its last day: `平成15年1月`. */
export const eraMonth = (month: JstMonth): string =>
  `${eraYear(lastDayOfMonth(month))}${Number(month.slice(5))}月`

/** A day by its era: `令和元年5月1日`. */
export const eraDay = (day: JstDay): string =>
  `${eraYear(day)}${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`
