import type { SerialNumber } from './card.js'
import type { ChargeId } from './charge-id.js'
import type { ChargeKind } from './charge-kind.js'
import type { EpochMs } from './clock.js'
import type { Msisdn } from './msisdn.js'
import type { Yen } from './yen.js'

/**
 * チャージデータ: one card registered against one number, the money of the system. Written in the same
 * transaction that burns the card, and handed on to CRS (seed 004 §3.2(3) ⑳, §4.2).
 */
export interface ChargeRecord {
  readonly chargeId: ChargeId
  readonly msisdn: Msisdn
  readonly kind: ChargeKind
  readonly serial: SerialNumber
  readonly faceValue: Yen
  /** Stamped by the writer inside the transaction; decides month, quarter-hour and day. */
  readonly chargedAt: EpochMs
}
