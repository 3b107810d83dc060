import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import { type LockPolicy, type LockReason, lapsedThrough, lapsesAt } from '../rules/lock-policy.js'
import { lockReasons, msisdnKey, msisdnOf } from './keys.js'
import type { Locks } from './locks.js'

/** A handset that is locked. */
export interface LockedHandset {
  readonly msisdn: Msisdn
  readonly lockedAt: EpochMs
  readonly reason: LockReason
  readonly consecutive: number
  /** When it lapses by itself; `null`: only an operator ends it. */
  readonly until: EpochMs | null
}

/** A lock, or its release by a person. */
export interface LockEvent {
  readonly at: EpochMs
  /** Why it was locked; `null` of a release. */
  readonly lockReason: LockReason | null
  /** What was counted against the handset then. */
  readonly consecutive: number
  readonly inWindow: number
  readonly person: string | null
  readonly reason: string | null
}

/** What is held against one handset, and what became of it before. */
export interface HandsetHistory {
  readonly msisdn: Msisdn
  readonly locked: boolean
  readonly consecutive: number
  readonly inWindow: number
  /** Oldest first, the last hundred. */
  readonly events: readonly LockEvent[]
}

/** Most locked handsets that are told at once. */
const LOCKED_MAX = 1_000

interface EventRow {
  readonly at: number
  readonly lock_reason: number | null
  readonly consecutive: number
  readonly in_window: number
  readonly person: string | null
  readonly reason: string | null
}

/** Reads the locks of handsets for the office (requirement S-11). */
export class LockReader {
  readonly #policy: LockPolicy
  readonly #locks: Locks
  readonly #locked
  readonly #events

  constructor(store: Database, locks: Locks, policy: LockPolicy) {
    this.#policy = policy
    this.#locks = locks
    this.#locked = store.prepare<
      [number, number, number],
      { msisdn: number; locked_at: number; lock_reason: number; consecutive: number }
    >(
      `SELECT msisdn, locked_at, lock_reason, consecutive FROM handset_lock
       WHERE locked_at > ? AND locked_at <= ? ORDER BY locked_at DESC LIMIT ?`,
    )
    this.#events = store.prepare<[number], EventRow>(
      `SELECT at, lock_reason, consecutive, in_window, person, reason FROM lock_event
       WHERE msisdn = ? ORDER BY sequence DESC LIMIT 100`,
    )
  }

  /** The handsets that are locked at a moment, the latest first; a thousand at most. */
  locked(at: EpochMs): LockedHandset[] {
    return this.#locked.all(lapsedThrough(at, this.#policy), at, LOCKED_MAX).map(row => ({
      msisdn: msisdnOf(row.msisdn),
      lockedAt: epochMs(row.locked_at),
      reason: lockReasons.word(row.lock_reason),
      consecutive: row.consecutive,
      until: lapsesAt(epochMs(row.locked_at), this.#policy) ?? null,
    }))
  }

  /** One handset, also one that was never locked. */
  history(msisdn: Msisdn, at: EpochMs): HandsetHistory {
    const { consecutive, inWindow } = this.#locks.counter(msisdn, at)
    const events = this.#events.all(msisdnKey(msisdn)).reverse().map(eventOf)
    return { msisdn, locked: this.#locks.isLocked(msisdn, at), consecutive, inWindow, events }
  }
}

const eventOf = (row: EventRow): LockEvent => ({
  at: epochMs(row.at),
  lockReason: row.lock_reason === null ? null : lockReasons.word(row.lock_reason),
  consecutive: row.consecutive,
  inWindow: row.in_window,
  person: row.person,
  reason: row.reason,
})
