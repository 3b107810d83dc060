import type { PrintLanguage } from './words.js'

/** The company that issues the bills, as they name it. */
export interface Issuer {
  readonly name: Readonly<Record<PrintLanguage, string>>
  /** お問い合わせ先. */
  readonly enquiries: string
  /** 登録番号 of a qualified invoice issuer, `T` and 13 digits; empty: none. */
  readonly registration: string
}
