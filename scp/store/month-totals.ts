import type { ScenarioKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import { jstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { monthKey, msisdnKey, scenarioKinds } from './keys.js'

interface Row {
  readonly registered: number
}

/** What each number registered in each month of Japan, by charge kind (requirement §7.4). */
export class MonthTotals {
  readonly #cap: Yen
  readonly #find
  readonly #add

  constructor(store: Database, cap: Yen) {
    this.#cap = cap
    this.#find = store.prepare<[number, number, number], Row>(
      'SELECT registered FROM month_total WHERE msisdn = ? AND month = ? AND charge_kind = ?',
    )
    this.#add = store.prepare(
      `INSERT INTO month_total (msisdn, month, charge_kind, registered)
       SELECT @msisdn, @month, @kind, @amount WHERE @amount <= @cap
       ON CONFLICT (msisdn, month, charge_kind) DO UPDATE
         SET registered = registered + excluded.registered
         WHERE registered + excluded.registered <= @cap
       RETURNING registered`,
    )
  }

  /** Registered so far in the month of `at`. */
  registered(msisdn: Msisdn, kind: ScenarioKind, at: EpochMs): Yen {
    const month = monthKey(jstMonth(at))
    return yen(this.#find.get(msisdnKey(msisdn), month, scenarioKinds.code(kind))?.registered ?? 0)
  }

  /** Adds a card to its month; the new total, or `undefined` when it would cross the cap. */
  add(msisdn: Msisdn, kind: ScenarioKind, at: EpochMs, amount: Yen): Yen | undefined {
    const row = this.#add.get({
      msisdn: msisdnKey(msisdn),
      month: monthKey(jstMonth(at)),
      kind: scenarioKinds.code(kind),
      amount,
      cap: this.#cap,
    }) as Row | undefined
    return row && yen(row.registered)
  }
}
