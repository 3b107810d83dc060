import { type EpochMs, epochMs } from '../../domain/clock.js'
import { jstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import {
  afterWrongEntry,
  CLEAN,
  isLocked,
  type LockCounter,
  type LockPolicy,
  lapsedThrough,
  windowBegin,
} from '../rules/lock-policy.js'
import { dayKey, lockReasons, msisdnKey } from './keys.js'

interface Row {
  readonly consecutive: number
  readonly wrong_at: number | null
  readonly locked_at: number | null
  readonly lock_reason: number | null
}

/** The counters of wrong entries and the locks, by handset (requirement S-09). */
export class Locks {
  readonly policy: LockPolicy
  readonly #find
  readonly #inWindow
  readonly #put
  readonly #countToday
  readonly #forgetOld
  readonly #reset
  readonly #countLocked
  readonly #release
  readonly #forget
  readonly #note

  constructor(store: Database, policy: LockPolicy) {
    this.policy = policy
    this.#find = store.prepare<[number], Row>(
      'SELECT consecutive, wrong_at, locked_at, lock_reason FROM handset_lock WHERE msisdn = ?',
    )
    this.#inWindow = store.prepare<[number, number], { wrong: number }>(
      'SELECT coalesce(sum(wrong), 0) AS wrong FROM wrong_entry_day WHERE msisdn = ? AND day >= ?',
    )
    this.#put = store.prepare<[number, number, number, number | null, number | null]>(
      `INSERT INTO handset_lock (msisdn, consecutive, wrong_at, locked_at, lock_reason)
       VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (msisdn) DO UPDATE SET consecutive = excluded.consecutive,
         wrong_at = excluded.wrong_at, locked_at = excluded.locked_at, lock_reason = excluded.lock_reason`,
    )
    this.#countToday = store.prepare<[number, number]>(
      `INSERT INTO wrong_entry_day (msisdn, day, wrong) VALUES (?, ?, 1)
       ON CONFLICT (msisdn, day) DO UPDATE SET wrong = wrong + 1`,
    )
    this.#forgetOld = store.prepare<[number, number]>(
      'DELETE FROM wrong_entry_day WHERE msisdn = ? AND day < ?',
    )
    this.#reset = store.prepare<[number]>(
      'UPDATE handset_lock SET consecutive = 0, wrong_at = NULL WHERE msisdn = ? AND consecutive > 0',
    )
    this.#countLocked = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM handset_lock WHERE locked_at > ? AND locked_at <= ?',
      )
      .pluck()
    this.#release = store.prepare<[number]>(
      `UPDATE handset_lock SET consecutive = 0, wrong_at = NULL, locked_at = NULL,
         lock_reason = NULL WHERE msisdn = ?`,
    )
    this.#forget = store.prepare<[number]>('DELETE FROM wrong_entry_day WHERE msisdn = ?')
    this.#note = store.prepare(
      `INSERT INTO lock_event (msisdn, at, lock_reason, consecutive, in_window, person, reason)
       VALUES (@msisdn, @at, @lockReason, @consecutive, @inWindow, @person, @reason)`,
    )
  }

  /** What is held against a handset at a moment. */
  counter(msisdn: Msisdn, at: EpochMs): LockCounter {
    const key = msisdnKey(msisdn)
    const row = this.#find.get(key)
    if (!row) return CLEAN
    const begin = dayKey(windowBegin(at, this.policy))
    return {
      consecutive: row.consecutive,
      inWindow: this.#inWindow.get(key, begin)?.wrong ?? 0,
      lastWrongAt: row.wrong_at === null ? undefined : epochMs(row.wrong_at),
      lock:
        row.locked_at === null || row.lock_reason === null
          ? undefined
          : { at: epochMs(row.locked_at), reason: lockReasons.word(row.lock_reason) },
    }
  }

  isLocked(msisdn: Msisdn, at: EpochMs): boolean {
    return this.holds(this.counter(msisdn, at), at)
  }

  /** Whether what is held against a handset locks it at a moment. */
  holds(counter: LockCounter, at: EpochMs): boolean {
    return isLocked(counter, at, this.policy)
  }

  /** 現在規制中: how many handsets were locked at a moment, as far as they are still. */
  countLocked(at: EpochMs): number {
    return this.#countLocked.get(lapsedThrough(at, this.policy), at) ?? 0
  }

  /** Counts one more wrong entry. `true` when it is the one that locked the handset. */
  countWrong(msisdn: Msisdn, at: EpochMs): boolean {
    const before = this.counter(msisdn, at)
    const after = afterWrongEntry(before, at, this.policy)
    const key = msisdnKey(msisdn)
    const reason = after.lock ? lockReasons.code(after.lock.reason) : null
    this.#put.run(key, after.consecutive, at, after.lock?.at ?? null, reason)
    this.#countToday.run(key, dayKey(jstDay(at)))
    this.#forgetOld.run(key, dayKey(windowBegin(at, this.policy)))
    const newlyLocked = after.lock !== undefined && after.lock !== before.lock
    if (newlyLocked) this.#record(key, at, after, reason, NOBODY)
    return newlyLocked
  }

  /**
   * 規制解除 (requirement S-11): takes back the lock and all that was counted; what it was stays in the
   * history of locks, with who released it and why.
   */
  release(msisdn: Msisdn, at: EpochMs, by: { person: string; reason: string }): void {
    const key = msisdnKey(msisdn)
    this.#record(key, at, this.counter(msisdn, at), null, by)
    this.#release.run(key)
    this.#forget.run(key)
  }

  /** A success ends the row of wrong entries; the window keeps them (requirement §7.1). */
  countSuccess(msisdn: Msisdn): void {
    this.#reset.run(msisdnKey(msisdn))
  }

  #record(
    msisdn: number,
    at: EpochMs,
    { consecutive, inWindow }: LockCounter,
    lockReason: number | null,
    by: { readonly person: string | null; readonly reason: string | null },
  ): void {
    this.#note.run({ msisdn, at, lockReason, consecutive, inWindow, ...by })
  }
}

/** Locks come by themselves. */
const NOBODY = { person: null, reason: null }
