import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../domain/canonical-json.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Person, Role } from '../../domain/role.js'
import type { Database } from '../../platform/store.js'
import { APPROVAL_MS, type ApprovalState, approvalState } from '../rules/approval.js'

/** What is asked of the office, before it is allowed. */
export interface AskedAct {
  readonly act: string
  readonly person: Person
  readonly reason: string
  readonly payload: Json
}

/** An act that waits for a second person, or did. */
export interface Approval {
  readonly approval: number
  readonly act: string
  readonly payload: Json
  /** SHA-256 of act and payload as they stand now, hexadecimal. */
  readonly sha256: string
  /** The same, as it was told to who asked. */
  readonly sha256Asked: string
  readonly requester: Person
  readonly reason: string
  readonly askedAt: EpochMs
  readonly expiresAt: EpochMs
  readonly state: ApprovalState
  readonly decidedAt: EpochMs | null
  readonly decidedBy: Person | null
  readonly decisionReason: string | null
}

interface Row {
  readonly approval: number
  readonly act: string
  readonly payload: string
  readonly sha256: Buffer
  readonly requester: string
  readonly requester_role: Role
  readonly reason: string
  readonly asked_at: number
  readonly expires_at: number
  readonly state: Exclude<ApprovalState, 'expired'>
  readonly decided_at: number | null
  readonly decided_by: string | null
  readonly decided_role: Role | null
  readonly decision_reason: string | null
}

/** What a second person is bound to: the act and its payload, in one text (fault test XW7). */
const sha256Of = (act: string, payload: Json): Buffer =>
  createHash('sha256').update(canonicalJson({ act, payload })).digest()

/** Acts that need a second person. */
export class Approvals {
  readonly #ask
  readonly #find
  readonly #decide
  readonly #list

  constructor(store: Database) {
    this.#ask = store.prepare(
      `INSERT INTO approval
         (act, payload, sha256, requester, requester_role, reason, asked_at, expires_at)
       VALUES (@act, @payload, @sha256, @name, @role, @reason, @at, @expiresAt)`,
    )
    this.#find = store.prepare<[number], Row>('SELECT * FROM approval WHERE approval = ?')
    this.#decide = store.prepare(
      `UPDATE approval SET state = @state, decided_at = @at, decided_by = @name,
         decided_role = @role, decision_reason = @reason
       WHERE approval = @approval AND state = 'waiting'`,
    )
    this.#list = store.prepare<Record<string, unknown>, Row>(
      `SELECT * FROM approval
       WHERE approval < @before AND (@all OR (state = 'waiting' AND expires_at > @at))
       ORDER BY approval DESC LIMIT @max`,
    )
  }

  /** Keeps what was asked until somebody decides. */
  ask({ act, person, reason, payload }: AskedAct, at: EpochMs): Approval {
    const { lastInsertRowid } = this.#ask.run({
      ...{ act, ...person, reason, at },
      payload: canonicalJson(payload),
      sha256: sha256Of(act, payload),
      expiresAt: at + APPROVAL_MS,
    })
    const kept = this.find(Number(lastInsertRowid), at)
    if (!kept) throw new TypeError('an approval was not kept')
    return kept
  }

  find(approval: number, at: EpochMs): Approval | undefined {
    const row = this.#find.get(approval)
    return row && approvalOf(row, at)
  }

  /** Closes an approval that waits; answers whether it did. */
  decide(
    approval: number,
    state: Exclude<ApprovalState, 'waiting' | 'expired'>,
    { name, role }: Person,
    reason: string,
    at: EpochMs,
  ): boolean {
    return this.#decide.run({ approval, state, name, role, reason, at }).changes === 1
  }

  /** Newest first; those alone that wait at a moment, unless `all` is asked for. */
  list(search: { at: EpochMs; before?: number; max: number; all: boolean }): Approval[] {
    const { at, before = Number.MAX_SAFE_INTEGER, max, all } = search
    return this.#list.all({ at, before, max, all: all ? 1 : 0 }).map(row => approvalOf(row, at))
  }
}

function approvalOf(row: Row, at: EpochMs): Approval {
  const payload: Json = JSON.parse(row.payload)
  const { approval, act, reason, decided_by: name, decided_role: role } = row
  return {
    ...{ approval, act, payload, reason },
    sha256: sha256Of(act, payload).toString('hex'),
    sha256Asked: row.sha256.toString('hex'),
    requester: { name: row.requester, role: row.requester_role },
    askedAt: epochMs(row.asked_at),
    expiresAt: epochMs(row.expires_at),
    state: approvalState(row.state, epochMs(row.expires_at), at),
    decidedAt: row.decided_at === null ? null : epochMs(row.decided_at),
    decidedBy: name === null || role === null ? null : { name, role },
    decisionReason: row.decision_reason,
  }
}
