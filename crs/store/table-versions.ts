import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import type { CodeTables } from '../rules/code-tables.js'

/** Which code tables are in force: their version, 1, 2, 3 …, since when and why. */
export interface TablesInForce {
  readonly version: number
  /** Number of their content in the store. */
  readonly content: number
  readonly reason: string
  readonly since: EpochMs
}

/** What became of a replacement or a roll-back, in the order it is checked. */
export type TablesReplaced =
  /** They are in force already, or there is no version before. */
  { readonly outcome: 'unchanged' } | { readonly outcome: 'in_force'; readonly version: number }

interface Row {
  readonly version: number
  readonly content: number
  readonly reason: string
  readonly since: number
}

/** Why tables are in force that a start found in the folder. */
const AT_START = 'found in the folder at the start'

const COLUMNS = 'version, content, reason, since'

/**
 * The code tables that each hour is closed with (requirement C-02). A version is made when tables are taken
 * over, and never changed; rolling back puts the version before in force again. What is in force holds over
 * a restart, until the tables in the folder are others than those that were taken over last.
 */
export class TableVersions {
  readonly #clock: Pick<Clock, 'now'>
  readonly #last
  readonly #newest
  readonly #ofVersion
  readonly #addContent
  readonly #contentId
  readonly #add

  constructor(store: Database, clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#last = store.prepare<[], Row>(
      `SELECT ${COLUMNS} FROM code_tables_in_force ORDER BY number DESC LIMIT 1`,
    )
    this.#newest = store.prepare<[], Row>(
      `SELECT ${COLUMNS} FROM code_tables_in_force ORDER BY version DESC, number LIMIT 1`,
    )
    this.#ofVersion = store.prepare<[number], Row>(
      `SELECT ${COLUMNS} FROM code_tables_in_force WHERE version = ? ORDER BY number LIMIT 1`,
    )
    this.#addContent = store.prepare<[string]>(
      'INSERT INTO code_tables (content) VALUES (?) ON CONFLICT DO NOTHING',
    )
    this.#contentId = store
      .prepare<[string], number>('SELECT id FROM code_tables WHERE content = ?')
      .pluck()
    this.#add = store.prepare<[number, number, string, number]>(
      `INSERT INTO code_tables_in_force (${COLUMNS}) VALUES (?, ?, ?, ?)`,
    )
  }

  /** Takes over what a start found in the folder, when that is new. Runs inside a transaction. */
  begin(tables: CodeTables): void {
    const content = this.#idOf(tables)
    if (this.#newest.get()?.content !== content) this.#takeOver(content, AT_START)
  }

  inForce(): TablesInForce {
    const row = this.#last.get()
    if (!row) throw new TypeError('no code tables were ever taken over')
    return { ...row, since: epochMs(row.since) }
  }

  /** Puts tables in force for what is closed from now on. Runs inside a transaction. */
  replace(tables: CodeTables, reason: string): TablesReplaced {
    const content = this.#idOf(tables)
    if (this.inForce().content === content) return { outcome: 'unchanged' }
    return { outcome: 'in_force', version: this.#takeOver(content, reason) }
  }

  /** Puts the version before in force again. Runs inside a transaction. */
  rollBack(reason: string): TablesReplaced {
    const before = this.#ofVersion.get(this.inForce().version - 1)
    if (!before) return { outcome: 'unchanged' }
    this.#add.run(before.version, before.content, reason, this.#clock.now())
    return { outcome: 'in_force', version: before.version }
  }

  #takeOver(content: number, reason: string): number {
    const version = (this.#newest.get()?.version ?? 0) + 1
    this.#add.run(version, content, reason, this.#clock.now())
    return version
  }

  #idOf(tables: CodeTables): number {
    const text = JSON.stringify(tables)
    this.#addContent.run(text)
    const id = this.#contentId.get(text)
    if (id === undefined) throw new TypeError('the store kept no code tables')
    return id
  }
}
