import { strict as assert } from 'node:assert'
import type { SerialNumber } from '../../domain/card.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import type { KeptState } from '../rules/card-life.js'
import type { SerialRange } from '../rules/serial-ranges.js'
import { CardEvents, type Doing } from './card-events.js'
import { CardRanges } from './card-ranges.js'
import { batchSum } from './check-sums.js'
import {
  batchStates,
  cardStates,
  codes,
  SERIES_SIZE,
  serialKey,
  serialOf,
  seriesKey,
} from './keys.js'
import { rowDamaged } from './soundness.js'

/**
 * What a batch is made for. Of a demonstration batch alone the PINs lie in clear; the cards of an imported one
 * were made by another maker, under serial numbers of their own series.
 */
export type BatchKind = 'commercial' | 'demonstration' | 'imported'

/** Three letters that open every serial number of a batch's kind; other makers have others. */
export const SERIES_OF: Readonly<Record<Exclude<BatchKind, 'imported'>, string>> = {
  commercial: 'MCA',
  demonstration: 'DEM',
}

export const batchKinds = codes<BatchKind>({ demonstration: 1, commercial: 2, imported: 3 })

/** What begins a batch. */
export interface NewBatch extends BatchTerms {
  readonly kind: Exclude<BatchKind, 'imported'>
}

/** What begins a batch of another maker's cards: they have their serial numbers. */
export interface NewImportedBatch extends BatchTerms {
  readonly kind: 'imported'
  readonly firstSerial: SerialNumber
}

/** What is settled of the cards of a batch when it is planned. */
export interface BatchTerms {
  readonly count: number
  readonly faceValue: Yen
  readonly pinLength: number
  /** What is printed on the cards, and who sells them; either may be empty. */
  readonly design: string
  readonly distributor: string
  /** First moment at which its cards can no longer be used; absent: never. */
  readonly expiresAt: EpochMs | undefined
}

/** A batch as it was planned, and where it stands. */
export interface Batch extends BatchTerms {
  readonly kind: BatchKind
  readonly batch: number
  readonly firstSerial: SerialNumber
  readonly lastSerial: SerialNumber
  readonly keyId: number
  readonly state: KeptState
  readonly frozenFrom: KeptState | undefined
  readonly madeAt: EpochMs
  /** Whose key its print files are encrypted to; absent until it is generated, and in other kinds. */
  readonly recipient: string | undefined
}

interface Row {
  readonly batch: number
  readonly kind: number
  readonly first_serial: number
  readonly card_count: number
  readonly face_value: number
  readonly pin_length: number
  readonly key_id: number
  readonly state: number
  readonly made_at: number
  readonly frozen_from: number | null
  readonly design: string
  readonly distributor: string
  readonly expires_at: number | null
  readonly recipient: string | null
}

/** Whether a row is as it was written; no other is changed, which would make a fallen bit lawful (fault test XF6). */
const IS_SOUND = `check_sum IS ${batchSum('batch')}`

/** The batches of cards, and the serial numbers that each was given. */
export class Batches {
  readonly #ranges
  readonly #events
  readonly #countActive
  readonly #countDemonstration
  readonly #newestKey
  readonly #begin
  readonly #find
  readonly #list
  readonly #beingMade
  readonly #keysInMaking
  readonly #setState
  readonly #setRecipient

