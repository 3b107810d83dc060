import { strict as assert } from 'node:assert'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { plainChain } from '../rules/pin-chain.js'
import { type Batch, Batches, endsOf } from './batches.js'
import { CardActs, type ImportFileName } from './card-acts.js'
import type { KeyedDigest } from './cards.js'
import type { SerialSpan } from './chain-reader.js'
import { serialOf } from './keys.js'

/** An import that is not over. */
export interface ImportUnderWay extends ImportFileName {
  readonly import: number
  readonly batch: Batch
  /** Last line that was taken in or refused. */
  readonly line: number
  /** Why nothing of it is kept: what was taken in goes. */
  readonly failure: string | undefined
}

/** A line that was refused, and why; never its PIN. */
export interface RefusedLine {
  readonly line: number
  readonly problem: string
}

/** A line that holds a card. */
export interface ImportedLine {
  readonly line: number
  /** As the store keys it. */
  readonly serial: number
  readonly digests: readonly KeyedDigest[]
}

/** The next lines of a file, each in one of both lists; empty ones are in none. */
export interface ImportedLines {
  readonly import: number
  /** Last line that they reach to. */
  readonly line: number
  readonly cards: readonly ImportedLine[]
  readonly refused: readonly RefusedLine[]
}

/** What became of a file. */
export interface ImportView extends Omit<ImportUnderWay, 'batch'> {
  readonly begunAt: EpochMs
  readonly endedAt: EpochMs | undefined
  /** Lines with a card: kept + refused. */
  readonly kept: number
  readonly refused: number
  /** The first of the refused lines. */
  readonly refusals: readonly RefusedLine[]
}

/** Refused lines that are kept by number and reason; further ones are counted. */
export const REFUSALS_KEPT = 1_000

interface Row {
  readonly import: number
  readonly batch: number
  readonly file: string
  readonly sha256: Buffer
  readonly begun_at: number
  readonly line: number
  readonly kept: number
  readonly refused: number
  readonly failure: string | null
  readonly ended_at: number | null
}

/** Who is named where the program itself ends what a person began. */
const PROGRAM = 'mcscp'

/**
 * Takes other makers' cards in, some lines at a time, each with how far the file is: what a kill leaves half done
 * is gone on with behind the last line. Until the whole file is in, and is the one that was approved, its cards
 * are planned ones, which nobody can use; a file that fails leaves none.
 */
export class CardImports {
  readonly #batches
  readonly #acts
  readonly #taken
  readonly #known
  readonly #add
  readonly #open
  readonly #ofBatch
  readonly #move
  readonly #refuse
  readonly #countRefusals
  readonly #refusals
  readonly #fail
  readonly #drop
  readonly #end

