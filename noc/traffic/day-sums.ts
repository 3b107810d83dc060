import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, jstDay } from '../../domain/jst.js'
import type { NodeQuarterHour, TrafficHistory } from '../store/traffic-history.js'
import { type Sum, sumOfNodes, sumOfTimes } from './fold.js'
import type { ViewChoice } from './messages.js'
import type { Period } from './slots.js'

/** Most sums that are remembered: a year of all nodes, with both kinds and without. */
const REMEMBERED_MAX = 1_200

const DAY_MS = 24 * HOUR_MS

/** A day's sum and the number of rows that it is of, all final. */
interface Remembered {
  readonly rows: number
  readonly sum: Sum
}

/**
 * The sums of days. Final rows stay as they are, so the sum of a day that has no others is right as long
 * as the day has as many; a month that is watched is not read anew each second.
 */
export class DaySums {
  readonly #history: TrafficHistory
  readonly #remembered = new Map<string, Remembered>()

  constructor(history: TrafficHistory) {
    this.#history = history
  }

  /** The days of a period of which there is anything, oldest first. */
  async between({ from, to }: Pick<Period, 'from' | 'to'>, choice: Omit<ViewChoice, 'day' | 'by'>) {
    const days: { beganAt: ReturnType<typeof epochMs>; sum: Sum }[] = []
    for (const { beganAt, rows, final } of await this.#history.days(from, to)) {
      const key = [jstDay(beganAt), choice.node, choice.kind].join(' ')
      const known = this.#remembered.get(key)
      const sum = known?.rows === rows ? known.sum : await this.#read(beganAt, choice)
      if (!sum) continue
      if (final === rows) this.#remember(key, { rows, sum })
      days.push({ beganAt, sum })
    }
    return days
  }

  async #read(beganAt: number, { node, kind }: Omit<ViewChoice, 'day' | 'by'>) {
    const kept = await this.#history.between(epochMs(beganAt), epochMs(beganAt + DAY_MS))
    const told = kept.filter(one => node === 'all' || one.node === node)
    if (told.length === 0) return undefined
    return sumOfTimes(byQuarterHour(told).map(nodes => sumOfNodes(nodes, kind)))
  }

  #remember(key: string, sum: Remembered): void {
    const [oldest] = this.#remembered.keys()
    if (oldest !== undefined && this.#remembered.size >= REMEMBERED_MAX) {
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(key, sum)
  }
}

/** What the nodes told of each quarter-hour, oldest first. */
export function byQuarterHour(told: readonly NodeQuarterHour[]): NodeQuarterHour[][] {
  const rows = new Map<number, NodeQuarterHour[]>()
  for (const one of told) {
    const row = rows.get(one.traffic.beganAt)
    if (row) row.push(one)
    else rows.set(one.traffic.beganAt, [one])
  }
  return [...rows.values()]
}
