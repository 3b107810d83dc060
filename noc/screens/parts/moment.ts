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
