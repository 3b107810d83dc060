import { type EpochMs, epochMs } from '../../domain/clock.js'

const DAY_MS = 24 * 60 * 60 * 1000

/** When a card is locked because its number goes round among handsets that cannot use it (requirement §5.4). */
export interface CardLockPolicy {
  /** Different handsets that keyed the card while it was of no use to them, from which on it is locked. */
  readonly handsetsMax: number
  /** Within how many days. */
  readonly windowDays: number
}

/** What the last lock or release of a card left. */
export interface CardLock {
  /** Whether the card may not be used; only an operator ends that. */
  readonly locked: boolean
  /** Since when. */
  readonly at: EpochMs
}

/** From when on handsets count that keyed the card: a release begins anew. */
export const probesCountFrom = (
  at: EpochMs,
  last: CardLock | undefined,
  { windowDays }: CardLockPolicy,
): EpochMs => epochMs(Math.max(at - windowDays * DAY_MS, last && !last.locked ? last.at : 0))

/**
 * Whether so many handsets lock a card. One that is locked stays so and is not locked again: what comes
 * after the lock changes nothing but the log.
 */
export const locksCard = (
  handsets: number,
  last: CardLock | undefined,
  { handsetsMax }: CardLockPolicy,
): boolean => !last?.locked && handsets >= handsetsMax
