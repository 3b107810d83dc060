import type { Yen } from './yen.js'

/** 度数: a whole number of units, what a Pricall subscriber's calls use up (requirement S-05). */
export type Units = number & { readonly unit: '度数' }

/** Makes a count of units. Throws `RangeError` on anything that is not a whole number from 0 up. */
export const units = (count: number): Units => {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`not whole units: ${count}`)
  return count as Units
}

/**
 * Units that an amount buys, at so many yen each: 3,000 yen at 10 yen are 300 (requirement S-05). Throws
 * `RangeError` when a rest would be left: no yen of a card may be lost.
 */
export const unitsFor = (amount: Yen, unit: Yen): Units => units(amount / unit)
