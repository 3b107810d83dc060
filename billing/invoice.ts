import type { JstDay, JstMonth } from '../domain/jst.js'
import type { Msisdn } from '../domain/msisdn.js'
import type { Yen } from '../domain/yen.js'
import type { ContractId } from './contract.js'

/** Who is billed: 個人 a person, 法人 a company (requirement P-02). */
export type CustomerKind = 'person' | 'company'

/** 支払区分 (P-08): credit card, invoice or bank, direct debit, NTT collection, sales, none. */
export type PaymentKind = 0 | 1 | 2 | 5 | 98 | 99

/**
 * 入金状況 (P-04). The first six are set by billing, the last two by hand alone: 未請求, 繰越請求, 請求済み,
 * 請求済み(繰越分), 入金済み, 入金異常; 貸し倒れ, 請求対象外.
 */
export type PaymentState =
  | 'unbilled'
  | 'carried_unbilled'
  | 'billed'
  | 'carried_billed'
  | 'paid'
  | 'payment_irregular'
  | 'written_off'
  | 'not_billable'

/** The customer as an invoice names it. */
export interface BilledCustomer {
  /** 顧客ID. */
  readonly customer: string
  readonly kind: CustomerKind
  readonly name: string
  /** 部署名, of a company. */
  readonly department: string | undefined
  /** 支払者ID, at most 12 characters. */
  readonly payer: string
  readonly paymentKind: PaymentKind
}

/** 料金内訳: one line of an invoice, amounts in yen before tax; a discount is negative. */
export interface InvoiceLine {
  /** Fee item (料金項目) by its code in the table of items. */
  readonly item: string
  /** 料金内訳名, as printed. */
  readonly name: string
  readonly unitPrice: Yen
  readonly quantity: number
  /** `unitPrice` × `quantity`. */
  readonly amount: Yen
  /** Percent of consumption tax on it; 0: not taxed. */
  readonly taxPercent: number
  /** Whether Mobilers may pay it (充当対象テーブル, B-12). */
  readonly deductible: boolean
  /** What is printed beside it, such as its period; `undefined`: nothing. */
  readonly note: string | undefined
}

/** Consumption tax of one rate on an invoice, rounded down (P-16). */
export interface InvoiceTax {
  readonly percent: number
  readonly base: Yen
  readonly tax: Yen
}

/** How the tax was rounded: once on the total of a rate (合算), or line by line (P-16, §7.9). */
export type TaxPolicy = 'total' | 'per_line'

/** What of a balance an invoice used: the notice block of Figure 1 (S-27). Every amount is 0 or more. */
export interface InvoiceApplication {
  /** 前月からの持越額. */
  readonly carriedIn: Yen
  /** 前月のご登録額. */
  readonly registered: Yen
  readonly expired: Yen
  /** モバイラーズチェック適用額, paid by the contract's own money. */
  readonly applied: Yen
  /** Paid by what was left of the other number of a two-number plan (B-22). */
  readonly appliedFromPartner: Yen
  /** Paid by charges that came after the contract was settled (§7.16). */
  readonly appliedLate: Yen
  /** What this contract's money paid of the other number's invoice. */
  readonly appliedToPartner: Yen
  /** Left at the end of the contract and not refunded (B-15). */
  readonly forfeited: Yen
  /** 翌月への繰越額. */
  readonly carriedOut: Yen
  /** 適用有効期間: its last month; `undefined` when nothing is carried out (S-32). */
  readonly validThrough: JstMonth | undefined
}

/** An invoice of one contract for one month of use, calculated or final: all that is printed of it. */
export interface Invoice {
  /** 請求番号, 17 digits, one a month and contract. */
  readonly number: string
  readonly contract: ContractId
  readonly customer: BilledCustomer
  readonly msisdn: Msisdn
  readonly plan: string
  /** ご利用月, the month of use. */
  readonly month: JstMonth
  /** 請求月, the month in which it is issued. */
  readonly billingMonth: JstMonth
  readonly calculatedOn: JstDay
  readonly lines: readonly InvoiceLine[]
  readonly taxPolicy: TaxPolicy
  /** One a rate, the highest first. */
  readonly taxes: readonly InvoiceTax[]
  /** 本体金額, the sum of the lines. */
  readonly net: Yen
  readonly tax: Yen
  /** 税込 before application; never below 0. */
  readonly gross: Yen
  /** The part of `gross` that Mobilers may pay. */
  readonly deductible: Yen
  readonly application: InvoiceApplication
  /** ご請求額: gross − applied − appliedFromPartner − appliedLate. 0: only the itemised statement is sent (B-16). */
  readonly due: Yen
  readonly state: PaymentState
  /** Final: its ledger entries are booked, and it changes no more (§7.15). */
  readonly final: boolean
  /** 備考. */
  readonly remarks: string
}

/** 請求番号, 17 digits: the month of the invoice and the contract's place (P-08). */
export const invoiceNumber = (billingMonth: JstMonth, contractNo: number): string =>
  `${billingMonth.replace('-', '')}${`${contractNo}`.padStart(11, '0')}`
