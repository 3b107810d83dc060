import type { JstDay, JstMonth } from '../../domain/jst.js'
import type { PaymentKind } from '../invoice.js'
import { eraDay, eraMonth } from '../rules/japanese-era.js'

/** Languages in which bills are printed. Names of fees, plans and customers stay as they are. */
export type PrintLanguage = 'ja' | 'en'

/** What is sent to who pays (seed 004 §2.3(4)①, §4.3(4)③; requirements S-27, B-16). */
export type BillKind =
  /** 請求書 and 請求内訳書: there is something to pay. */
  | 'invoice'
  /** 請求内訳書 alone: there is nothing to pay. */
  | 'statement'
  /** 事前案内書: what will be collected without the payer's doing, or is not final yet. */
  | 'advance_notice'

/** The words of a bill in one language. */
export interface Words {
  readonly titles: Readonly<Record<BillKind, string>>
  readonly payments: Readonly<Record<PaymentKind, string>>
  readonly yen: (amount: string) => string
  readonly month: (month: JstMonth) => string
  readonly monthEnd: (month: JstMonth) => string
  readonly day: (day: JstDay) => string
  readonly person: (name: string) => string
  readonly company: (name: string) => string
  readonly number: string
  readonly customer: string
  readonly payer: string
  readonly msisdn: string
  readonly plan: string
  readonly billingMonth: string
  readonly usageMonth: string
  readonly madeOn: string
  readonly payment: string
  readonly registration: string
  readonly enquiries: string
  readonly amountDue: string
  readonly period: string
  readonly nothingDue: string
  readonly notFinal: string
  readonly collected: string
  readonly pleasePay: string
  readonly enquire: string
  readonly details: string
  readonly item: string
  readonly note: string
  readonly amount: string
  readonly taxClass: string
  readonly taxTotal: string
  readonly taxOf: string
  readonly together: string
  readonly byLine: string
  readonly untaxed: string
  readonly taxPart: (label: string, percent: number, base: string) => string
  readonly applied: string
  readonly appliedFromPartner: string
  readonly appliedLate: string
  readonly total: string
  readonly notice: string
  readonly carriedIn: string
  readonly registered: string
  readonly appliedToPartner: string
  readonly expired: string
  readonly forfeited: string
  readonly carriedOut: string
  readonly validThrough: string
  readonly validNote: string
  readonly remarks: string
  readonly continued: string
}

