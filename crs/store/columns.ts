import type { CallSessionToken } from '../../domain/call-session.js'
import type { SerialNumber } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { CHARGE_KINDS, type ChargeKind } from '../../domain/charge-kind.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'

/** A charge record as the store's columns have it. */
export interface RecordColumns {
  readonly token: Buffer
  readonly entry: number
  readonly msisdn: number
  readonly charge_kind: number
  readonly serial: string
  readonly face_value: number
  readonly charged_at: number
}

/** Charge kinds as the store holds them. A code once given is never given to another kind. */
const KIND_CODE: Readonly<Record<ChargeKind, number>> = { mobilers: 1, pricall: 2 }

export const kindCode = (kind: ChargeKind): number => KIND_CODE[kind]

export function kindOf(code: number): ChargeKind {
  const kind = CHARGE_KINDS.find(one => KIND_CODE[one] === code)
  if (!kind) throw new RangeError(`the store holds an unknown charge kind: ${code}`)
  return kind
}

export function recordColumns(record: ChargeRecord): RecordColumns {
  const [token = '', entry = ''] = record.chargeId.split('-')
  return {
    token: Buffer.from(token, 'hex'),
    entry: Number(entry),
    msisdn: Number(record.msisdn),
    charge_kind: kindCode(record.kind),
    serial: record.serial,
    face_value: record.faceValue,
    charged_at: record.chargedAt,
  }
}

export const recordOf = (columns: RecordColumns): ChargeRecord => ({
  chargeId: chargeId(columns.token.toString('hex') as CallSessionToken, columns.entry),
  msisdn: `0${columns.msisdn}` as Msisdn,
  kind: kindOf(columns.charge_kind),
  serial: columns.serial as SerialNumber,
  faceValue: yen(columns.face_value),
  chargedAt: epochMs(columns.charged_at),
})
