import { type Digit, LONGEST_EVENT, parseDigit } from '../../../platform/rtp/telephone-event.js'

/** A key that is sent to the caller, or a pause where it names none. Lengths are in units of 1/8,000 s. */
export interface KeyToSend {
  readonly digit?: Digit
  readonly units: number
}

/** FreeSWITCH's length of a key where none is said, 250 ms, and its shortest, 50 ms. */
const DEFAULT_UNITS = 2_000
const SHORTEST_UNITS = 400

/** Pauses that a text of keys may hold: half a second and a whole one. */
const PAUSES: Readonly<Record<string, number>> = { w: 4_000, W: 8_000 }

/**
 * Reads keys as FreeSWITCH writes them: `12w3@100` are 1, 2, half a second, 3, each 100 ms long; several such
 * stand behind each other with `+` between. What is no key is left out.
 */
export function readKeys(text: string): KeyToSend[] {
  return text
    .trim()
    .replace(/^~/, '')
    .split('+')
    .flatMap(part => {
      const [keys = '', lengthMs] = part.split('@')
      const stated = Number.parseInt(lengthMs ?? '', 10) * 8 || DEFAULT_UNITS
      const units = Math.min(LONGEST_EVENT, Math.max(SHORTEST_UNITS, stated))
      return Array.from(keys).flatMap(key => keyOf(key, units))
    })
}

function keyOf(key: string, units: number): KeyToSend[] {
  const pause = PAUSES[key]
  if (pause !== undefined) return [{ units: pause }]
  const digit = parseDigit(key)
  return digit === undefined ? [] : [{ digit, units }]
}
