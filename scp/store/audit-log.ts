import { canonicalJson, type Json } from '../../domain/canonical-json.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Role } from '../../domain/role.js'
import type { Database } from '../../platform/store.js'
import {
  type AuditEntry,
  type AuditOutcome,
  auditHash,
  type NewAuditEntry,
  NO_HASH,
} from '../office/audit-entry.js'

/** An entry as it stands in the log, with its place in the chain. */
export interface LoggedEntry extends AuditEntry {
  readonly previousHash: Uint8Array
  readonly hash: Uint8Array
}

interface Row {
  readonly sequence: number
  readonly at: number
  readonly person: string
  readonly role: Role
  readonly act: string
  readonly outcome: AuditOutcome
  readonly subject: string
  readonly reason: string
  readonly approval: number | null
  readonly approver: string | null
  readonly approver_role: Role | null
  readonly because: string | null
  readonly before: string
  readonly after: string
  readonly previous_hash: Buffer
  readonly hash: Buffer
}

/** Which entries are looked for; all where nothing is said. */
export interface AuditSearch {
  /** Entries before this one, newest first. */
  readonly before?: number | undefined
  readonly max: number
  readonly person?: string | undefined
  readonly act?: string | undefined
  readonly subject?: string | undefined
}

/** The operation log of the card office, only ever appended to, each entry chained to the one before (I11). */
export class AuditLog {
  readonly #last
  readonly #append
  readonly #search
  readonly #all

  constructor(store: Database) {
    this.#last = store.prepare<[], { sequence: number; at: number; hash: Buffer }>(
      'SELECT sequence, at, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1',
    )
    this.#append = store.prepare(
      `INSERT INTO audit_entry (sequence, at, person, role, act, outcome, subject, reason, approval,
         approver, approver_role, because, before, after, previous_hash, hash)
       VALUES (@sequence, @at, @person, @role, @act, @outcome, @subject, @reason, @approval,
         @approver, @approverRole, @because, @before, @after, @previousHash, @hash)`,
    )
    this.#search = store.prepare<Record<string, unknown>, Row>(
      `SELECT * FROM audit_entry WHERE sequence < @before
         AND (@person IS NULL OR person = @person OR approver = @person)
         AND (@act IS NULL OR act = @act) AND (@subject IS NULL OR subject = @subject)
       ORDER BY sequence DESC LIMIT @max`,
    )
    this.#all = store.prepare<[], Row>('SELECT * FROM audit_entry ORDER BY sequence')
  }

  /** When the last entry was made; `undefined` before the first. */
  lastAt(): EpochMs | undefined {
    const last = this.#last.get()
    return last && epochMs(last.at)
  }

  /** Appends an entry, in the work of the writer that did what it tells of. */
  append(entry: NewAuditEntry): void {
    const last = this.#last.get()
    const placed = { ...entry, sequence: (last?.sequence ?? 0) + 1 }
    const previousHash = last?.hash ?? NO_HASH
    this.#append.run({
      ...placed,
      before: canonicalJson(entry.before),
      after: canonicalJson(entry.after),
      previousHash,
      hash: auditHash(placed, previousHash),
    })
  }

  /** Entries that a search finds, newest first. */
  search({ before, max, person, act, subject }: AuditSearch): LoggedEntry[] {
    const all = { before: before ?? Number.MAX_SAFE_INTEGER, max }
    return this.#search
      .all({ ...all, person: person ?? null, act: act ?? null, subject: subject ?? null })
      .map(entryOf)
  }

  /** Every entry, oldest first. */
  *entries(): Iterable<LoggedEntry> {
    for (const row of this.#all.iterate()) yield entryOf(row)
  }
}

function entryOf(row: Row): LoggedEntry {
  const { approver_role: approverRole, previous_hash: previousHash, at, ...rest } = row
  return {
    ...rest,
    at: epochMs(at),
    approverRole,
    previousHash,
    // Written by this file alone.
    before: JSON.parse(row.before) satisfies Json,
    after: JSON.parse(row.after) satisfies Json,
  }
}
