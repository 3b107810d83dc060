import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import {
  type CardLock,
  type CardLockPolicy,
  locksCard,
  probesCountFrom,
} from '../rules/card-lock.js'
import { WRONG_FINDINGS } from '../rules/charge-decision.js'
import { CHARGED_NOTHING, findings } from './entries.js'
import { msisdnKey } from './keys.js'

/** The key of no card: what is asked of a card is asked of an unknown number too (fault test XP4). */
export const NO_CARD = -1

const WRONG = WRONG_FINDINGS.map(finding => findings.code(finding)).join(', ')

/** The entries of a card that was of no use to whoever keyed it, in SQL: a serial number is given. */
export const PROBES_OF_CARD = `entry INDEXED BY entry_by_serial JOIN call_session USING (token)
  WHERE serial = ? AND ${CHARGED_NOTHING} AND finding IN (${WRONG})`

/** The locks of cards that many handsets probed (requirement §5.4). Who probed them the entries tell. */
export class CardLocks {
  readonly #policy: CardLockPolicy
  readonly #last
  readonly #others
  readonly #note

  constructor(store: Database, policy: CardLockPolicy) {
    this.#policy = policy
    this.#last = store.prepare<[number], { at: number; person: string | null }>(
      'SELECT at, person FROM card_lock_event WHERE serial = ? ORDER BY sequence DESC LIMIT 1',
    )
    this.#others = store
      .prepare<[number, number, number], number>(
        `SELECT count(DISTINCT msisdn) FROM ${PROBES_OF_CARD} AND answered_at > ? AND msisdn <> ?`,
      )
      .pluck()
    this.#note = store.prepare<[number, number, number, string | null, string | null]>(
      'INSERT INTO card_lock_event (serial, at, handsets, person, reason) VALUES (?, ?, ?, ?, ?)',
    )
  }

  /** How a card's last lock or release left it; `undefined` where there was none. */
  last(serial: number): CardLock | undefined {
    const row = this.#last.get(serial)
    return row && { locked: row.person === null, at: epochMs(row.at) }
  }

  /** How many handsets count against a card. */
  handsets(serial: number, at: EpochMs): number {
    return this.#besides(NOBODY, serial, probesCountFrom(at, this.last(serial), this.#policy))
  }

  /**
   * Counts a handset that keyed a card which is of no use to it. `true` when it is the one that locks the
   * card. Its entry is recorded in the same work, and after this.
   */
  countProbe(serial: number, msisdn: Msisdn, at: EpochMs): boolean {
    const last = this.last(serial)
    // Of a locked card nothing is counted any more, so that no number of probes makes this slow.
    const from = last?.locked ? at : probesCountFrom(at, last, this.#policy)
    const handsets = this.#besides(msisdnKey(msisdn), serial, from) + 1
    if (serial === NO_CARD || !locksCard(handsets, last, this.#policy)) return false
    this.#note.run(serial, at, handsets, null, null)
    return true
  }

  /** Lets a card be used again; handsets are counted anew from here on. Tells how many had counted. */
  release(serial: number, at: EpochMs, by: { person: string; reason: string }): number {
    const handsets = this.handsets(serial, at)
    this.#note.run(serial, at, handsets, by.person, by.reason)
    return handsets
  }

  #besides(msisdn: number, serial: number, from: EpochMs): number {
    return this.#others.get(serial, from, msisdn) ?? 0
  }
}

/** The key of no handset. */
const NOBODY = 0
