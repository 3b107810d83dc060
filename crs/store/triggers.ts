import type { Clock } from '../../domain/clock.js'
import { epochMs } from '../../domain/clock.js'
import type { Malformed } from '../../domain/line-file.js'
import { decodeTrigger, encodeTrigger } from '../../domain/trigger-file.js'
import type { Database } from '../../platform/store.js'

/** What became of a trigger that billing sent, in the order it is checked. */
export type TriggerTaken =
  | Malformed
  /** Another content than what was answered under this number. */
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'gap'; readonly expected: number }
  /** It names a sequence that CRS has not closed. */
  | { readonly outcome: 'ahead'; readonly lastClosed: number }
  | { readonly outcome: 'answered'; readonly fresh: boolean; readonly offered: number }

interface Row {
  readonly last_sequence: number
  readonly made_at: number
  readonly offered_through: number
}

/** Takes the triggers of billing, each once; what it offers in answer is settled with it (requirement F-07). */
export class Triggers {
  readonly #clock: Clock
  readonly #held
  readonly #lastNumber
  readonly #lastWritten
  readonly #add

  constructor(store: Database, clock: Clock) {
    this.#clock = clock
    this.#held = store.prepare<[number], Row>(
      'SELECT last_sequence, made_at, offered_through FROM trigger_file WHERE number = ?',
    )
    this.#lastNumber = store
      .prepare<[], number>('SELECT coalesce(max(number), 0) FROM trigger_file')
      .pluck()
    this.#lastWritten = store
      .prepare<[], number>(
        `SELECT sequence FROM closed_file WHERE file_sha256 IS NOT NULL
          ORDER BY sequence DESC LIMIT 1`,
      )
      .pluck()
    this.#add = store.prepare<[number, number, number, number, number]>(
      'INSERT INTO trigger_file VALUES (?, ?, ?, ?, ?)',
    )
  }

  /** Takes what billing sent under a number. Runs inside a transaction. */
  take(number: number, text: string): TriggerTaken {
    const read = decodeTrigger(text)
    if (read.outcome === 'malformed') return read
    const { trigger } = read
    if (trigger.number !== number) {
      return { outcome: 'malformed', line: 1, why: `it has the number ${trigger.number}` }
    }
    const held = this.#held.get(number)
    if (held) {
      const madeAt = epochMs(held.made_at)
      const same = encodeTrigger({ number, lastSequence: held.last_sequence, madeAt }) === text
      const offered = held.offered_through - held.last_sequence
      return same ? { outcome: 'answered', fresh: false, offered } : { outcome: 'changed' }
    }
    const expected = (this.#lastNumber.get() ?? 0) + 1
    if (number !== expected) return { outcome: 'gap', expected }
    const lastWritten = this.#lastWritten.get() ?? 0
    const { lastSequence, madeAt } = trigger
    if (lastSequence > lastWritten) return { outcome: 'ahead', lastClosed: lastWritten }
    this.#add.run(number, lastSequence, madeAt, this.#clock.now(), lastWritten)
    return { outcome: 'answered', fresh: true, offered: lastWritten - lastSequence }
  }
}
