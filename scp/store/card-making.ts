import { strict as assert } from 'node:assert'
import type { SerialNumber } from '../../domain/card.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { plainChain } from '../rules/pin-chain.js'
import { type Batch, Batches, endsOf } from './batches.js'
import { CardActs } from './card-acts.js'
import type { KeyedDigest } from './cards.js'
import { serialKey, serialOf } from './keys.js'

/** One card to add: its place in the batch and its PIN's digests under every chain in use. */
export interface NewCard {
  readonly index: number
  readonly digests: readonly KeyedDigest[]
}

/** Cards to add to a batch. */
export interface NewCards {
  readonly batch: number
  readonly cards: readonly NewCard[]
}

/** A print file that is whole and on disk. */
export interface PrintFile {
  readonly batch: number
  /** 1, 2, 3 … within the batch. */
  readonly part: number
  readonly firstSerial: SerialNumber
  readonly cards: number
  /** Name within the folder of cards. */
  readonly name: string
  readonly bytes: number
  /** Of the file as it lies there, encrypted. */
  readonly sha256: Uint8Array
}

/** A batch in the making, and how far it is. */
export interface Making {
  readonly batch: Batch
  /** Cards in print files that are whole; those behind them are drawn anew. */
  readonly printed: number
  readonly parts: number
}

interface FileRow {
  readonly part: number
  readonly first_serial: number
  readonly card_count: number
  readonly name: string
  readonly bytes: number
  readonly sha256: Buffer
  readonly written_at: number
}

/** Who is named where the program itself ends what a person began. */
const PROGRAM = 'mcscp'

/**
 * Makes cards. A PIN is never in the store: a card has its digest from when it is drawn, and counts once the
 * print file that it stands in is whole. What a kill leaves behind it is drawn anew, under the same serial
 * numbers; such cards were never usable.
 */
export class CardMaking {
  readonly #batches
  readonly #acts
  readonly #taken
  readonly #add
  readonly #countCards
  readonly #printed
  readonly #files
  readonly #addFile

  constructor(store: Database) {
    this.#batches = new Batches(store)
    this.#acts = new CardActs(store)
    this.#taken = store.prepare<[Uint8Array]>('SELECT 1 FROM card WHERE pin_digest = ?')
    this.#add = store.prepare<[number, number, Uint8Array]>(
      `INSERT INTO card (serial, batch, pin_digest, state) VALUES (?, ?, ?, 1)
       ON CONFLICT (serial) DO UPDATE SET pin_digest = excluded.pin_digest, chain = NULL`,
    )
    this.#countCards = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM card WHERE serial >= ? AND serial < ?',
      )
      .pluck()
    this.#printed = store.prepare<[number], { cards: number; parts: number }>(
      `SELECT coalesce(sum(card_count), 0) AS cards, count(*) AS parts FROM print_file
       WHERE batch = ?`,
    )
    this.#files = store.prepare<[number], FileRow>(
      'SELECT * FROM print_file WHERE batch = ? ORDER BY part',
    )
    this.#addFile = store.prepare(
      `INSERT INTO print_file (batch, part, first_serial, card_count, name, bytes, sha256, written_at)
       VALUES (@batch, @part, @first, @cards, @name, @bytes, @sha256, @at)`,
    )
  }

  /** The batch to go on with; `undefined` when none waits. */
  current(): Making | undefined {
    const batch = this.#batches.beingMade()
    return batch && this.of(batch.batch)
  }

  /** How far a batch is. */
  of(batch: number): Making {
    const { cards = 0, parts = 0 } = this.#printed.get(batch) ?? {}
    return { batch: this.#batches.get(batch), printed: cards, parts }
  }

  /** A batch's print files, in order, each with when it was written. */
  files(batch: number): (PrintFile & { readonly writtenAt: EpochMs })[] {
    return this.#files.all(batch).map(row => ({
      batch,
      part: row.part,
      firstSerial: serialOf(row.first_serial),
      cards: row.card_count,
      name: row.name,
      bytes: row.bytes,
      sha256: row.sha256,
      writtenAt: epochMs(row.written_at),
    }))
  }

  /**
   * Adds cards. Answers the places whose PIN another card has, under any key of the ring: those are to
   * be drawn again (requirements §5.1).
   */
  add({ batch, cards }: NewCards): number[] {
    const { batch: planned, printed } = this.of(batch)
    assert(planned.state === 'planned', `batch ${batch} is not being made`)
    const [first] = endsOf(planned)
    const collided: number[] = []
    for (const { index, digests } of cards) {
      assert(index >= printed && index < planned.count, `place ${index} is not open in ${batch}`)
      const own = digests.find(({ chain }) => chain === plainChain(planned.keyId))
      assert(own, `batch ${batch} has key ${planned.keyId}`)
      if (digests.some(({ digest }) => this.#taken.get(digest))) collided.push(index)
      else this.#add.run(first + index, batch, own.digest)
    }
    return collided
  }

  /** Records a print file that is on disk; its cards stay as they were drawn. The last one ends the making. */
  recordFile(file: PrintFile, at: EpochMs): void {
    const { batch, printed, parts } = this.of(file.batch)
    const first = serialKey(file.firstSerial)
    assert(first === endsOf(batch)[0] + printed && file.part === parts + 1, 'print files in order')
    const there = this.#countCards.get(first, first + file.cards)
    assert(there === file.cards, `part ${file.part} of batch ${file.batch} has gaps`)
    this.#addFile.run({ ...file, first, at })
    if (printed + file.cards < batch.count) return
    const reason = 'all cards are made and in their print files'
    this.#acts.generated(file.batch, at, { person: PROGRAM, approver: undefined, reason })
  }

  /** Puts a demonstration batch into use, or into the shop; its clear numbers are safe by now. */
  demonstrate(batch: number, activated: boolean, at: EpochMs): void {
    const planned = this.#batches.get(batch)
    const [first, last] = endsOf(planned)
    assert(planned.state === 'planned', `batch ${batch} is not being made`)
    assert(this.#countCards.get(first, last + 1) === planned.count, `batch ${batch} has gaps`)
    const reason = 'for demonstration'
    const doing = { person: PROGRAM, approver: undefined, reason }
    this.#acts.demonstrate(batch, activated ? 'active' : 'delivered', at, doing)
  }
}
