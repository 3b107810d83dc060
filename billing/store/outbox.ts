import type { Database } from '../../platform/store.js'
import type { ArisUpdate } from '../aris/update.js'

/**
 * Every change that aris is to know (requirement B-06), written in the transaction that makes it, numbered
 * 1, 2, 3 … without gap. How far aris has come, aris itself knows.
 */
export class Outbox {
  readonly #add
  readonly #after
  readonly #last

  constructor(store: Database) {
    this.#add = store.prepare('INSERT INTO aris_update (body) VALUES (?)')
    this.#after = store
      .prepare<[number, number], string>(
        'SELECT body FROM aris_update WHERE number > ? ORDER BY number LIMIT ?',
      )
      .pluck()
    this.#last = store.prepare<[], number | null>('SELECT max(number) FROM aris_update').pluck()
  }

  add(update: ArisUpdate): void {
    this.#add.run(JSON.stringify(update))
  }

  /** Number of the newest update; 0 when there is none. */
  last(): number {
    return this.#last.get() ?? 0
  }

  /** The updates after one of them, in order, at most `max`. */
  after(number: number, max: number): ArisUpdate[] {
    return this.#after.all(number, max).map(body => JSON.parse(body))
  }
}
