import type { Database } from '../../platform/store.js'
import type { SerialSpan } from './chain-reader.js'

/** Finds serial numbers that have no card, beside the writer. */
export class MissingSerials {
  readonly #gaps
  readonly #highest

  constructor(store: Database) {
    this.#gaps = store.prepare<Record<string, number>, SerialSpan>(
      `SELECT before + 1 AS first, serial - 1 AS last FROM (
         SELECT serial, lag(serial, 1, @first - 1) OVER (ORDER BY serial) AS before FROM card
         WHERE serial BETWEEN @first AND @last)
       WHERE serial > before + 1 LIMIT @max`,
    )
    this.#highest = store
      .prepare<[number, number], number | null>(
        'SELECT max(serial) FROM card WHERE serial BETWEEN ? AND ?',
      )
      .pluck()
  }

  /** The stretches of a span in which no serial number has a card, in order; at most `max` of them. */
  of({ first, last }: SerialSpan, max: number): SerialSpan[] {
    const reached = this.#highest.get(first, last) ?? first - 1
    const behind = reached < last ? [{ first: reached + 1, last }] : []
    return [...this.#gaps.all({ first, last, max }), ...behind].slice(0, max)
  }
}
