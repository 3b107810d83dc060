import type { CustomerKind, PaymentKind } from './invoice.js'

/** 顧客ID: what the customer office gave, 1 to 30 characters. */
export type CustomerId = string & { readonly kind: 'customer id' }

export const parseCustomerId = (text: string): CustomerId | undefined =>
  /^[A-Za-z0-9._-]{1,32}$/.test(text) ? (text as CustomerId) : undefined

/** 支払区分 as they are known (requirement P-08). */
export const PAYMENT_KINDS: readonly PaymentKind[] = [0, 1, 2, 5, 98, 99]

/** 支払なし: of such a customer no billing data is made (P-04). */
export const NO_BILLING: PaymentKind = 99

/** 更新なし: its invoices stay 未請求 after the close (P-04). */
export const NOT_COLLECTED: PaymentKind = 98

/** 顧客 (requirement P-02): a person, or a company with its department. */
export interface Customer {
  readonly customer: CustomerId
  readonly kind: CustomerKind
  readonly name: string
  /** 部署名: of a company, and of nobody else. */
  readonly department: string | undefined
  /** 支払者ID, 1 to 12 characters. */
  readonly payer: string
  readonly paymentKind: PaymentKind
}
