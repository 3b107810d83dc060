import { strict as assert } from 'node:assert'
import type { SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CardState } from '../rules/card-life.js'
import type { KeyedDigest } from './cards.js'
import { batchStates, cardStates, codes, SERIES_SIZE, serialOf, seriesKey } from './keys.js'

/** What a batch is made for. Only a demonstration batch ever has its PINs in clear. */
export type BatchKind = 'demonstration'

/** Three letters that open every serial number of a batch's kind. */
export const SERIES_OF: Readonly<Record<BatchKind, string>> = { demonstration: 'DEM' }

const batchKinds = codes<BatchKind>({ demonstration: 1 })

/** What begins a batch. */
export interface NewBatch {
  readonly kind: BatchKind
  readonly count: number
  readonly faceValue: Yen
  readonly pinLength: number
  readonly keyId: number
}

/** A batch's place among the serial numbers, which no other batch ever gets. */
export interface BatchPlace {
  readonly batch: number
  readonly firstSerial: SerialNumber
}

/** One card to add: its place in the batch and its PIN's digests, that of the batch's own key first. */
export interface NewCard {
  readonly index: number
  readonly digests: readonly [KeyedDigest, ...KeyedDigest[]]
}

/** Cards to add to a batch. */
export interface NewCards {
  readonly batch: number
  readonly cards: readonly NewCard[]
  readonly state: Extract<CardState, 'generated' | 'active'>
  readonly expiresAt: EpochMs | undefined
}

interface Row {
  readonly first_serial: number
  readonly card_count: number
  readonly key_id: number
  readonly state: number
}

/** Makes cards. A batch is `generating` until it is whole; cards of an unfinished one are never usable. */
export class Batches {
  readonly #countActive
  readonly #nextSerial
  readonly #begin
  readonly #find
  readonly #taken
  readonly #add
  readonly #countCards
  readonly #activate

  constructor(store: Database) {
    this.#countActive = store
      .prepare<[number], number>('SELECT count(*) FROM batch WHERE state = ?')
      .pluck()
    this.#nextSerial = store.prepare<[number, number], { next: number | null }>(
      `SELECT max(first_serial + card_count) AS next FROM batch
       WHERE first_serial >= ? AND first_serial < ?`,
    )
    this.#begin = store.prepare(
      `INSERT INTO batch (kind, first_serial, card_count, face_value, pin_length, key_id, state,
         made_at)
       VALUES (@kind, @firstSerial, @count, @faceValue, @pinLength, @keyId, @state, @at)`,
    )
    this.#find = store.prepare<[number], Row>(
      'SELECT first_serial, card_count, key_id, state FROM batch WHERE batch = ?',
    )
    this.#taken = store.prepare<[Uint8Array]>('SELECT 1 FROM card WHERE pin_digest = ?')
    this.#add = store.prepare<[number, number, Uint8Array, number, number | null]>(
      'INSERT INTO card (serial, batch, pin_digest, state, expires_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.#countCards = store.prepare<[number, number], { cards: number }>(
      'SELECT count(*) AS cards FROM card WHERE serial >= ? AND serial < ?',
    )
    this.#activate = store.prepare<[number, number, number]>(
      'UPDATE batch SET state = ? WHERE batch = ? AND state = ?',
    )
  }

  /** Batches that are whole and in use. */
  countActive(): number {
    return this.#countActive.get(batchStates.code('active')) ?? 0
  }

  /** Begins a batch above every serial number that its series ever had (requirements §5.3). */
  begin({ kind, count, faceValue, pinLength, keyId }: NewBatch, at: EpochMs): BatchPlace {
    const series = seriesKey(SERIES_OF[kind])
    const firstSerial = this.#nextSerial.get(series, series + SERIES_SIZE)?.next ?? series + 1
    assert(firstSerial + count <= series + SERIES_SIZE, `series ${SERIES_OF[kind]} is full`)
    const { lastInsertRowid } = this.#begin.run({
      kind: batchKinds.code(kind),
      firstSerial,
      count,
      faceValue,
      pinLength,
      keyId,
      state: batchStates.code('generating'),
      at,
    })
    return { batch: Number(lastInsertRowid), firstSerial: serialOf(firstSerial) }
  }

  /**
   * Adds cards. Answers the places whose PIN another card has, under any key of the ring: those are to
   * be drawn again (requirements §5.1).
   */
  add({ batch, cards, state, expiresAt }: NewCards): number[] {
    const { first_serial: firstSerial, card_count: count, key_id: keyId } = this.#generating(batch)
    const collided: number[] = []
    for (const { index, digests } of cards) {
      assert(index >= 0 && index < count, `place ${index} is not of batch ${batch}`)
      assert(digests[0].keyId === keyId, `batch ${batch} has key ${keyId}`)
      if (digests.some(({ digest }) => this.#taken.get(digest))) collided.push(index)
      else {
        const row = [cardStates.code(state), expiresAt ?? null] as const
        this.#add.run(firstSerial + index, batch, digests[0].digest, ...row)
      }
    }
    return collided
  }

  /** Makes a whole batch usable; its clear numbers are safe by now. */
  activate(batch: number): void {
    const { first_serial: first, card_count: count } = this.#generating(batch)
    assert(this.#countCards.get(first, first + count)?.cards === count, `batch ${batch} has gaps`)
    this.#activate.run(batchStates.code('active'), batch, batchStates.code('generating'))
  }

  #generating(batch: number): Row {
    const row = this.#find.get(batch)
    assert(row && batchStates.word(row.state) === 'generating', `batch ${batch} is not being made`)
    return row
  }
}
