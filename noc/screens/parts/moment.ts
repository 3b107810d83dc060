import { epochMs } from '../../../domain/clock.js'
import { jstText } from '../../../domain/jst.js'

/** A moment by Japan's clock, to the second: `2001-01-15 10:15:07`. */
export const timeText = (at: number): string => jstText(epochMs(at)).slice(0, 19).replace('T', ' ')

/** A moment by Japan's clock, to the minute, as a field for it wants it: `2001-01-15T10:15`. */
export const fieldText = (at: number): string => jstText(epochMs(at)).slice(0, 16)

/** The moment that such a field says; `undefined` when it is empty. */
export function fieldMoment(text: string): number | undefined {
  const at = Date.parse(`${text}:00+09:00`)
  return Number.isNaN(at) ? undefined : at
}

/** The time of day of a moment by Japan's clock, to the second, and to the ms: `10:15:07`, `10:15:07.250`. */
export const clockText = (at: number): string => jstText(epochMs(at)).slice(11, 19)
export const momentText = (at: number): string => jstText(epochMs(at)).slice(11, 23)
