import type { Sample } from './metrics.js'

/** Counts by a few words, from 0 when the program starts, as a counter tells them. */
export class Tally<Labels extends Readonly<Record<string, string>>> {
  readonly #samples = new Map<string, { readonly labels: Labels; value: number }>()

  /** Counts one more; the words are of few values each. */
  add(labels: Labels): void {
    const key = Object.values(labels).join(' ')
    const counted = this.#samples.get(key)
    if (counted) counted.value += 1
    else this.#samples.set(key, { labels, value: 1 })
  }

  /** All that was counted. */
  samples(): Sample[] {
    return [...this.#samples.values()].map(one => ({ ...one }))
  }
}