  constructor(store: Database) {
    this.#batches = new Batches(store)
    this.#acts = new CardActs(store)
    this.#taken = store.prepare<[Uint8Array], { serial: number; batch: number }>(
      'SELECT serial, batch FROM card WHERE pin_digest = ?',
    )
    this.#known = store.prepare<[number]>('SELECT 1 FROM card WHERE serial = ?')
    this.#add = store.prepare<[number, number, Uint8Array]>(
      'INSERT INTO card (serial, batch, pin_digest, state) VALUES (?, ?, ?, 1)',
    )
    this.#open = store.prepare<[], Row>(
      'SELECT * FROM card_import WHERE ended_at IS NULL ORDER BY import LIMIT 1',
    )
    this.#ofBatch = store.prepare<[number], Row>(
      'SELECT * FROM card_import WHERE batch = ? ORDER BY import',
    )
    this.#move = store.prepare<[number, number, number, number]>(
      'UPDATE card_import SET line = ?, kept = kept + ?, refused = refused + ? WHERE import = ?',
    )
    this.#refuse = store.prepare<[number, number, string]>(
      'INSERT INTO card_import_refusal (import, line, problem) VALUES (?, ?, ?)',
    )
    this.#countRefusals = store
      .prepare<[number], number>('SELECT count(*) FROM card_import_refusal WHERE import = ?')
      .pluck()
    this.#refusals = store.prepare<[number], RefusedLine>(
      'SELECT line, problem FROM card_import_refusal WHERE import = ? ORDER BY line',
    )
    this.#fail = store.prepare<[string, number]>(
      'UPDATE card_import SET failure = ? WHERE import = ?',
    )
    this.#drop = store.prepare<[number, number, number]>(
      `DELETE FROM card WHERE serial IN
         (SELECT serial FROM card WHERE serial >= ? AND serial <= ? LIMIT ?)`,
    )
    this.#end = store.prepare<[number, number]>(
      'UPDATE card_import SET ended_at = ? WHERE import = ?',
    )
  }

  /** The import to go on with; `undefined` when none waits. */
  current(): ImportUnderWay | undefined {
    const row = this.#open.get()
    return row && { ...viewOf(row), batch: this.#batches.get(row.batch) }
  }

  /** Every file of a batch, oldest first. */
  of(batch: number): ImportView[] {
    return this.#ofBatch.all(batch).map(row => ({
      ...viewOf(row),
      begunAt: epochMs(row.begun_at),
      endedAt: row.ended_at === null ? undefined : epochMs(row.ended_at),
      kept: row.kept,
      refused: row.refused,
      refusals: this.#refusals.all(row.import),
    }))
  }

  /** Takes the next lines in; one whose serial number or PIN another card has is refused. */
  take({ import: number, line, cards, refused }: ImportedLines): void {
    const { batch, line: before } = this.#underWay(number)
    const first = [...cards, ...refused].map(one => one.line).sort((a, b) => a - b)[0] ?? line
    assert(first > before && line >= first, `line ${first} of import ${number} was taken in before`)
    const problems = cards.flatMap(card => {
      const problem = this.#addCard(batch, card)
      return problem === undefined ? [] : [{ line: card.line, problem }]
    })
    const all = [...refused, ...problems].sort((a, b) => a.line - b.line)
    const room = REFUSALS_KEPT - (this.#countRefusals.get(number) ?? 0)
    for (const one of all.slice(0, Math.max(0, room))) {
      this.#refuse.run(number, one.line, one.problem)
    }
    this.#move.run(line, cards.length - problems.length, all.length, number)
  }

  /** The file is in, and was the one that was approved: `missing` are the serial numbers that got no card. */
  finish(number: number, missing: readonly SerialSpan[], at: EpochMs): void {
    const { batch, file } = this.#underWay(number)
    const { kept = 0, refused = 0 } = this.of(batch.batch).at(-1) ?? {}
    const gone = missing.reduce((sum, { first, last }) => sum + last - first + 1, 0)
    assert(kept + gone === batch.count, `import ${number} lost cards`)
    const lines = `${file}: ${kept + refused} lines = ${kept} kept + ${refused} refused`
    const doing = { person: PROGRAM, approver: undefined, reason: lines }
    this.#acts.imported(batch.batch, missing, at, doing)
    this.#end.run(at, number)
  }

  /** Nothing of a file is to be kept. */
  fail(number: number, why: string): void {
    this.#fail.run(why, number)
  }

  /** Takes out cards of a file that failed, at most `max`; answers how many. */
  drop(number: number, max: number): number {
    const { batch, failure } = this.#underWay(number)
    assert(failure !== undefined, `import ${number} did not fail`)
    return this.#drop.run(...endsOf(batch), max).changes
  }

  /** A file that failed has no card any more: its batch waits for another one. */
  endFailed(number: number, at: EpochMs): void {
    this.#end.run(at, number)
  }

  #underWay(number: number): ImportUnderWay {
    const current = this.current()
    assert(current?.import === number, `import ${number} is not under way`)
    return current
  }

  /** Adds a card, or says what is wrong with it. */
  #addCard(batch: Batch, { serial, digests }: ImportedLine): string | undefined {
    const [first, last] = endsOf(batch)
    assert(serial >= first && serial <= last, `${serial} is not of batch ${batch.batch}`)
    if (this.#known.get(serial)) return 'its serial number stands on an earlier line'
    const own = digests.find(({ chain }) => chain === plainChain(batch.keyId))
    assert(own, `batch ${batch.batch} has key ${batch.keyId}`)
    for (const { digest } of digests) {
      const taken = this.#taken.get(digest)
      if (taken?.batch === batch.batch) {
        return `its PIN is that of ${serialOf(taken.serial)} on an earlier line`
      }
      if (taken) return 'its PIN is that of another card'
    }
    this.#add.run(serial, batch.batch, own.digest)
    return undefined
  }
}

const viewOf = (row: Row) => ({
  import: row.import,
  file: row.file,
  sha256: row.sha256,
  line: row.line,
  failure: row.failure ?? undefined,
})