  constructor(store: Database) {
    this.#ranges = new CardRanges(store)
    this.#events = new CardEvents(store)
    this.#countActive = store
      .prepare<[number], number>('SELECT count(*) FROM batch WHERE state = ?')
      .pluck()
    this.#countDemonstration = store
      .prepare<[number, number, number], number>(
        `SELECT count(*) FROM batch WHERE kind = ? AND state <> ? AND EXISTS
           (SELECT 1 FROM card_range WHERE card_range.batch = batch.batch AND card_range.state <> ?)`,
      )
      .pluck()
    this.#newestKey = store.prepare<[], number>('SELECT max(key_id) FROM pin_key').pluck()
    this.#begin = store.prepare(
      `INSERT INTO batch (kind, first_serial, card_count, face_value, pin_length, key_id, state,
         made_at, design, distributor, expires_at)
       VALUES (@kind, @firstSerial, @count, @faceValue, @pinLength, @keyId, @state, @at, @design,
         @distributor, @expiresAt)`,
    )
    this.#find = store.prepare<[number], Row & { sound: number }>(
      `SELECT *, ${IS_SOUND} AS sound FROM batch WHERE batch = ?`,
    )
    this.#list = store.prepare<[], Row>('SELECT * FROM batch ORDER BY batch')
    this.#beingMade = store.prepare<[number], Row>(
      'SELECT * FROM batch WHERE state = ? AND recipient IS NOT NULL ORDER BY batch LIMIT 1',
    )
    this.#keysInMaking = store
      .prepare<[number], number>(
        `SELECT DISTINCT key_id FROM batch WHERE state = ? AND (recipient IS NOT NULL OR batch IN
           (SELECT batch FROM card_import WHERE ended_at IS NULL))`,
      )
      .pluck()
    this.#setState = store.prepare<[number, number | null, number]>(
      `UPDATE batch SET state = ?, frozen_from = ? WHERE batch = ? AND ${IS_SOUND}`,
    )
    this.#setRecipient = store.prepare<[string | null, number, number]>(
      `UPDATE batch SET recipient = ?, key_id = ? WHERE batch = ? AND ${IS_SOUND}`,
    )
  }

  /** Batches that are in use. */
  countActive(): number {
    return this.#countActive.get(batchStates.code('active')) ?? 0
  }

  /** Demonstration batches of which not every card is void. */
  countDemonstration(): number {
    const kind = batchKinds.code('demonstration')
    return (
      this.#countDemonstration.get(kind, batchStates.code('void'), cardStates.code('void')) ?? 0
    )
  }

  /**
   * Plans a batch, above every serial number that its series ever had, those of void batches too
   * (requirements §5.3); another maker's where its cards have them, unless one of these was ever given.
   * Throws `ACT_REFUSED` then.
   */
  plan(planned: NewBatch | NewImportedBatch, at: EpochMs, doing: Doing): Batch {
    const first = planned.kind === 'imported' ? this.#placeOf(planned) : this.#nextPlace(planned)
    const batch = this.#insert(planned, first, at)
    const standing = {
      state: 'planned',
      frozenFrom: undefined,
      expiresAt: planned.expiresAt,
      extended: false,
    } as const
    const range = { first, last: first + planned.count - 1, batch: batch.batch, standing }
    this.#ranges.add(range)
    this.#events.append({ ...doing, ...born(range, at), act: 'plan' })
    return batch
  }

  #nextPlace({ kind, count }: NewBatch): number {
    const series = seriesKey(SERIES_OF[kind])
    const first = (this.#ranges.highest(series, series + SERIES_SIZE) ?? series) + 1
    if (first + count > series + SERIES_SIZE) {
      throw refused(`${count} serial numbers are not left in the series.`)
    }
    return first
  }

  #placeOf({ firstSerial, count }: NewImportedBatch): number {
    const series = firstSerial.slice(0, 3)
    const first = serialKey(firstSerial)
    if (Object.values(SERIES_OF).includes(series)) {
      throw refused(`The series ${series} is of our own cards: another maker has another one.`)
    }
    if (first + count > seriesKey(series) + SERIES_SIZE) {
      throw refused(`The series ${series} ends before ${count} cards from ${firstSerial} on.`)
    }
    const [taken] = this.#ranges.between(first, first + count - 1)
    if (taken) {
      const where = `${serialOf(taken.first)} to ${serialOf(taken.last)}`
      throw refused(`The serial numbers ${where} were given to batch ${taken.batch} before.`)
    }
    return first
  }

  /** A batch by its number. Throws `ACT_REFUSED` where there is none, and `STORE_DAMAGED`. */
  get(batch: number): Batch {
    const row = this.#find.get(batch)
    if (!row) throw new Fault('ACT_REFUSED', `There is no batch ${batch}.`)
    if (row.sound !== 1) throw rowDamaged(`batch ${batch}`)
    return batchOf(row)
  }

  /** Every batch, oldest first. */
  list(): Batch[] {
    return this.#list.all().map(batchOf)
  }

  /** The oldest batch whose generation was begun and is not over. */
  beingMade(): Batch | undefined {
    const row = this.#beingMade.get(batchStates.code('planned'))
    return row && batchOf(row)
  }

  /** Keys that batches were begun with which are being generated or imported. */
  keysInMaking(): number[] {
    return this.#keysInMaking.all(batchStates.code('planned'))
  }

  /** Lets a batch be generated, its print files encrypted to a key; it takes the newest PIN key. */
  beginGeneration(batch: number, recipient: string): void {
    this.#takeNewestKey(batch, recipient)
  }

  #takeNewestKey(batch: number, recipient: string | null): void {
    const keyId = this.#newestKey.get()
    assert(keyId !== undefined, 'the store knows no PIN key')
    const { changes } = this.#setRecipient.run(recipient, keyId, batch)
    if (changes !== 1) throw rowDamaged(`batch ${batch}`)
  }

  /** Lets another maker's cards be taken in: they take the newest PIN key. */
  beginImport(batch: number): void {
    this.#takeNewestKey(batch, null)
  }

  /** Lets a batch stand otherwise. Throws `STORE_DAMAGED` when it is not as it was written. */
  setState(batch: number, state: KeptState, frozenFrom?: KeptState): void {
    const from = frozenFrom === undefined ? null : batchStates.code(frozenFrom)
    const { changes } = this.#setState.run(batchStates.code(state), from, batch)
    if (changes !== 1) throw rowDamaged(`batch ${batch}`)
  }

  #insert(planned: NewBatch | NewImportedBatch, first: number, at: EpochMs): Batch {
    const { lastInsertRowid } = this.#begin.run({
      ...planned,
      kind: batchKinds.code(planned.kind),
      expiresAt: planned.expiresAt ?? null,
      firstSerial: first,
      keyId: this.#newestKey.get(),
      state: batchStates.code('planned'),
      at,
    })
    return this.get(Number(lastInsertRowid))
  }
}

