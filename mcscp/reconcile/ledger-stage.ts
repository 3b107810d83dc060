import { parseSerialNumber } from '../../domain/card.js'
import { parseChargeId } from '../../domain/charge-id.js'
import { isChargeKind } from '../../domain/charge-kind.js'
import { epochMs } from '../../domain/clock.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { Stage, StageCharge, Words } from './stage.js'

interface Row {
  readonly charge_no: number
  readonly charge_key: Buffer
  readonly msisdn: string
  readonly serial: string
  readonly charge_kind: string
  readonly face_value: number
  readonly charged_at: number
  /** What the ledger credits for it; null when it does not. */
  readonly booked: number | null
  /** 1: it stands in the error bin. */
  readonly held: number
}

/**
 * What billing holds of a day, each charge in the ledger or in the error bin and never in both. Read beside
 * billing, which may run.
 */
export function ledgerStage(store: Database, day: JstDay): Stage {
  const rows = store
    .prepare<[number, number], Row>(
      `SELECT charge.charge_no, charge_key, msisdn, serial, charge_kind, face_value, charged_at,
         ledger_entry.amount AS booked,
         held_charge.charge_no IS NOT NULL AND held_charge.settled_at IS NULL AS held
       FROM charge
       LEFT JOIN ledger_entry
         ON ledger_entry.charge_no = charge.charge_no AND ledger_entry.kind = 'charge'
       LEFT JOIN held_charge ON held_charge.charge_no = charge.charge_no
       WHERE charged_at >= ? AND charged_at < ? ORDER BY charged_at, charge.charge_no`,
    )
    .all(startOfJstDay(day), startOfJstDay(nextJstDay(day)))
  const placed = rows.filter(row => row.held === 1 || row.booked !== null)
  const problems = [...rows.flatMap(misplaced), ...dayDifference(store, day)]
  return { name: 'ledger_and_errors', charges: placed.flatMap(chargeOf), problems }
}

/** A charge must be in one of the two, with its whole amount. */
function misplaced({ serial, face_value: amount, booked, held }: Row): Words[] {
  if (held === 1 && booked !== null) {
    return [
      {
        ja: `${serial} が元帳とエラー管理の両方にあります。`,
        en: `${serial} is in the ledger and in the error bin.`,
      },
    ]
  }
  if (booked !== null && booked !== amount) {
    return [
      {
        ja: `${serial} は ${amount} 円ですが、元帳では ${booked} 円です。`,
        en: `${serial} is worth ${amount} yen, and the ledger credits ${booked}.`,
      },
    ]
  }
  return []
}

/** What billing itself found when the day close came (requirement C-06). */
function dayDifference(store: Database, day: JstDay): Words[] {
  const difference = store
    .prepare<[string], string | null>('SELECT difference FROM day WHERE day = ?')
    .pluck()
    .get(day)
  if (!difference) return []
  return [
    {
      ja: `料金システムは ${day} を確定していません: ${difference}`,
      en: `Billing did not confirm ${day}: ${difference}.`,
    },
  ]
}

function chargeOf(row: Row): StageCharge[] {
  const token = row.charge_key.subarray(0, 16).toString('hex')
  const serial = parseSerialNumber(row.serial)
  const msisdn = parseMsisdn(row.msisdn)
  if (!serial || !msisdn) throw new TypeError(`charge ${row.charge_no} of billing is no charge`)
  return [
    {
      serial,
      msisdn,
      chargeId: parseChargeId(`${token}-${row.charge_key[16]}`),
      kind: isChargeKind(row.charge_kind) ? row.charge_kind : undefined,
      faceValue: yen(row.face_value),
      chargedAt: epochMs(row.charged_at),
      where:
        row.held === 1 ? `error bin, charge ${row.charge_no}` : `ledger, charge ${row.charge_no}`,
    },
  ]
}
