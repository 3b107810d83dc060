import type { Standing } from './card-life.js'

/** Cards of one batch whose serial numbers follow one another and that stand alike, both ends included. */
export interface SerialRange {
  readonly first: number
  readonly last: number
  readonly batch: number
  readonly standing: Standing
}

/** Ranges of serial numbers with a part of one replaced: at most what lay before, it, and what lay after. */
export function replaced(range: SerialRange, part: SerialRange): SerialRange[] {
  const before = part.first > range.first ? [{ ...range, last: part.first - 1 }] : []
  const after = part.last < range.last ? [{ ...range, first: part.last + 1 }] : []
  return [...before, part, ...after]
}

/** Ranges in order with neighbours that stand alike made one, so that there are as few as can be. */
export function joined(ranges: readonly SerialRange[]): SerialRange[] {
  const kept: SerialRange[] = []
  for (const range of ranges) {
    const before = kept.at(-1)
    if (before && before.last + 1 === range.first && standAlike(before, range)) {
      kept[kept.length - 1] = { ...before, last: range.last }
    } else kept.push(range)
  }
  return kept
}

/** The part of a range that lies within two ends; `undefined` when nothing does. */
export function within(range: SerialRange, first: number, last: number): SerialRange | undefined {
  const part = {
    ...range,
    first: Math.max(range.first, first),
    last: Math.min(range.last, last),
  }
  return part.first <= part.last ? part : undefined
}

const standAlike = (one: SerialRange, other: SerialRange): boolean =>
  one.batch === other.batch &&
  one.standing.state === other.standing.state &&
  one.standing.frozenFrom === other.standing.frozenFrom &&
  one.standing.expiresAt === other.standing.expiresAt &&
  one.standing.extended === other.standing.extended
