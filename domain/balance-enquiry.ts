import type { JstDay, JstMonth } from './jst.js'
import type { Yen } from './yen.js'

/**
 * What ARIS tells a subscriber of the money that billing holds (requirements … A-05, §7.10).
 * All figures are as they may be asked for on that day: charges from the day after next, an invoice's
 * figures from the 15th. docs/formats/balance-enquiry.md has the wire.
 */
export interface BalanceEnquiry {
  /**
   * Last day whose charges are in the figures: the day before yesterday, or an earlier one when billing
   * has not confirmed that yet. What was registered after it, the MCSCP alone knows.
   */
  readonly asOf: JstDay
  /** 適用予定額: what will be offered to the next invoice. The rest of the balance is for later ones. */
  readonly nextApplicationYen: Yen
  /** All that is left, the next application included. */
  readonly balanceYen: Yen
  /** 適用有効期間: last day on which the balance is valid; `null` when there is none. */
  readonly validUntil: JstDay | null
  /** The newest invoice whose figures are fixed and told; `null` before the first. */
  readonly lastInvoice: TellableInvoice | null
}

/** How one invoice used the money. */
export interface TellableInvoice {
  /** Month of use that it bills; it was issued in the month after (requirement S-22). */
  readonly month: JstMonth
  /** モバイラーズチェック適用額. */
  readonly appliedYen: Yen
  /** 翌月への繰越額. */
  readonly carriedOutYen: Yen
}
