import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, startOfJstDay } from '../../domain/jst.js'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** チャージ操作規制: when repeated wrong card numbers lock a handset (seed 004 §2.3(1)②, requirement §7.1). */
export interface LockPolicy {
  /** Wrong entries in a row, over all calls, that lock. A success sets the row back to none. */
  readonly consecutiveMax: number
  /** Wrong entries within the window that lock. A success does not set them back. */
  readonly windowMax: number
  /** Length of the window in days of Japan, today included. */
  readonly windowDays: number
  /** Hours after which a lock lapses by itself; 0: only an operator releases it. */
  readonly lapseHours: number
}

/** Why a handset was locked. */
export type LockReason = 'consecutive' | 'window'

/** What the store holds against one handset. */
export interface LockCounter {
  readonly consecutive: number
  /** Wrong entries within the window. */
  readonly inWindow: number
  /** When the last wrong number was keyed that no success came after. */
  readonly lastWrongAt: EpochMs | undefined
  /** Since when and why it is locked. A lapsed lock still stands here. */
  readonly lock: { readonly at: EpochMs; readonly reason: LockReason } | undefined
}

/** The counter of a handset that never keyed a wrong number. */
export const CLEAN: LockCounter = {
  consecutive: 0,
  inWindow: 0,
  lastWrongAt: undefined,
  lock: undefined,
}

/** Whether a handset may not charge at this moment. */
export const isLocked = ({ lock }: LockCounter, at: EpochMs, { lapseHours }: LockPolicy): boolean =>
  lock !== undefined && (lapseHours === 0 || at < lock.at + lapseHours * HOUR_MS)

/** For how long a lock stands by itself, in ms; `undefined`: only an operator ends it. */
export const lapsesAfterMs = ({ lapseHours }: LockPolicy): number | undefined =>
  lapseHours === 0 ? undefined : lapseHours * HOUR_MS

/** When a lock lapses by itself; `undefined`: only an operator ends it. */
export const lapsesAt = (lockedAt: EpochMs, { lapseHours }: LockPolicy): EpochMs | undefined =>
  lapseHours === 0 ? undefined : epochMs(lockedAt + lapseHours * HOUR_MS)

/** A lock of this moment or an earlier one has lapsed at `at`. */
export const lapsedThrough = (at: EpochMs, { lapseHours }: LockPolicy): number =>
  lapseHours === 0 ? Number.MIN_SAFE_INTEGER : at - lapseHours * HOUR_MS

/** First day of the window that ends with the day of `at`. */
export const windowBegin = (at: EpochMs, { windowDays }: LockPolicy): JstDay =>
  jstDay(epochMs(startOfJstDay(jstDay(at)) - (windowDays - 1) * DAY_MS))

/**
 * The counter after one more wrong entry. A locked handset is counted on, so that calls which were let
 * in before the lock leave their trace; a lapsed lock is renewed by the first wrong entry after it.
 */
export function afterWrongEntry(before: LockCounter, at: EpochMs, policy: LockPolicy): LockCounter {
  const consecutive = before.consecutive + 1
  const inWindow = before.inWindow + 1
  const counted = { consecutive, inWindow, lastWrongAt: at }
  if (isLocked(before, at, policy)) return { ...counted, lock: before.lock }
  const reason = reasonToLock(consecutive, inWindow, policy)
  return { ...counted, lock: reason ? { at, reason } : undefined }
}

function reasonToLock(
  consecutive: number,
  inWindow: number,
  { consecutiveMax, windowMax }: LockPolicy,
): LockReason | undefined {
  if (consecutive >= consecutiveMax) return 'consecutive'
  return inWindow >= windowMax ? 'window' : undefined
}
