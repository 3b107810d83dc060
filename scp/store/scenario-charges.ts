import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import type { ScenarioCharge } from '../scenarios/scenario.js'
import { msisdnKey, partsOf, scenarioKinds, serialKey, tokenKey } from './keys.js'

/**
 * The charges of added scenarios: appended to, read, never changed. They stand apart from the charge
 * log, since CRS and billing hear nothing of them.
 */
export class ScenarioCharges {
  readonly #append
  readonly #lastAt

  constructor(store: Database) {
    this.#append = store.prepare(
      `INSERT INTO scenario_charge (token, entry, msisdn, charge_kind, serial, face_value, charged_at)
       VALUES (@token, @entry, @msisdn, @kind, @serial, @faceValue, @chargedAt)`,
    )
    this.#lastAt = store
      .prepare<[], number>('SELECT charged_at FROM scenario_charge ORDER BY sequence DESC LIMIT 1')
      .pluck()
  }

  /** Appends a charge; its place. */
  append(charge: ScenarioCharge): number {
    const { token, entry } = partsOf(charge.chargeId)
    const { lastInsertRowid } = this.#append.run({
      token: tokenKey(token),
      entry,
      msisdn: msisdnKey(charge.msisdn),
      kind: scenarioKinds.code(charge.kind),
      serial: serialKey(charge.serial),
      faceValue: charge.faceValue,
      chargedAt: charge.chargedAt,
    })
    return Number(lastInsertRowid)
  }

  /** When the newest was made; `undefined` when there is none. */
  lastAt(): EpochMs | undefined {
    const at = this.#lastAt.get()
    return at === undefined ? undefined : epochMs(at)
  }
}
