import { parseChargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import {
  chargeIdOf,
  chargeKinds,
  msisdnOf,
  partsOf,
  serialOf,
  tokenKey,
} from '../../scp/store/keys.js'
import type { Stage, StageCharge, Words } from './stage.js'

/** A charge record of Pricall with what the outbox owes for it; `units` null: nothing. */
interface OwedRow {
  readonly sequence: number
  readonly token: Buffer
  readonly entry: number
  readonly msisdn: number
  readonly serial: number
  readonly charged_at: number
  readonly units: number | null
  readonly acknowledged: number | null
}

interface AdditionRow {
  readonly sequence: number
  readonly charge_id: string
  readonly msisdn: string
  readonly units: number
}

/**
 * Pricall's side of the road (architecture, point 5): yen of cards used = units added × the price of a unit,
 * by an outbox in scp's store and the additions in the MSCP's. Read beside both, which may run.
 */
export class UnitBooks {
  readonly #scp: Database
  /** `undefined` where the switch never ran. */
  readonly #mscp: Database | undefined
  readonly #unit: Yen

  /** `unit`: what one unit cost on the days that are looked at. */
  constructor(scp: Database, mscp: Database | undefined, unit: Yen) {
    this.#scp = scp
    this.#mscp = mscp
    this.#unit = unit
  }

  /** What scp owes the MSCP, or has handed over, for the Pricall charges of a day. */
  owed(day: JstDay): Stage {
    const charges = this.#owed(day).flatMap((row): StageCharge[] => {
      if (row.units === null) return []
      const how = row.acknowledged === 1 ? 'acknowledged' : 'waiting'
      return [this.#chargeOf(row, row.units, `unit outbox ${row.sequence}, ${how}`)]
    })
    return { name: 'units_owed', charges, problems: [] }
  }

  /**
   * What the MSCP added for the Pricall charges of a day, whenever it did. What it added that day for no
   * charge of scp's at all is a fault, and so is an account that is not the sum of its additions.
   */
  added(day: JstDay): Stage {
    const owed = this.#owed(day)
    if (!this.#mscp) {
      return { name: 'units_added', charges: [], problems: owed.length > 0 ? [NO_SWITCH] : [] }
    }
    const find = this.#mscp.prepare<[string], AdditionRow>(
      'SELECT sequence, charge_id, msisdn, units FROM unit_addition WHERE charge_id = ?',
    )
    const charges = owed.flatMap((row): StageCharge[] => {
      const addition = find.get(chargeIdOf(row.token, row.entry))
      if (!addition) return []
      const msisdn = parseMsisdn(addition.msisdn)
      if (!msisdn) throw new TypeError(`addition ${addition.sequence} of the MSCP is none`)
      const where = `unit addition ${addition.sequence}`
      return [{ ...this.#chargeOf(row, addition.units, where), msisdn }]
    })
    const problems = [...this.#unasked(this.#mscp, day), ...accountDiffers(this.#mscp)]
    return { name: 'units_added', charges, problems }
  }

  #owed(day: JstDay): OwedRow[] {
    return this.#scp
      .prepare<[number, number, number], OwedRow>(
        `SELECT sequence, token, entry, msisdn, serial, charged_at, units, acknowledged
         FROM charge_record LEFT JOIN unit_outbox USING (sequence)
         WHERE charge_kind = ? AND charged_at >= ? AND charged_at < ? ORDER BY sequence`,
      )
      .all(chargeKinds.code('pricall'), startOfJstDay(day), startOfJstDay(nextJstDay(day)))
  }

  #chargeOf(row: OwedRow, units: number, where: string): StageCharge {
    return {
      serial: serialOf(row.serial),
      chargeId: chargeIdOf(row.token, row.entry),
      kind: 'pricall',
      msisdn: msisdnOf(row.msisdn),
      faceValue: yen(units * this.#unit),
      chargedAt: epochMs(row.charged_at),
      where: `${where} (${units} units)`,
    }
  }

  /** Additions of a day under charge ids of which scp has no Pricall charge. */
  #unasked(mscp: Database, day: JstDay): Words[] {
    const known = this.#scp
      .prepare<[Buffer, number, number], number>(
        'SELECT 1 FROM charge_record WHERE token = ? AND entry = ? AND charge_kind = ?',
      )
      .pluck()
    const isKnown = ({ charge_id: id }: AdditionRow): boolean => {
      const parsed = parseChargeId(id)
      if (!parsed) return false
      const { token, entry } = partsOf(parsed)
      return known.get(tokenKey(token), entry, chargeKinds.code('pricall')) !== undefined
    }
    const unasked = mscp
      .prepare<[number, number], AdditionRow>(
        `SELECT sequence, charge_id, msisdn, units FROM unit_addition
         WHERE added_at >= ? AND added_at < ? ORDER BY sequence`,
      )
      .all(startOfJstDay(day), startOfJstDay(nextJstDay(day)))
      .find(row => !isKnown(row))
    return unasked ? [addedForNothing(unasked)] : []
  }
}

const NO_SWITCH: Words = {
  ja: 'MSCPの度数がありません。交換機はまだ動いたことがありません。',
  en: 'The MSCP has no units: the switch has never run here.',
}

const addedForNothing = ({ sequence, charge_id: id, msisdn, units }: AdditionRow): Words => ({
  ja: `度数加算 ${sequence} (${msisdn}、${units} 度) のチャージID ${id} は、プリコールのチャージデータにありません。`,
  en: `Unit addition ${sequence} (${msisdn}, ${units} units) has the charge id ${id}, which no Pricall charge record has.`,
})

/** The first account whose units are not those of its additions. */
function accountDiffers(mscp: Database): Words[] {
  const row = mscp
    .prepare<[], { msisdn: string; account: number; additions: number }>(
      `SELECT msisdn, max(account) AS account, max(additions) AS additions FROM (
         SELECT msisdn, added AS account, 0 AS additions FROM unit_account
         UNION ALL SELECT msisdn, 0, sum(units) FROM unit_addition GROUP BY msisdn
       ) GROUP BY msisdn HAVING max(account) <> max(additions) ORDER BY msisdn LIMIT 1`,
    )
    .get()
  if (!row) return []
  const { msisdn, account, additions } = row
  return [
    {
      ja: `${msisdn} の度数口座の加算は ${account} 度ですが、加算記録の合計は ${additions} 度です。`,
      en: `The account of ${msisdn} says that ${account} units were added, its additions ${additions}.`,
    },
  ]
}
