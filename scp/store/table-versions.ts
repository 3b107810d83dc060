import { createHash } from 'node:crypto'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import { inForceAt, inOrder, type TableSwitch } from '../rules/table-schedule.js'
import {
  type OwnTables,
  readTable,
  TABLE_NAMES,
  type TableName,
  type Tables,
} from '../rules/tables.js'

/** A version of a table, as it was given. */
export interface TableVersion {
  /** 1, 2, 3 … of each table; 0 is that of settings and product. */
  readonly version: number
  /** Name of the file that it was given as. */
  readonly file: string
  /** Hexadecimal, of the file's bytes. */
  readonly sha256: string
  readonly addedAt: EpochMs | undefined
  readonly person: string | undefined
  readonly reason: string | undefined
}

/** What a person decided about a table. */
export interface KeptSwitch extends TableSwitch {
  readonly decidedAt: EpochMs
  readonly person: string
  readonly reason: string
}

/** A table from a moment on. */
export interface StandingTable {
  readonly name: TableName
  readonly from: EpochMs
  readonly text: string
}

/** What the writer's own time is, and every table that is in force then or comes later, in order. */
export interface StandingTables {
  readonly asOf: EpochMs
  readonly tables: readonly StandingTable[]
}

/** All that is kept of a table, and what the writer's own time is. */
export interface KeptTable {
  readonly asOf: EpochMs
  readonly versions: readonly TableVersion[]
  readonly switches: readonly KeptSwitch[]
}

/** Who decides, why and when. */
export interface Deciding {
  readonly person: string
  readonly reason: string
  readonly at: EpochMs
}

interface VersionRow {
  readonly version: number
  readonly file: string
  readonly sha256: Buffer
  readonly added_at: number
  readonly person: string
  readonly reason: string
}

interface SwitchRow {
  readonly sequence: number
  readonly version: number
  readonly in_force_from: number
  readonly decided_at: number
  readonly person: string
  readonly reason: string
}

/**
 * ファイル更新 (requirement M-05): every version of each table, byte for byte, and from when which is in force.
 * Both are only ever added to; what is in force is read from the rows, so that no kill leaves it between two.
 */
export class TableVersions {
  readonly #own: OwnTables
  readonly #versions
  readonly #text
  readonly #add
  readonly #switches
  readonly #switch
  readonly #callOff
  readonly #store: Database
  readonly #read = new Map<TableName, readonly ReadVersion[]>()

