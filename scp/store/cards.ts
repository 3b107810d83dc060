import type { SerialNumber } from '../../domain/card.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { Card } from '../rules/card-life.js'
import type { PinChain } from '../rules/pin-chain.js'
import { CHAIN_OF_CARD } from './chain-reader.js'
import { batchStates, cardStates, msisdnKey, msisdnOf, serialKey, serialOf } from './keys.js'
import { CARD_IS_SOUND, rowDamaged } from './soundness.js'

/** A PIN as keyed, digested with the keys of one chain. */
export interface KeyedDigest {
  readonly chain: PinChain
  /** 32 bytes. */
  readonly digest: Uint8Array
}

interface Row {
  readonly serial: number
  readonly face_value: number
  readonly range_state: number
  readonly batch_state: number
  readonly expires_at: number | null
  readonly used_by: number | null
  readonly used_at: number | null
  /** 1: it is as it was written. */
  readonly sound: number
}

/** The range that tells where a card stands: the last that begins at its serial number or before. */
const RANGE_OF_CARD = `(SELECT max(r.first_serial) FROM card_range AS r
  WHERE r.first_serial <= card.serial)`

/** The cards, looked up by digest and burned once. */
export class Cards {
  readonly #find
  readonly #burn

  constructor(store: Database) {
    this.#find = store.prepare<KeyedDigest, Row>(
      `SELECT card.serial, batch.face_value, card_range.state AS range_state,
         batch.state AS batch_state, card_range.expires_at, card.used_by, card.used_at,
         ${CARD_IS_SOUND} AS sound
       FROM card JOIN batch USING (batch) JOIN card_range ON card_range.first_serial = ${RANGE_OF_CARD}
       WHERE card.pin_digest = @digest AND ${CHAIN_OF_CARD} = @chain`,
    )
    this.#burn = store.prepare(
      `UPDATE card SET state = @used, used_by = @msisdn, used_at = @at
       WHERE serial = @serial AND used_by IS NULL
         AND (SELECT state = @active AND (expires_at IS NULL OR expires_at > @at)
              FROM card_range WHERE first_serial = ${RANGE_OF_CARD})
         AND (SELECT state FROM batch WHERE batch.batch = card.batch) = @batch_active
         AND coalesce((SELECT person IS NOT NULL FROM card_lock_event AS lock
              WHERE lock.serial = card.serial ORDER BY sequence DESC LIMIT 1), 1)`,
    )
  }

  /** The card whose digest under its own chain is among the given ones. Throws `STORE_DAMAGED`. */
  find(digests: readonly KeyedDigest[]): Card | undefined {
    // Every chain is tried, also after a hit, so that the look-up takes as long for any PIN.
    const rows = digests.map(one => this.#find.get(one))
    const row = rows.find(one => one !== undefined)
    if (row && row.sound !== 1) throw rowDamaged(`the card ${serialOf(row.serial)}`)
    return row && cardOf(row)
  }

  /** Uses a card up; `false` when it cannot be used, which leaves it as it is (requirements §5.4). */
  burn(serial: SerialNumber, by: Msisdn, at: EpochMs): boolean {
    const burned = this.#burn.run({
      serial: serialKey(serial),
      msisdn: msisdnKey(by),
      at,
      used: cardStates.code('used'),
      active: cardStates.code('active'),
      batch_active: batchStates.code('active'),
    })
    return burned.changes === 1
  }
}

function cardOf(row: Row): Card {
  return {
    serial: serialOf(row.serial),
    faceValue: yen(row.face_value),
    state: row.used_by === null ? cardStates.word(row.range_state) : 'used',
    batchState: batchStates.word(row.batch_state),
    expiresAt: row.expires_at === null ? undefined : epochMs(row.expires_at),
    use:
      row.used_by === null || row.used_at === null
        ? undefined
        : { by: msisdnOf(row.used_by), at: epochMs(row.used_at) },
  }
}
