import type { Yen } from '../../domain/yen.js'
import type { PaymentState } from '../invoice.js'

/** What a person decides of an invoice that is final (P-04). */
export const PAYMENT_MARKS = ['written_off', 'not_billable'] as const
export type PaymentMark = (typeof PAYMENT_MARKS)[number]

/** All that the payment state of an invoice follows from. */
export interface PaymentFacts {
  /** Its month is closed, or its contract settled (§7.15). */
  readonly final: boolean
  /** `false` of a customer whose payment kind is 更新なし. */
  readonly collected: boolean
  /** ご請求額. */
  readonly due: Yen
  /** What collection brought so far. */
  readonly received: Yen
  /** Collection came back with nothing. */
  readonly refused: boolean
  /** A later month was closed since: it went out once more. */
  readonly askedAgain: boolean
  /** What a person decided, as long as it stands. */
  readonly mark: PaymentMark | undefined
}

/**
 * 入金状況 (requirement P-04). Six states follow from what was booked, two are a person's alone:
 *
 *   未請求 ──final──► 請求済み ──paid──► 入金済み
 *                      │   └───another amount──► 入金異常 ──the rest──► 入金済み
 *                      └──refused──► 繰越請求 ──the next month's close──► 請求済み(繰越分) ──► as 請求済み
 *
 *   any of these but 未請求 ──by hand──► 貸し倒れ, 請求対象外 ──by hand──► what it would be without
 */
export function paymentStateOf(facts: PaymentFacts): PaymentState {
  const { final, collected, due, received, refused, askedAgain, mark } = facts
  // «With "更新なし" payment kind the state stays 未請求 after close.»
  if (!final || !collected) return 'unbilled'
  if (mark) return mark
  if (received > 0) return received === due ? 'paid' : 'payment_irregular'
  if (refused) return askedAgain ? 'carried_billed' : 'carried_unbilled'
  return 'billed'
}
