import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Pin } from '../../domain/card.js'
import { epochMs } from '../../domain/clock.js'
import { jstDay } from '../../domain/jst.js'
import { monotonicMs } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import type { Batch } from '../store/batches.js'
import type { Making } from '../store/card-making.js'
import { serialKey, serialOf } from '../store/keys.js'
import { ChunkSize } from './chunk-size.js'
import { addCards, type Drawing } from './drawing.js'
import { PrintFile } from './print-file.js'

export interface BatchMakerOptions extends Drawing {
  /** Where print files go. */
  readonly folder: string
  readonly later: Later
  readonly log: Logger
  /** Moves what the store's write-ahead log holds to its place. */
  readonly checkpoint: () => Promise<unknown>
  /** Cards of one print file: what a kill costs to draw again. */
  readonly cardsPerFile?: number
}

/** As many cards as are drawn within a few seconds. */
const CARDS_PER_FILE = 100_000

/**
 * Cards after which making rests until the store has taken a checkpoint: the log grows by a page a card, and
 * begins anew only when all of it was moved. Without a rest that never is.
 */
const CHECKPOINT_CARDS = 20_000

/** Pause before what failed is tried again, in ms. */
const PAUSE_MS = 10_000

/**
 * Makes the batches whose generation was begun, one after the other, in the background: PINs are drawn and go
 * into an encrypted print file and, as digests, into the store, in chunks small enough that no charge waits.
 *
 * Generation and print file are one stream, because a PIN is in no store: what a kill leaves unfinished is
 * thrown away, and its cards are drawn anew under the same serial numbers. So that this costs little, a batch
 * has several print files.
 */
export class BatchMaker {
  readonly #options: Required<BatchMakerOptions>
  readonly #rounds
  readonly #chunk = new ChunkSize()
  #made: { readonly batch: number; readonly cards: number } | undefined

  constructor(options: BatchMakerOptions) {
    this.#options = { cardsPerFile: CARDS_PER_FILE, ...options }
    const work = () => this.#makeAll()
    this.#rounds = new Rounds({ ...options, work, what: WHAT, retryMs: PAUSE_MS })
  }

  /** There may be a batch to make. */
  wake(): void {
    void this.#rounds.run()
  }

  /** Cards of a batch that are drawn, those of an unfinished file too; `undefined` when it is not being made. */
  made(batch: number): number | undefined {
    return this.#made?.batch === batch ? this.#made.cards : undefined
  }

  /** Stops between two chunks; the unfinished file is thrown away, and made anew at the next start. */
  close(): Promise<void> {
    return this.#rounds.close()
  }

  async #makeAll(): Promise<undefined> {
    const { store, log } = this.#options
    try {
      while (!this.#rounds.closing) {
        const making = await store.ask('batchInMaking', undefined)
        if (!making) return
        const { batch, count } = making.batch
        await this.#makeFile(making)
        if (this.#made?.cards === count) log.info({ batch, count }, 'batch generated')
      }
    } finally {
      this.#made = undefined
    }
  }

  /** Makes the next print file of a batch. */
  async #makeFile({ batch: { batch, ...planned }, printed, parts }: Making): Promise<void> {
    const { store, folder, cardsPerFile, checkpoint } = this.#options
    const end = Math.min(planned.count, printed + cardsPerFile)
    const part = parts + 1
    const name = printFileName(batch, part)
    const file = await PrintFile.begin(join(folder, name), planned.recipient ?? '')
    try {
      await file.write(`${COLUMNS}\n`)
      const first = serialKey(planned.firstSerial)
      for (let from = printed; from < end; ) {
        if (this.#rounds.closing) return await file.discard()
        const places = Array.from(
          { length: Math.min(this.#chunk.cards, end - from) },
          (_, n) => from + n,
        )
        const pins = await this.#draw(batch, places, planned.pinLength)
        await file.write(linesOf(planned, first + from, pins))
        const rest = Math.floor(from / CHECKPOINT_CARDS)
        from += places.length
        this.#made = { batch, cards: from }
        if (Math.floor(from / CHECKPOINT_CARDS) > rest) await checkpoint()
        await turn()
      }
      const written = await file.close()
      const firstSerial = serialOf(first + printed)
      const cards = end - printed
      await store.ask('recordPrintFile', { batch, part, firstSerial, cards, name, ...written })
    } catch (error) {
      await file.discard()
      throw error
    }
  }

  /** Draws cards, and more or fewer the next time, so that no work of the store takes long. */
  async #draw(batch: number, places: readonly number[], pinLength: number): Promise<Pin[]> {
    const began = monotonicMs()
    const pins = await addCards(this.#options, { batch, places, pinLength })
    this.#chunk.took(monotonicMs() - began)
    return pins
  }
}

/** What the alarms are about. */
const WHAT = 'cards not made'

/** The first line of a print file (docs/formats/print-file.md). */
const COLUMNS = 'serial,pin,face_value,usable_through,design'

/** Name of a batch's print file. */
export const printFileName = (batch: number, part: number): string =>
  `batch-${`${batch}`.padStart(6, '0')}-${`${part}`.padStart(4, '0')}.csv.age`

function linesOf(
  { faceValue, expiresAt, design }: Pick<Batch, 'faceValue' | 'expiresAt' | 'design'>,
  first: number,
  pins: readonly Pin[],
): string {
  const through = expiresAt === undefined ? '' : jstDay(epochMs(expiresAt - 1))
  const rest = `${faceValue},${through},${design}\n`
  return pins.map((pin, place) => `${serialOf(first + place)},${pin},${rest}`).join('')
}
