import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../../domain/clock.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import type { Database } from '../../platform/store.js'
import {
  FEE_TABLES,
  type FeeTableName,
  type FeeTables,
  readFeeTables,
} from '../rules/fee-tables.js'

/** Which version of a table is in force. */
export interface FeeTableInForce {
  readonly table: FeeTableName
  /** 0: the one that comes with the product. */
  readonly version: number
  readonly text: string
}

/** What became of a replacement. */
export type FeeTableReplaced =
  | { readonly outcome: 'replaced'; readonly version: number }
  | { readonly outcome: 'wrong'; readonly mistakes: readonly string[] }

interface Row {
  readonly version: number
  readonly text: string
}

/**
 * The tables of fees, replaced in service: each new version is checked together with the tables beside it,
 * kept to the byte, and goes for what is calculated from then on.
 */
export class FeeTableVersions {
  readonly #store: Database
  readonly #newest
  #inForce: FeeTables | undefined

  constructor(store: Database) {
    this.#store = store
    this.#newest = store.prepare<[string], Row>(
      'SELECT version, text FROM fee_table WHERE fee_table = ? ORDER BY version DESC LIMIT 1',
    )
  }

  /** All that rating goes by now. */
  tables(): FeeTables {
    if (this.#inForce) return this.#inForce
    const read = readFeeTables(this.#texts())
    if (read.outcome === 'wrong') {
      throw new TypeError(`the tables in force are wrong: ${read.mistakes.join('; ')}`)
    }
    this.#inForce = read.tables
    return read.tables
  }

  inForce(): FeeTableInForce[] {
    return FEE_TABLES.map(table => ({ table, ...this.#of(table) }))
  }

  /** What is wrong with a text in the place of a table; nothing: it may replace it. */
  mistakesOf(table: FeeTableName, text: string): readonly string[] {
    const read = readFeeTables({ ...this.#texts(), [table]: text })
    return read.outcome === 'wrong' ? read.mistakes : []
  }

  replace(table: FeeTableName, text: string, reason: string, now: EpochMs): FeeTableReplaced {
    const mistakes = this.mistakesOf(table, text)
    if (mistakes.length > 0) return { outcome: 'wrong', mistakes }
    const version = this.#of(table).version + 1
    this.#store
      .prepare(
        `INSERT INTO fee_table (fee_table, version, text, reason, replaced_at)
         VALUES (?, ?, ?, ?, ?)`,
      )
      .run(table, version, text, reason, now)
    this.#inForce = undefined
    return { outcome: 'replaced', version }
  }

  #of(table: FeeTableName): Row {
    return this.#newest.get(table) ?? { version: 0, text: ownTable(table) }
  }

  #texts(): Record<FeeTableName, string> {
    return Object.fromEntries(FEE_TABLES.map(table => [table, this.#of(table).text])) as Record<
      FeeTableName,
      string
    >
  }
}

const ownTable = (table: FeeTableName): string =>
  readFileSync(join(PRODUCT_FOLDER, `billing/tables/${table}.csv`), 'utf8')
