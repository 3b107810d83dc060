import { epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { joined, replaced, type SerialRange, within } from '../rules/serial-ranges.js'
import { cardStates } from './keys.js'

interface Row {
  readonly first_serial: number
  readonly last_serial: number
  readonly batch: number
  readonly state: number
  readonly frozen_from: number | null
  readonly expires_at: number | null
  readonly extended: number
}

/** Where the cards that nobody used stand, by ranges of serial numbers; as few ranges as can be. */
export class CardRanges {
  readonly #touching
  readonly #ofBatch
  readonly #highest
  readonly #add
  readonly #remove

  constructor(store: Database) {
    this.#touching = store.prepare<[number, number, number], Row>(
      `SELECT * FROM card_range WHERE first_serial <= ? AND first_serial >= coalesce(
         (SELECT max(first_serial) FROM card_range WHERE first_serial <= ?), 0) AND last_serial >= ?
       ORDER BY first_serial`,
    )
    this.#ofBatch = store.prepare<[number], Row>(
      'SELECT * FROM card_range WHERE batch = ? ORDER BY first_serial',
    )
    this.#highest = store
      .prepare<[number, number], number | null>(
        'SELECT max(last_serial) FROM card_range WHERE first_serial >= ? AND first_serial < ?',
      )
      .pluck()
    this.#add = store.prepare(
      `INSERT INTO card_range (first_serial, last_serial, batch, state, frozen_from, expires_at,
         extended)
       VALUES (@first_serial, @last_serial, @batch, @state, @frozen_from, @expires_at, @extended)`,
    )
    this.#remove = store.prepare<[number]>('DELETE FROM card_range WHERE first_serial = ?')
  }

  /** The ranges that lie between two serial numbers, cut to them. */
  between(first: number, last: number): SerialRange[] {
    return this.#touched(first, last).flatMap(range => within(range, first, last) ?? [])
  }

  /** A batch's ranges, in order. */
  ofBatch(batch: number): SerialRange[] {
    return this.#ofBatch.all(batch).map(rangeOf)
  }

  /** The last serial number ever given away at or above one place and below another. */
  highest(from: number, below: number): number | undefined {
    return this.#highest.get(from, below) ?? undefined
  }

  /** Gives serial numbers to new cards. Fails when one of them was ever given away. */
  add(range: SerialRange): void {
    const taken = this.between(range.first, range.last)
    if (taken.length > 0) throw new Error(`serial numbers from ${range.first} on are taken`)
    this.#write(joined([...this.#neighbours(range), range]), this.#neighbours(range))
  }

  /** Lets cards, each part within one range that is there, stand otherwise. */
  put(part: SerialRange): void {
    const [range, ...others] = this.#touched(part.first, part.last)
    if (!range || others.length > 0) throw new Error(`serials from ${part.first} are not one range`)
    const near = this.#neighbours(range)
    const inOrder = [...near, ...replaced(range, part)].sort((a, b) => a.first - b.first)
    this.#write(joined(inOrder), [...near, range])
  }

  #touched(first: number, last: number): SerialRange[] {
    return this.#touching.all(last, first, first).map(rangeOf)
  }

  #neighbours({ first, last }: SerialRange): SerialRange[] {
    return [...this.#touched(first - 1, first - 1), ...this.#touched(last + 1, last + 1)]
  }

  #write(ranges: readonly SerialRange[], instead: readonly SerialRange[]): void {
    for (const { first } of instead) this.#remove.run(first)
    for (const range of ranges) this.#add.run(rowOf(range))
  }
}

const rangeOf = (row: Row): SerialRange => ({
  first: row.first_serial,
  last: row.last_serial,
  batch: row.batch,
  standing: {
    state: cardStates.word(row.state),
    frozenFrom: row.frozen_from === null ? undefined : cardStates.word(row.frozen_from),
    expiresAt: row.expires_at === null ? undefined : epochMs(row.expires_at),
    extended: row.extended === 1,
  },
})

const rowOf = ({ first, last, batch, standing }: SerialRange): Row => ({
  first_serial: first,
  last_serial: last,
  batch,
  state: cardStates.code(standing.state),
  frozen_from: standing.frozenFrom === undefined ? null : cardStates.code(standing.frozenFrom),
  expires_at: standing.expiresAt ?? null,
  extended: Number(standing.extended),
})
