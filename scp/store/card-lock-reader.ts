import type { SerialNumber } from '../../domain/card.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { CardLockPolicy } from '../rules/card-lock.js'
import type { Finding } from '../rules/charge-decision.js'
import { CardLocks, PROBES_OF_CARD } from './card-locks.js'
import { findings } from './entries.js'
import { msisdnOf, serialKey, serialOf } from './keys.js'

/** A card that many handsets probed. */
export interface LockedCard {
  readonly serial: SerialNumber
  readonly lockedAt: EpochMs
  readonly handsets: number
}

/** A handset that keyed a card which was of no use to it. */
export interface Probe {
  readonly at: EpochMs
  readonly msisdn: Msisdn
  readonly outcome: Finding
}

/** A lock of a card, or its release by a person; `handsets` counted then. */
export interface CardLockEvent {
  readonly at: EpochMs
  readonly handsets: number
  readonly person: string | null
  readonly reason: string | null
}

/** What is held against one card, by whom, and what became of it before. */
export interface CardLockHistory {
  readonly serial: SerialNumber
  readonly locked: boolean
  /** How many handsets count against it now. */
  readonly handsets: number
  /** Oldest first, the last hundred. */
  readonly probes: readonly Probe[]
  /** Oldest first, the last hundred. */
  readonly events: readonly CardLockEvent[]
}

/** Most locked cards that are told at once. */
const LOCKED_MAX = 1_000

/** A lock that no later row of its card takes back. */
export const STANDING_CARD_LOCK = `person IS NULL AND NOT EXISTS (
  SELECT 1 FROM card_lock_event AS later
  WHERE later.serial = held.serial AND later.sequence > held.sequence)`

/** Reads the locks of cards for the office (requirements S-11, §5.4). */
export class CardLockReader {
  readonly #locks: CardLocks
  readonly #locked
  readonly #probes
  readonly #events

  constructor(store: Database, policy: CardLockPolicy) {
    this.#locks = new CardLocks(store, policy)
    this.#locked = store.prepare<[number], { serial: number; at: number; handsets: number }>(
      `SELECT serial, at, handsets FROM card_lock_event AS held WHERE ${STANDING_CARD_LOCK}
       ORDER BY sequence DESC LIMIT ?`,
    )
    this.#probes = store.prepare<[number], { at: number; msisdn: number; finding: number }>(
      `SELECT answered_at AS at, msisdn, finding FROM ${PROBES_OF_CARD}
       ORDER BY answered_at DESC LIMIT 100`,
    )
    this.#events = store.prepare<[number], CardLockEvent & { at: number }>(
      `SELECT at, handsets, person, reason FROM card_lock_event
       WHERE serial = ? ORDER BY sequence DESC LIMIT 100`,
    )
  }

  /** The cards that are locked, the latest first; a thousand at most. */
  locked(): LockedCard[] {
    return this.#locked.all(LOCKED_MAX).map(({ serial, at, handsets }) => ({
      ...{ serial: serialOf(serial), lockedAt: epochMs(at), handsets },
    }))
  }

  /** One card, also one that was never locked, or that there is not. */
  history(serial: SerialNumber, at: EpochMs): CardLockHistory {
    const key = serialKey(serial)
    const probes = this.#probes.all(key).map(row => ({
      ...{ at: epochMs(row.at), msisdn: msisdnOf(row.msisdn) },
      outcome: findings.word(row.finding),
    }))
    return {
      serial,
      locked: this.#locks.last(key)?.locked ?? false,
      handsets: this.#locks.handsets(key, at),
      probes: probes.reverse(),
      events: this.#events.all(key).reverse(),
    }
  }
}