  constructor(store: Database, own: OwnTables) {
    this.#store = store
    this.#own = own
    this.#versions = store.prepare<[string], VersionRow>(
      `SELECT version, file, sha256, added_at, person, reason FROM table_version
       WHERE name = ? ORDER BY version`,
    )
    this.#text = store.prepare<[string, number], { content: string; sha256: Buffer }>(
      'SELECT content, sha256 FROM table_version WHERE name = ? AND version = ?',
    )
    this.#add = store.prepare<[string, number, string, string, Buffer, number, string, string]>(
      `INSERT INTO table_version (name, version, file, content, sha256, added_at, person, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#switches = store.prepare<[string], SwitchRow>(
      `SELECT sequence, version, in_force_from, decided_at, person, reason FROM table_switch
       WHERE name = ? AND called_off_at IS NULL ORDER BY sequence`,
    )
    this.#switch = store.prepare<[string, number, number, number, string, string]>(
      `INSERT INTO table_switch (name, version, in_force_from, decided_at, person, reason)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    this.#callOff = store.prepare<[number, string, number]>(
      'UPDATE table_switch SET called_off_at = ?, called_off_by = ? WHERE sequence = ?',
    )
  }

  /** Every version of a table, version 0 first. */
  versions(name: TableName): TableVersion[] {
    const unknown = { addedAt: undefined, person: undefined, reason: undefined }
    const own = { version: 0, file: '', sha256: hashOf(this.#own[name]).toString('hex') }
    const given = this.#versions.all(name).map(({ sha256, added_at: addedAt, ...row }) => ({
      ...row,
      sha256: sha256.toString('hex'),
      addedAt: epochMs(addedAt),
    }))
    return [{ ...own, ...unknown }, ...given]
  }

  /** What was decided about a table and not called off, in the order in which it comes into force. */
  switches(name: TableName): KeptSwitch[] {
    const rows = this.#switches.all(name)
    return inOrder(
      rows.map(({ in_force_from: from, decided_at: decidedAt, ...row }) => ({
        ...row,
        from: epochMs(from),
        decidedAt: epochMs(decidedAt),
      })),
    )
  }

  /** All that is kept of a table. */
  kept(name: TableName, asOf: EpochMs): KeptTable {
    return { asOf, versions: this.versions(name), switches: this.switches(name) }
  }

  /** The version of a table that is in force at a moment. */
  inForce(name: TableName, at: EpochMs): number {
    return inForceAt(this.switches(name), at)?.version ?? 0
  }

  /** A version as it was given. Throws `STORE_DAMAGED` when it is not as it was kept. */
  text(name: TableName, version: number): string | undefined {
    if (version === 0) return this.#own[name]
    const row = this.#text.get(name, version)
    if (row && !hashOf(row.content).equals(row.sha256)) throw damaged(name, version)
    return row?.content
  }

  /** A table as it is in force at a moment. Throws `STORE_DAMAGED` when it is not as it was kept. */
  at<N extends TableName>(name: N, at: EpochMs): Tables[N] {
    const version = this.inForce(name, at)
    const read = this.#read.get(name) ?? []
    const known = read.find(one => one.version === version)
    if (known) return known.table as Tables[N]
    const table = this.#readVersion(name, version)
    // A version never changes once it is committed; before that its number may still go to another one.
    if (!this.#store.inTransaction) {
      this.#read.set(name, [{ version, table }, ...read].slice(0, VERSIONS_READ))
    }
    return table
  }

  #readVersion<N extends TableName>(name: N, version: number): Tables[N] {
    const text = this.text(name, version)
    const reading = text === undefined ? undefined : readTable(name, text)
    if (reading?.outcome !== 'whole') throw damaged(name, version)
    return reading.table
  }

  /** Every table as it is in force at a moment, and as it will be. */
  standing(at: EpochMs): StandingTables {
    const tables = TABLE_NAMES.flatMap(name => {
      const switches = this.switches(name)
      const now = inForceAt(switches, at) ?? { version: 0, from: BEGINNING }
      return [now, ...switches.filter(({ from }) => from > at)].map(({ version, from }) => {
        const text = this.text(name, version)
        if (text === undefined) throw damaged(name, version)
        return { name, from, text }
      })
    })
    return { asOf: at, tables }
  }

  /** Keeps a version, and answers its number. It comes into force by a switch. */
  add(name: TableName, file: string, text: string, { person, reason, at }: Deciding): number {
    const version = (this.versions(name).at(-1)?.version ?? 0) + 1
    this.#add.run(name, version, file, text, hashOf(text), at, person, reason)
    return version
  }

  /** Puts a version in force from a moment on. */
  switchTo(name: TableName, version: number, from: EpochMs, deciding: Deciding): void {
    const { person, reason, at } = deciding
    this.#switch.run(name, version, from, at, person, reason)
  }

  /** Takes a switch back whose moment has not come. */
  callOff({ sequence }: KeptSwitch, { person, at }: Deciding): void {
    this.#callOff.run(at, person, sequence)
  }
}

/** A version that was read whole. */
interface ReadVersion {
  readonly version: number
  readonly table: unknown
}

/** How many of each table are kept as read: two are in use while calls go on that began with the one before. */
const VERSIONS_READ = 2

const BEGINNING: EpochMs = epochMs(0)

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

const damaged = (name: TableName, version: number): Fault =>
  new Fault('STORE_DAMAGED', `Version ${version} of the table ${name} is not as it was kept.`)
