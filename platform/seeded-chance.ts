/** Chance, handed in: a fraction from 0 up to, not including, 1. */
export type Chance = () => number

/** Chance that a seed decides (mulberry32): the same seed draws the same, and what failed is run again by its seed. */
export function seededChance(seed: number): Chance {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