const ja: Words = {
  titles: { invoice: '請求書', statement: '請求内訳書', advance_notice: '事前案内書' },
  payments: {
    0: 'クレジットカード',
    1: '請求書・銀行振込',
    2: '口座振替',
    5: '通信料金合算',
    98: '販売店扱い',
    99: 'お支払いなし',
  },
  yen: amount => `${amount}円`,
  month: eraMonth,
  monthEnd: month => `${eraMonth(month)}末`,
  day: eraDay,
  person: name => `${name} 様`,
  company: name => `${name} 御中`,
  number: '請求番号',
  customer: 'お客様番号',
  payer: '支払者番号',
  msisdn: '電話番号',
  plan: '料金プラン',
  billingMonth: 'ご請求月',
  usageMonth: 'ご利用月',
  madeOn: '作成日',
  payment: 'お支払い方法',
  registration: '登録番号',
  enquiries: 'お問い合わせ',
  amountDue: 'ご請求額',
  period: 'ご利用期間',
  nothingDue: '今回お支払いいただく金額はありません。ご利用の内訳をお知らせします。',
  notFinal: '確定前のご案内です。金額は確定までに変わることがあります。',
  collected: '下記の方法で、ご請求額をいただきます。お手続きは必要ありません。',
  pleasePay: '毎度ご利用いただきありがとうございます。下記のとおりご請求いたします。',
  enquire:
    'モバイラーズチェックのご登録額と適用額は、お客様の電話機から特番157でもお確かめいただけます。',
  details: '利用内訳',
  item: '料金内訳名',
  note: '摘要',
  amount: '金額(円)',
  taxClass: '税区分',
  taxTotal: '消費税等相当額(合計)',
  taxOf: '(内訳)',
  together: '合算',
  byLine: '個別',
  untaxed: '対象外',
  taxPart: (label, percent, base) => `${label}分 ${percent}%対象 ${base}円`,
  applied: 'モバイラーズチェック適用額',
  appliedFromPartner: 'モバイラーズチェック適用額(もう一方の番号分)',
  appliedLate: 'モバイラーズチェック適用額(精算後到着分)',
  total: '(合計)',
  notice: 'モバイラーズチェックのお知らせ',
  carriedIn: '前月からの持越額',
  registered: '前月のご登録額',
  appliedToPartner: 'もう一方の番号への適用額',
  expired: '適用有効期間を過ぎた額',
  forfeited: 'ご解約により無効となった額',
  carriedOut: '翌月への繰越額',
  validThrough: '適用有効期間',
  validNote:
    '*適用有効期間を過ぎた持越額は無効となります。新たなご登録により、持越額全体の期間が延長されます。',
  remarks: '備考',
  continued: '次ページへ続く',
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthInEnglish = (month: JstMonth): string =>
  `${MONTHS[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`

const en: Words = {
  titles: { invoice: 'Invoice', statement: 'Itemised statement', advance_notice: 'Advance notice' },
  payments: {
    0: 'credit card',
    1: 'invoice, bank transfer',
    2: 'direct debit',
    5: 'with the telephone bill',
    98: 'by the dealer',
    99: 'none',
  },
  yen: amount => `${amount} yen`,
  month: monthInEnglish,
  monthEnd: month => `end of ${monthInEnglish(month)}`,
  day: day => `${Number(day.slice(8))} ${monthInEnglish(day.slice(0, 7) as JstMonth)}`,
  person: name => name,
  company: name => name,
  number: 'Invoice number',
  customer: 'Customer number',
  payer: 'Payer number',
  msisdn: 'Phone number',
  plan: 'Plan',
  billingMonth: 'Month of invoice',
  usageMonth: 'Month of use',
  madeOn: 'Made on',
  payment: 'Payment',
  registration: 'Registration',
  enquiries: 'Enquiries',
  amountDue: 'Amount due',
  period: 'Period of use',
  nothingDue: 'There is nothing to pay this time. This statement tells what you used.',
  notFinal: 'A notice in advance: amounts may change until they are final.',
  collected: 'The amount due will be collected as named below. Nothing is to be done.',
  pleasePay: 'Thank you for your custom. Please find below what we invoice.',
  enquire:
    'What you registered of Mobilers Check, and what it pays, is also told at 157 from your phone.',
  details: 'Details of use',
  item: 'Charge',
  note: 'Note',
  amount: 'Amount (yen)',
  taxClass: 'Tax',
  taxTotal: 'Consumption tax (total)',
  taxOf: '(of which)',
  together: 'on total',
  byLine: 'by line',
  untaxed: 'none',
  taxPart: (label, percent, base) => `${label}, ${percent}% of ${base} yen`,
  applied: 'Paid by Mobilers Check',
  appliedFromPartner: 'Paid by Mobilers Check of the other number',
  appliedLate: 'Paid by Mobilers Check that came after the settlement',
  total: '(Total)',
  notice: 'Your Mobilers Check',
  carriedIn: 'Carried from the month before',
  registered: 'Registered in the month before',
  appliedToPartner: 'Paid for the other number',
  expired: 'Expired',
  forfeited: 'Void at the end of the contract',
  carriedOut: 'Carried to the next month',
  validThrough: 'Valid through',
  validNote:
    '* What is carried is void after that. Registering another card prolongs the validity of all of it.',
  remarks: 'Remarks',
  continued: 'continued',
}

/** The words of each language. */
export const WORDS: Readonly<Record<PrintLanguage, Words>> = { ja, en }
