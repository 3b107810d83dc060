import type { TrafficView } from '../../traffic/messages.js'

const HOUR_MS = 3_600_000

/** How long a row is, in ms. */
// biome-ignore format: table
const LENGTH_MS: Readonly<Record<TrafficView['by'], number>> = {
  'quarter-hour': HOUR_MS / 4, hour: HOUR_MS, day: 24 * HOUR_MS,
}

/** Rows between two marks of the axis, each a whole part of the next; the first that leaves room is taken. */
const APART: Readonly<Record<TrafficView['by'], readonly number[]>> = {
  'quarter-hour': [1, 4, 12],
  hour: [1, 3],
  day: [1, 5],
}

/** Most marks of an axis. */
const MARKS_MAX = 12

/** The rows for which a table has room, along an axis from 0 on. */
export interface Slots {
  readonly count: number
  /** Where a row stands that begins so many ms after the table. */
  readonly slotOf: (ms: number) => number
  /** Where the part of the axis has its marks: on hours, and in the middle of days. */
  readonly marks: (part: readonly [number, number] | undefined) => number[]
  /** `10:15`, or the day of the month. */
  readonly nameOf: (place: number) => string
}

export function slotsOf(view: Pick<TrafficView, 'from' | 'to' | 'by'> | undefined): Slots {
  const { from, to, by } = view ?? { from: 0, to: 0, by: 'hour' as const }
  const length = LENGTH_MS[by]
  const count = Math.round((to - from) / length)
  const nameOf = (place: number): string => {
    if (by === 'day') return `${Math.floor(place) + 1}`
    const ms = place * length
    return ms === 24 * HOUR_MS ? '24:00' : new Date(ms).toISOString().slice(11, 16)
  }
  const marks = ([least, most]: readonly [number, number] = [0, count]): number[] => {
    const apart = APART[by].find(one => (most - least) / one <= MARKS_MAX) ?? APART[by].at(-1) ?? 1
    const middle = by === 'day' ? 1 / 2 : 0
    const all = Array.from({ length: Math.floor(count / apart) + 1 }, (_, mark) => mark * apart)
    return all.map(mark => mark + middle).filter(mark => mark >= least && mark <= most)
  }
  return { count, slotOf: ms => Math.round(ms / length), marks, nameOf }
}
