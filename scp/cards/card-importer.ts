import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { monotonicMs } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import type { BackgroundQuestions } from '../store/background-questions.js'
import { endsOf } from '../store/batches.js'
import type { ImportUnderWay } from '../store/card-imports.js'
import { serialKey } from '../store/keys.js'
import type { ScpStore } from '../store/questions.js'
import { ChunkSize } from './chunk-size.js'
import { ImportFile, type ReadLine } from './import-file.js'
import type { KeyRing } from './key-ring.js'
import { dropUpload } from './uploaded-import.js'

export interface CardImporterOptions {
  readonly store: ScpStore
  readonly read: <N extends 'missingSerials' | 'checkpoint'>(
    name: N,
    ask: BackgroundQuestions[N]['ask'],
  ) => Promise<BackgroundQuestions[N]['answer']>
  readonly ring: KeyRing
  /** Where the files lie. */
  readonly folder: string
  readonly later: Later
  readonly log: Logger
}

/** Stretches of serial numbers without a card; each is an event. A file with more is not the one it should be. */
export const STRETCHES_MAX = 1_000

/** Lines after which taking in rests until the store has taken a checkpoint, so that its log begins anew. */
const CHECKPOINT_LINES = 20_000

/** Pause before what failed is tried again, in ms. */
const PAUSE_MS = 10_000

/** What the alarms are about. */
const WHAT = 'cards not imported'

/**
 * Takes other makers' cards in, in the background (requirements §5.2, docs/formats/card-import.md): a file is read as a
 * stream, each PIN is digested at once, and line numbers go with the cards, so that a killed scp goes on behind the
 * last line that is on disk. The whole file is read before the first card, and its SHA-256 is looked at again behind
 * the last: another file than the approved one leaves no card.
 */
export class CardImporter {
  readonly #options: CardImporterOptions
  readonly #rounds: Rounds
  readonly #chunk = new ChunkSize()

  constructor(options: CardImporterOptions) {
    this.#options = options
    const work = () => this.#takeAll()
    this.#rounds = new Rounds({ ...options, work, what: WHAT, retryMs: PAUSE_MS })
  }

  /** There may be a file to take in. */
  wake(): void {
    void this.#rounds.run()
  }

  /** Stops between two works; the next start goes on. */
  async close(): Promise<void> {
    await this.#rounds.close()
  }

  async #takeAll(): Promise<undefined> {
    const { store } = this.#options
    while (!this.#rounds.closing) {
      const under = await store.ask('importUnderWay', undefined)
      if (!under) return
      if (under.failure === undefined) await this.#takeOrFail(under)
      else await this.#dropAll(under)
    }
  }

  /** A file that is not as it was approved fails for good; what keeps the store from writing is tried again. */
  async #takeOrFail(under: ImportUnderWay): Promise<void> {
    const { store, log, folder } = this.#options
    let file: ImportFile | undefined
    try {
      file = await ImportFile.open(join(folder, under.file))
      await this.#take(file, under)
    } catch (error) {
      if (!(error instanceof Fault) || !OF_THE_FILE.includes(error.code)) throw error
      await store.ask('failImport', { import: under.import, why: error.message })
      const { batch } = under.batch
      log.warn({ batch, file: under.file, why: error.message }, 'card import failed')
    } finally {
      await file?.close()
    }
  }

  async #take(file: ImportFile, under: ImportUnderWay): Promise<void> {
    const { store, log, read } = this.#options
    if (under.line === FIRST_LINE && !(await this.#check(file, under))) return
    let waiting: ReadLine[] = []
    let rested = 0
    for await (const lines of file.read(under.batch)) {
      waiting.push(...lines.filter(({ line }) => line > under.line))
      while (waiting.length >= this.#chunk.cards) {
        if (this.#rounds.closing) return
        const some = waiting.slice(0, this.#chunk.cards)
        waiting = waiting.slice(some.length)
        await this.#send(under, some)
        rested += some.length
      }
      if (rested >= CHECKPOINT_LINES) {
        rested = 0
        await read('checkpoint', undefined)
      }
      await turn()
    }
    if (waiting.length > 0) await this.#send(under, waiting)
    assertApproved(file, under)
    const [first, last] = endsOf(under.batch)
    const span = { first, last }
    const missing = await read('missingSerials', { span, max: STRETCHES_MAX + 1 })
    assertEnough(missing, under)
    await store.ask('finishImport', { import: under.import, missing })
    await dropUpload(this.#options.folder, under.file)
    log.info({ batch: under.batch.batch, file: under.file }, 'cards imported')
  }

  /** Whether a file is the approved one and holds cards, before its first card is taken; `false` when closing. */
  async #check(file: ImportFile, { batch, ...under }: ImportUnderWay): Promise<boolean> {
    let cards = 0
    for await (const lines of file.read(batch)) {
      if (this.#rounds.closing) return false
      cards += lines.filter(({ read }) => typeof read !== 'string').length
      await turn()
    }
    assertApproved(file, under)
    if (cards === 0) throw malformed('No line of the file is a card of the batch.')
    return true
  }

  async #send({ import: number }: ImportUnderWay, lines: readonly ReadLine[]): Promise<void> {
    const { store, ring } = this.#options
    const began = monotonicMs()
    const refused = lines.flatMap(({ line, read }) =>
      typeof read === 'string' ? [{ line, problem: read }] : [],
    )
    const cards = lines.flatMap(({ line, read }) =>
      typeof read === 'string'
        ? []
        : [{ line, serial: serialKey(read.serial), digests: ring.digests(read.pin) }],
    )
    const line = lines.at(-1)?.line ?? 0
    await store.ask('takeImported', { import: number, line, cards, refused })
    this.#chunk.took(monotonicMs() - began)
  }

  async #dropAll({ import: number, file }: ImportUnderWay): Promise<void> {
    const { store } = this.#options
    const ask = { import: number, max: this.#chunk.cards }
    while ((await store.ask('dropImported', ask)) > 0) {
      if (this.#rounds.closing) return
      await turn()
    }
    await store.ask('endFailedImport', number)
    await dropUpload(this.#options.folder, file)
  }
}

/** The header: an import that stands there has taken nothing in. */
const FIRST_LINE = 1

/** Faults that say that a file is not what was approved. */
const OF_THE_FILE: readonly Fault['code'][] = [
  'FILE_UNREADABLE',
  'FILE_MALFORMED',
  'KEY_FILE_EXPOSED',
]

const malformed = (why: string): Fault => new Fault('FILE_MALFORMED', why)

function assertApproved(file: ImportFile, { sha256 }: Pick<ImportUnderWay, 'sha256'>): void {
  const found = file.sha256()
  if (found.equals(sha256)) return
  throw malformed(
    `The file is not the one that was approved: its SHA-256 is ${found.toString('hex')}.`,
  )
}

function assertEnough(
  missing: readonly { first: number; last: number }[],
  { batch }: ImportUnderWay,
) {
  if (missing.length > STRETCHES_MAX) {
    throw malformed(
      `More than ${STRETCHES_MAX} stretches of serial numbers are missing or refused.`,
    )
  }
  const gone = missing.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  if (gone === batch.count) throw malformed('No card of the file could be kept.')
}
