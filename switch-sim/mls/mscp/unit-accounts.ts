import type { ChargeId } from '../../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../../domain/clock.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { type Units, units } from '../../../domain/units.js'
import { Fault } from '../../../platform/fault.js'
import type { Database } from '../../../platform/store.js'

/** The forms of the MSCP's store of units, oldest first; only ever appended to. */
export const UNIT_MIGRATIONS: readonly string[] = [
  `
  -- What was ever added to a subscriber, and what its calls used up; the rest is left.
  CREATE TABLE unit_account (
    msisdn TEXT PRIMARY KEY,
    added  INTEGER NOT NULL CHECK (added >= 0),
    used   INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0 AND used <= added)
  ) STRICT, WITHOUT ROWID;

  -- Every addition, by the charge that bought it: once, ever.
  CREATE TABLE unit_addition (
    sequence  INTEGER PRIMARY KEY,
    charge_id TEXT NOT NULL UNIQUE,
    msisdn    TEXT NOT NULL,
    units     INTEGER NOT NULL CHECK (units > 0),
    added_at  INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER unit_addition_stays_as_written BEFORE UPDATE ON unit_addition
    BEGIN SELECT RAISE(ABORT, 'an addition is never changed'); END;
  CREATE TRIGGER unit_addition_stays BEFORE DELETE ON unit_addition
    BEGIN SELECT RAISE(ABORT, 'an addition is never deleted'); END;
  `,
  `
  -- Charge calls of contracts that may not charge, by quarter-hour (refused-contracts.ts).
  CREATE TABLE refused_contract (
    began_at INTEGER PRIMARY KEY,
    calls    INTEGER NOT NULL CHECK (calls > 0)
  ) STRICT;
  `,
]

/** Units that a charge bought. */
export interface NewUnits {
  readonly chargeId: ChargeId
  readonly msisdn: Msisdn
  readonly units: Units
}

/** Units that were added, with their place: 1, 2, 3 … without gap. */
export interface AddedUnits extends NewUnits {
  readonly sequence: number
  readonly addedAt: EpochMs
}

interface Row {
  readonly sequence: number
  readonly charge_id: string
  readonly msisdn: string
  readonly units: number
  readonly added_at: number
}

/**
 * 度数管理: the units of Pricall subscribers, which the MSCP alone owns (seed 004 Table 4, requirement N-02).
 * Each method that writes is one work of the store's one writer.
 */
export class UnitAccounts {
  readonly #find
  readonly #add
  readonly #credit
  readonly #after
  readonly #left
  readonly #debit

  constructor(store: Database) {
    this.#find = store.prepare<[string], Row>('SELECT * FROM unit_addition WHERE charge_id = ?')
    this.#add = store.prepare<[string, string, number, number], Row>(
      `INSERT INTO unit_addition (charge_id, msisdn, units, added_at) VALUES (?, ?, ?, ?)
       RETURNING *`,
    )
    this.#credit = store.prepare<[string, number]>(
      `INSERT INTO unit_account (msisdn, added) VALUES (?, ?)
       ON CONFLICT (msisdn) DO UPDATE SET added = added + excluded.added`,
    )
    this.#after = store.prepare<[number, number], Row>(
      'SELECT * FROM unit_addition WHERE sequence > ? ORDER BY sequence LIMIT ?',
    )
    this.#left = store
      .prepare<[string], number>('SELECT added - used FROM unit_account WHERE msisdn = ?')
      .pluck()
    this.#debit = store
      .prepare<[string], number>(
        `UPDATE unit_account SET used = used + 1 WHERE msisdn = ? AND used < added
         RETURNING added - used`,
      )
      .pluck()
  }

  /**
   * Adds what a charge bought, once: asked again with the same charge id, the first answer. Throws
   * `UNITS_DIFFER` when it asks for other units, or for another subscriber.
   */
  add({ chargeId, msisdn, units: bought }: NewUnits, at: EpochMs): AddedUnits {
    const before = this.#find.get(chargeId)
    if (before) {
      if (before.msisdn === msisdn && before.units === bought) return addedOf(before)
      throw new Fault('UNITS_DIFFER', `Other units were added under charge id ${chargeId}.`)
    }
    const row = this.#add.get(chargeId, msisdn, bought, at)
    if (!row) throw new TypeError('an addition was not written')
    this.#credit.run(msisdn, bought)
    return addedOf(row)
  }

  /** 残り度数: 0 for a subscriber who never had any. */
  left(msisdn: Msisdn): Units {
    return units(this.#left.get(msisdn) ?? 0)
  }

  /** 通話度数減算: takes one unit; what is left, or `undefined` when there was none to take. */
  debit(msisdn: Msisdn): Units | undefined {
    const left = this.#debit.get(msisdn)
    return left === undefined ? undefined : units(left)
  }

  /** Additions behind a place, in order, at most `max`. */
  additions(after: number, max: number): AddedUnits[] {
    return this.#after.all(after, max).map(addedOf)
  }
}

const addedOf = (row: Row): AddedUnits => ({
  sequence: row.sequence,
  chargeId: row.charge_id as ChargeId,
  msisdn: row.msisdn as Msisdn,
  units: units(row.units),
  addedAt: epochMs(row.added_at),
})