/** A range as it stands in the event that began it. */
export const born = ({ first, last, batch, standing }: SerialRange, at: EpochMs) => ({
  at,
  batch,
  wholeBatch: false,
  first,
  last,
  cards: last - first + 1,
  before: undefined,
  after: standing.state,
  expiresBefore: undefined,
  expiresAfter: standing.expiresAt,
})

/** First and last serial number of a batch as the store keys them. */
export const endsOf = ({
  firstSerial,
  lastSerial,
}: Batch): readonly [first: number, last: number] => [serialKey(firstSerial), serialKey(lastSerial)]

const batchOf = (row: Row): Batch => ({
  batch: row.batch,
  kind: batchKinds.word(row.kind),
  firstSerial: serialOf(row.first_serial),
  lastSerial: serialOf(row.first_serial + row.card_count - 1),
  count: row.card_count,
  faceValue: yen(row.face_value),
  pinLength: row.pin_length,
  design: row.design,
  distributor: row.distributor,
  expiresAt: row.expires_at === null ? undefined : epochMs(row.expires_at),
  keyId: row.key_id,
  state: batchStates.word(row.state),
  frozenFrom: row.frozen_from === null ? undefined : batchStates.word(row.frozen_from),
  madeAt: epochMs(row.made_at),
  recipient: row.recipient ?? undefined,
})

const refused = (why: string): Fault => new Fault('ACT_REFUSED', why)
