import { epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { joined, replaced, type SerialRange, within } from '../rules/serial-ranges.js'
import { rangeSum } from './check-sums.js'
import { cardStates } from './keys.js'
import { rowDamaged } from './soundness.js'

interface Row {
  readonly first_serial: number
  readonly last_serial: number
  readonly batch: number
  readonly state: number
  readonly frozen_from: number | null
  readonly expires_at: number | null
  readonly extended: number
}

/** A row as it is read. `sound`: 1 when it is as it was written. */
type ReadRow = Row & { readonly sound: number }

const COLUMNS = `*, check_sum IS ${rangeSum('card_range')} AS sound`

/**
 * Where the cards that nobody used stand, by ranges of serial numbers; as few ranges as can be. A range is
 * replaced only by what was read of it, so that no act makes a fallen bit lawful (fault test XF6): all but
 * `highest` throw `STORE_DAMAGED` over a row that is not as it was written.
 */
export class CardRanges {
  readonly #from
  readonly #ofBatch
  readonly #highest
  readonly #add
  readonly #remove

  constructor(store: Database) {
    this.#from = store.prepare<[number, number], ReadRow>(
      `SELECT ${COLUMNS} FROM card_range WHERE first_serial <= ? AND first_serial >= coalesce(
         (SELECT max(first_serial) FROM card_range WHERE first_serial <= ?), 0)
       ORDER BY first_serial`,
    )
    this.#ofBatch = store.prepare<[number], ReadRow>(
      `SELECT ${COLUMNS} FROM card_range WHERE batch = ? ORDER BY first_serial`,
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
    // Where the one before them ends is read of a row that is sound.
    return this.#from
      .all(last, first)
      .map(rangeOf)
      .filter(range => range.last >= first)
  }

  #neighbours({ first, last }: SerialRange): SerialRange[] {
    return [...this.#touched(first - 1, first - 1), ...this.#touched(last + 1, last + 1)]
  }

  #write(ranges: readonly SerialRange[], instead: readonly SerialRange[]): void {
    for (const { first } of instead) this.#remove.run(first)
    for (const range of ranges) this.#add.run(rowOf(range))
  }
}

function rangeOf(row: ReadRow): SerialRange {
  if (row.sound !== 1) throw rowDamaged(`the range from card ${row.first_serial}`)
  return {
    first: row.first_serial,
    last: row.last_serial,
    batch: row.batch,
    standing: {
      state: cardStates.word(row.state),
      frozenFrom: row.frozen_from === null ? undefined : cardStates.word(row.frozen_from),
      expiresAt: row.expires_at === null ? undefined : epochMs(row.expires_at),
      extended: row.extended === 1,
    },
  }
}

const rowOf = ({ first, last, batch, standing }: SerialRange): Row => ({
  first_serial: first,
  last_serial: last,
  batch,
  state: cardStates.code(standing.state),
  frozen_from: standing.frozenFrom === undefined ? null : cardStates.code(standing.frozenFrom),
  expires_at: standing.expiresAt ?? null,
  extended: Number(standing.extended),
})
