import type { SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { CardLockPolicy } from '../rules/card-lock.js'
import { type BrakePolicy, mustWait } from '../rules/guess-brake.js'
import type { LockPolicy } from '../rules/lock-policy.js'
import { CardLocks, NO_CARD } from './card-locks.js'
import { GuessBrake } from './guess-brake.js'
import { serialKey } from './keys.js'
import { Locks } from './locks.js'

/** When each layer holds who guesses, from settings. */
export interface LockLayersPolicy {
  readonly lock: LockPolicy
  readonly cardLock: CardLockPolicy
  readonly brake: BrakePolicy
}

/**
 * The locks in layers (requirement §5.4): the handset that keys wrong numbers again and again, the card
 * whose number goes round among handsets, and the whole service when wrong numbers come faster than is
 * usual. All of it is read and written in the work that answers an entry, by the same statements whatever
 * makes a number wrong, so that neither words nor time tell a guesser which it was (fault test XP4).
 */
export class LockLayers {
  readonly handsets: Locks
  readonly cards: CardLocks
  readonly brake: GuessBrake
  readonly #policy: BrakePolicy

  constructor(store: Database, { lock, cardLock, brake }: LockLayersPolicy) {
    this.handsets = new Locks(store, lock)
    this.cards = new CardLocks(store, cardLock)
    this.brake = new GuessBrake(store, brake)
    this.#policy = brake
  }

  /** What keeps a handset from charging at a moment. */
  ofHandset(msisdn: Msisdn, at: EpochMs): { readonly locked: boolean; readonly mustWait: boolean } {
    const counter = this.handsets.counter(msisdn, at)
    return {
      locked: this.handsets.holds(counter, at),
      mustWait: mustWait(this.brake.last(), counter.lastWrongAt, at, this.#policy),
    }
  }

  /** Whether a card is locked; asked of a number that no card has, too. */
  isCardLocked(serial: SerialNumber | undefined): boolean {
    return this.cards.last(keyOf(serial))?.locked ?? false
  }

  /** Counts a wrong number in every layer, and tells what it locked. */
  countWrong(
    msisdn: Msisdn,
    serial: SerialNumber | undefined,
    at: EpochMs,
  ): { readonly handset: boolean; readonly card: boolean } {
    this.brake.countWrong(at)
    const card = this.cards.countProbe(keyOf(serial), msisdn, at)
    return { handset: this.handsets.countWrong(msisdn, at), card }
  }
}

const keyOf = (serial: SerialNumber | undefined): number => (serial ? serialKey(serial) : NO_CARD)
