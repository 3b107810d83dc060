import type { ChargeId } from '../../domain/charge-id.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Units, units } from '../../domain/units.js'
import type { Database } from '../../platform/store.js'
import { chargeIdOf, msisdnOf } from '../store/keys.js'

/** Units that a charge became, until the MSCP has acknowledged them. */
export interface WaitingUnits {
  /** Place of the charge in this node's charge log. */
  readonly sequence: number
  readonly chargeId: ChargeId
  readonly msisdn: Msisdn
  readonly units: Units
}

interface Row {
  readonly sequence: number
  readonly token: Buffer
  readonly entry: number
  readonly msisdn: number
  readonly units: number
}

/**
 * The outbox of units: a row is written with its charge, in one transaction, and settled once the MSCP has
 * the units on disk (architecture, point 5). No row is ever deleted or changed otherwise.
 */
export class UnitOutbox {
  readonly #put
  readonly #waiting
  readonly #settle

  constructor(store: Database) {
    this.#put = store.prepare<[number, number]>(
      'INSERT INTO unit_outbox (sequence, units) VALUES (?, ?)',
    )
    this.#waiting = store.prepare<[number, number], Row>(
      `SELECT sequence, token, entry, msisdn, units FROM unit_outbox JOIN charge_record USING (sequence)
       WHERE acknowledged = 0 AND sequence > ? ORDER BY sequence LIMIT ?`,
    )
    this.#settle = store.prepare<[number]>(
      'UPDATE unit_outbox SET acknowledged = 1 WHERE sequence = ?',
    )
  }

  /** Puts the units of a charge record that was just written in. */
  put(sequence: number, bought: Units): void {
    this.#put.run(sequence, bought)
  }

  /** What waits behind a place of the log, oldest first, at most `max`. */
  waiting(after: number, max: number): WaitingUnits[] {
    return this.#waiting.all(after, max).map(row => ({
      sequence: row.sequence,
      chargeId: chargeIdOf(row.token, row.entry),
      msisdn: msisdnOf(row.msisdn),
      units: units(row.units),
    }))
  }

  /** The MSCP has them. Safe to repeat. */
  settle(sequence: number): void {
    this.#settle.run(sequence)
  }
}
