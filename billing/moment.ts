import { type EpochMs, epochMs } from '../domain/clock.js'
import { parseJstDay, startOfJstDay } from '../domain/jst.js'

/** A day of Japan, whose beginning is meant, or a moment with its offset; `undefined` for neither. */
export function parseMoment(text: string): EpochMs | undefined {
  const day = parseJstDay(text)
  if (day) return startOfJstDay(day)
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && /(Z|[+-]\d\d:\d\d)$/.test(text)
  const ms = at ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : epochMs(ms)
}
