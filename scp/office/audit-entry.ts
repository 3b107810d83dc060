import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../domain/canonical-json.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Role } from '../../domain/role.js'

/**
 * What an entry of the audit log tells: an act was `performed`, or `requested` where it needs a second
 * person; an approval was `refused` or `withdrawn`; somebody tried what may not be, and was `rejected`.
 */
export const AUDIT_OUTCOMES = [
  'performed',
  'requested',
  'refused',
  'withdrawn',
  'rejected',
] as const

export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]

/** One entry of the audit log (requirements §5.5), before it has its place. */
export interface NewAuditEntry {
  readonly at: EpochMs
  /** Who did it; of an approved act, who asked for it. */
  readonly person: string
  readonly role: Role
  readonly act: string
  readonly outcome: AuditOutcome
  /** What it was done to: number, batch, serial range. */
  readonly subject: string
  readonly reason: string
  readonly approval: number | null
  readonly approver: string | null
  readonly approverRole: Role | null
  /** Why it was rejected. */
  readonly because: string | null
  readonly before: Json
  readonly after: Json
}

export interface AuditEntry extends NewAuditEntry {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number
}

/** Stands before the first entry. */
export const NO_HASH: Uint8Array = new Uint8Array(32)

/** SHA-256 over the entry's canonical JSON with the hash of the entry before it: the chain of I11. */
export function auditHash(entry: AuditEntry, previous: Uint8Array): Buffer {
  // Named one by one, so that a column added later leaves the hash of older entries as it is.
  const { sequence, at, person, role, act, outcome, subject, reason } = entry
  const { approval, approver, approverRole, because, before, after } = entry
  const text = canonicalJson({
    ...{ sequence, at, person, role, act, outcome, subject, reason },
    ...{ approval, approver, approverRole, because, before, after },
    previous: Buffer.from(previous).toString('hex'),
  })
  return createHash('sha256').update(text).digest()
}
