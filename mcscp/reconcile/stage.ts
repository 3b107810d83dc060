import type { SerialNumber } from '../../domain/card.js'
import type { ChargeId } from '../../domain/charge-id.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Yen } from '../../domain/yen.js'

/**
 * The places in which a charge must be found (architecture, point 5), in the order in which they are told:
 * the road to billing, which Pricall's charges leave before `hourly_files` (requirements S-05, N-01), then
 * Pricall's own, on which a card becomes units.
 */
export const STAGES = [
  'cards_used',
  'charge_records',
  'quarter_hour_files',
  'hourly_files',
  'ledger_and_errors',
  'units_owed',
  'units_added',
] as const

export type StageName = (typeof STAGES)[number]

/** Which stage each is held against, and the one charge kind that goes from there to it, unless both do. */
export const ROAD: Readonly<Partial<Record<StageName, { from: StageName; only?: ChargeKind }>>> = {
  charge_records: { from: 'cards_used' },
  quarter_hour_files: { from: 'charge_records' },
  hourly_files: { from: 'quarter_hour_files', only: 'mobilers' },
  ledger_and_errors: { from: 'hourly_files', only: 'mobilers' },
  units_owed: { from: 'charge_records', only: 'pricall' },
  units_added: { from: 'units_owed', only: 'pricall' },
}

/** Something to tell a person, in Japanese and in English. */
export interface Words {
  readonly ja: string
  readonly en: string
}

/** A charge as one stage has it. A card is charged at most once, so its serial number names the charge. */
export interface StageCharge {
  readonly serial: SerialNumber
  /** `undefined` where a stage does not know it. */
  readonly chargeId: ChargeId | undefined
  readonly kind: ChargeKind | undefined
  readonly msisdn: Msisdn
  readonly faceValue: Yen
  readonly chargedAt: EpochMs
  /** Where in the stage it stands: a file and line, or a row. */
  readonly where: string
}

/** A day of one stage. */
export interface Stage {
  readonly name: StageName
  readonly charges: readonly StageCharge[]
  /** Files that were read for it, day closes among them; absent for a store. */
  readonly files?: number
  /** What is wrong with the stage itself, so that its charges are not all known: a file that is missing. */
  readonly problems: readonly Words[]
  /** How its day close differs from its charges; told when no charge explains it. */
  readonly closeDiffers?: Words | undefined
}

/**
 * The first difference between a stage and the next: the earliest charge that is missing, doubled, changed
 * or too much. `undefined` when both hold the same, to the yen and count.
 */
export function differenceBetween(one: Stage, next: Stage): Words | undefined {
  const [expected, found] = [bySerial(one), bySerial(next)]
  const serials = new Set([...expected.keys(), ...found.keys()])
  const differences = [...serials].flatMap(serial => {
    const [before, after] = [expected.get(serial) ?? [], found.get(serial) ?? []]
    const words = differenceOf(before, after, one.name, next.name)
    const at = before[0]?.chargedAt ?? after[0]?.chargedAt ?? 0
    return words ? [{ at, words }] : []
  })
  return differences.sort((a, b) => a.at - b.at)[0]?.words
}

function bySerial({ charges }: Stage): ReadonlyMap<SerialNumber, readonly StageCharge[]> {
  const map = new Map<SerialNumber, StageCharge[]>()
  for (const charge of charges) {
    const known = map.get(charge.serial)
    if (known) known.push(charge)
    else map.set(charge.serial, [charge])
  }
  return map
}

function differenceOf(
  before: readonly StageCharge[],
  after: readonly StageCharge[],
  one: StageName,
  next: StageName,
): Words | undefined {
  const [expected, found] = [before[0], after[0]]
  if (!expected) return found && tooMuch(found, one, next)
  if (!found) return missing(expected, next)
  if (after.length > 1) return doubled(after, next)
  const changed = COMPARED.find(
    field =>
      expected[field] !== undefined &&
      found[field] !== undefined &&
      expected[field] !== found[field],
  )
  return changed && differs(expected, found, changed)
}

/** What two stages must agree on, where both know it. */
const COMPARED = ['chargeId', 'msisdn', 'kind', 'faceValue', 'chargedAt'] as const

export const STAGE_NAMES: Readonly<Record<StageName, Words>> = {
  cards_used: { ja: '使用済みカード', en: 'cards used' },
  charge_records: { ja: 'チャージデータ', en: 'charge records' },
  quarter_hour_files: { ja: '15分ファイル', en: 'quarter-hour files' },
  hourly_files: { ja: '1時間ファイル', en: 'hourly files' },
  ledger_and_errors: { ja: '元帳とエラー管理', en: 'ledger and error bin' },
  units_owed: { ja: '度数アウトボックス', en: 'outbox of units' },
  units_added: { ja: '加算された度数', en: 'units added' },
}

const chargeText = ({ serial, faceValue, chargedAt }: StageCharge): string =>
  `${serial} (${faceValue.toLocaleString('en')} yen, ${jstText(chargedAt).slice(0, 23)})`

function missing(charge: StageCharge, stage: StageName): Words {
  const { ja, en } = STAGE_NAMES[stage]
  return {
    ja: `${chargeText(charge)} が「${ja}」にありません。前段: ${charge.where}`,
    en: `${chargeText(charge)} is not in the ${en}. The stage before has it in ${charge.where}.`,
  }
}

function tooMuch(charge: StageCharge, before: StageName, stage: StageName): Words {
  const [one, other] = [STAGE_NAMES[before], STAGE_NAMES[stage]]
  return {
    ja: `${chargeText(charge)} が「${other.ja}」にあり「${one.ja}」にありません: ${charge.where}`,
    en: `${chargeText(charge)} is in the ${other.en}, and not in the ${one.en}: ${charge.where}.`,
  }
}

function doubled(charges: readonly StageCharge[], stage: StageName): Words {
  const { ja, en } = STAGE_NAMES[stage]
  const places = charges.map(({ where }) => where).join(', ')
  const text = charges[0] ? chargeText(charges[0]) : ''
  return {
    ja: `${text} が「${ja}」に${charges.length}件あります: ${places}`,
    en: `${text} is ${charges.length} times in the ${en}: ${places}.`,
  }
}

function differs(one: StageCharge, other: StageCharge, field: (typeof COMPARED)[number]): Words {
  const { ja, en } = FIELDS[field]
  const values = [one, other].map(charge => `${valueText(charge, field)} (${charge.where})`)
  return {
    ja: `${one.serial} の${ja}が違います: ${values.join(' と ')}`,
    en: `${one.serial} differs in its ${en}: ${values.join(' and ')}.`,
  }
}

const valueText = (charge: StageCharge, field: (typeof COMPARED)[number]): string =>
  field === 'chargedAt' ? jstText(charge.chargedAt) : `${charge[field]}`

const FIELDS: Readonly<Record<(typeof COMPARED)[number], Words>> = {
  chargeId: { ja: 'チャージID', en: 'charge id' },
  msisdn: { ja: '電話番号', en: 'subscriber number' },
  kind: { ja: 'チャージ種別', en: 'charge kind' },
  faceValue: { ja: '金額', en: 'face value' },
  chargedAt: { ja: 'チャージ日時', en: 'charge time' },
}
