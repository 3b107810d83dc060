import { type EpochMs, epochMs } from './clock.js'

/** Calendar month in Japan, `YYYY-MM`. */
export type JstMonth = string & { readonly kind: 'month in Japan' }

/** Calendar day in Japan, `YYYY-MM-DD`. */
export type JstDay = string & { readonly kind: 'day in Japan' }

/** Japan keeps no summer time, so its clock is always nine hours ahead of UTC. */
export const JST_AHEAD_MS = 9 * 60 * 60 * 1000

/** Length of a day in Japan. */
export const DAY_MS = 24 * 60 * 60 * 1000

/** Length of the unit in which charge records reach CRS (seed 004 §4.2). */
export const QUARTER_HOUR_MS = 15 * 60 * 1000

/** `YYYY-MM-DDTHH:mm:ss.sss` as a clock on a wall in Japan shows it. */
const wallClock = (at: EpochMs): string => new Date(at + JST_AHEAD_MS).toISOString().slice(0, 23)

/** The calendar month in Japan that a moment falls in. */
export const jstMonth = (at: EpochMs): JstMonth => wallClock(at).slice(0, 7) as JstMonth

/** The calendar day in Japan that a moment falls in. */
export const jstDay = (at: EpochMs): JstDay => wallClock(at).slice(0, 10) as JstDay

/** The moment written out for Japan, with its offset: `2000-12-01T10:14:59.999+09:00`. */
export const jstText = (at: EpochMs): string => `${wallClock(at)}+09:00`

/** The moment at which a day in Japan begins. */
export const startOfJstDay = (day: JstDay): EpochMs =>
  epochMs(Date.parse(`${day}T00:00:00.000+09:00`))

/** The moment at which a month in Japan begins. */
export const startOfJstMonth = (month: JstMonth): EpochMs => startOfJstDay(`${month}-01` as JstDay)

/** The month `months` later, or earlier when negative. */
export function addMonths(month: JstMonth, months: number): JstMonth {
  const [year = 0, ofYear = 1] = month.split('-').map(Number)
  const count = year * 12 + (ofYear - 1) + months
  const text = `${Math.floor(count / 12)}`.padStart(4, '0')
  return `${text}-${`${(count % 12) + 1}`.padStart(2, '0')}` as JstMonth
}

/**
 * The start of the half-open quarter-hour [hh:00, hh:15) that a moment falls in (requirement C-05).
 * Japan's offset is a whole number of quarter-hours, so the arithmetic needs no calendar.
 */
export const startOfQuarterHour = (at: EpochMs): EpochMs =>
  epochMs(Math.floor(at / QUARTER_HOUR_MS) * QUARTER_HOUR_MS)

/** Length of the unit in which charge records reach billing (seed 004 §4.2). */
export const HOUR_MS = 60 * 60 * 1000

/** The start of the half-open hour that a moment falls in; Japan's offset is a whole number of hours. */
export const startOfHour = (at: EpochMs): EpochMs => epochMs(Math.floor(at / HOUR_MS) * HOUR_MS)

/** The day after a day in Japan. */
export const nextJstDay = (day: JstDay): JstDay => jstDay(epochMs(startOfJstDay(day) + DAY_MS))

/** Quarter-hour of its Japanese day, 0 to 95. */
export const quarterHourOfDay = (at: EpochMs): number =>
  Math.floor(((((at + JST_AHEAD_MS) % DAY_MS) + DAY_MS) % DAY_MS) / QUARTER_HOUR_MS)

/** Reads `YYYY-MM-DD`; `undefined` when it is not a day of the calendar. */
export function parseJstDay(text: string): JstDay | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const at = Date.parse(`${text}T00:00:00.000+09:00`)
  return !Number.isNaN(at) && jstDay(epochMs(at)) === text ? (text as JstDay) : undefined
}
