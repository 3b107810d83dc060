import type { JstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { auditHash, NO_HASH } from '../office/audit-entry.js'
import { AuditLog } from './audit-log.js'
import { dayOf } from './keys.js'

/** The last hash of a closed day, which stands in its log line too. */
export interface AuditAnchor {
  readonly day: JstDay
  /** Number of the day's last entry; 0: nothing was done by then. */
  readonly sequence: number
  /** Hexadecimal. */
  readonly hash: string
}

/**
 * What became of the check of the chain; in the order it is checked. `missing`: an entry was deleted;
 * `altered`: an entry is not as it was written; `cut`: the entry with which a day closed is gone, or
 * another stands in its place.
 */
export type AuditCheck =
  | { readonly outcome: 'missing' | 'altered'; readonly sequence: number }
  | { readonly outcome: 'cut'; readonly sequence: number; readonly day: JstDay }
  | {
      readonly outcome: 'whole'
      readonly entries: number
      /** Hexadecimal. */
      readonly lastHash: string
      /** Those of the last days, newest first. */
      readonly anchors: readonly AuditAnchor[]
    }

/** Anchors that are told. */
const TOLD = 31

/** Reads the audit log from its first entry and finds the first one that is not as it was written (I11). */
export function checkAudit(store: Database): AuditCheck {
  const anchors = anchorsOf(store)
  const due = [...anchors]
  let previous = NO_HASH
  let expected = 1
  for (const entry of new AuditLog(store).entries()) {
    if (entry.sequence !== expected) return { outcome: 'missing', sequence: expected }
    const chained = Buffer.compare(entry.previousHash, previous) === 0
    if (!chained || Buffer.compare(auditHash(entry, previous), entry.hash) !== 0) {
      return { outcome: 'altered', sequence: expected }
    }
    const broken = anchorsAt(due, expected - 1, previous)
    if (broken) return broken
    previous = entry.hash
    expected++
  }
  const broken = anchorsAt(due, expected - 1, previous)
  if (broken) return broken
  const [behind] = due
  if (behind) return { outcome: 'cut', sequence: behind.sequence, day: behind.day }
  return {
    outcome: 'whole',
    entries: expected - 1,
    lastHash: Buffer.from(previous).toString('hex'),
    anchors: anchors.slice(-TOLD).reverse(),
  }
}

/** Takes those anchors off the list that hold an entry; tells of one that holds another hash. */
function anchorsAt(due: AuditAnchor[], sequence: number, hash: Uint8Array): AuditCheck | undefined {
  while (due[0] && due[0].sequence <= sequence) {
    const { day, ...anchor } = due[0]
    if (anchor.sequence < sequence || anchor.hash !== Buffer.from(hash).toString('hex')) {
      return { outcome: 'cut', sequence: anchor.sequence, day }
    }
    due.shift()
  }
  return undefined
}

const anchorsOf = (store: Database): AuditAnchor[] =>
  store
    .prepare<[], { day: number; sequence: number; hash: Buffer }>(
      'SELECT day, sequence, hash FROM audit_anchor ORDER BY sequence, day',
    )
    .all()
    .map(({ day, sequence, hash }) => ({ day: dayOf(day), sequence, hash: hash.toString('hex') }))
