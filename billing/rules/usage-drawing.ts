import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { UsageLine } from '../store/usage-lines.js'

/** What a simulated subscriber may use in a month: item, how many of ten do, and up to how many yen. */
const HABITS = [
  { item: 'call', ofTen: 9, mostYen: 12_000 },
  { item: 'packet', ofTen: 5, mostYen: 3_000 },
  { item: 'i-mode', ofTen: 5, mostYen: 900 },
  { item: 'world-call', ofTen: 1, mostYen: 5_000 },
] as const

/** Chance, handed in: a fraction from 0 up to, not including, 1. */
export type Chance = () => number

/** What numbers used in a month, drawn: whole tens of yen. The same chance draws the same. */
export const drawUsage = (numbers: readonly Msisdn[], chance: Chance): UsageLine[] =>
  numbers.flatMap(msisdn =>
    HABITS.flatMap(({ item, ofTen, mostYen }) => {
      const uses = chance() * 10 < ofTen
      const unitPrice = yen(10 + 10 * Math.floor((chance() * mostYen) / 10))
      return uses ? [{ of: { msisdn }, item, unitPrice, quantity: 1, note: undefined }] : []
    }),
  )

/** A seeded source of chance (mulberry32), so that a month can be drawn again. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
