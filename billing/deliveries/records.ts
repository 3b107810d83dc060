import { COMPANIES } from '../../domain/company.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Invoice } from '../invoice.js'
import {
  balanced,
  type InvoiceSums,
  type JournalLine,
  journalOf,
  type LedgerSums,
} from '../rules/journal.js'
import type { DeliveryRecord } from './delivery-text.js'

/** Charges that came in on a day, by company, day of charge and face value. */
export interface ChargeTotal {
  /** 1 to 9; 0: CRS could not map them. */
  readonly company: number
  readonly chargedOn: string
  readonly faceValue: number
  readonly count: number
  readonly yen: number
}

/** B-18: the lines of a day's journal; the file's sum is that of either side. */
export function journalRecords(ledger: LedgerSums, invoices: InvoiceSums): DeliveryRecord[] {
  const lines = journalOf(ledger, invoices)
  balanced(lines)
  return lines.map((line, index) => ({
    fields: [
      '20',
      `${index + 1}`,
      line.side === 'debit' ? 'D' : 'C',
      line.account.code,
      line.account.name,
      line.part,
      `${line.amount}`,
      OF[line.of],
    ],
    adds: line.side === 'debit' ? line.amount : 0,
  }))
}

const OF: Readonly<Record<JournalLine['of'], string>> = {
  charge: 'カード登録',
  invoice: '請求確定',
  application: '充当',
  expiry: '有効期間満了',
  reinstatement: '失効取消',
  cancellation: '解約残',
}

/** Sums final invoices up for the journal. */
export class InvoiceAdder implements InvoiceSums {
  readonly netByItem = new Map<string, ReturnType<typeof yen>>()
  readonly taxByPercent = new Map<number, ReturnType<typeof yen>>()

  add({ lines, taxes }: Invoice): void {
    for (const { item, amount } of lines) addTo(this.netByItem, item, amount)
    for (const { percent, tax } of taxes) addTo(this.taxByPercent, percent, tax)
  }
}

function addTo<K>(sums: Map<K, ReturnType<typeof yen>>, key: K, amount: number): void {
  sums.set(key, yen((sums.get(key) ?? 0) + amount))
}

/** B-20: a record a company, day of charge and face value. */
export const chargeTotalRecords = (totals: readonly ChargeTotal[]): DeliveryRecord[] =>
  totals.map(one => ({
    fields: [
      '20',
      `${one.company}`,
      COMPANIES.find(({ code }) => code === one.company)?.ja ?? '',
      one.chargedOn,
      `${one.faceValue}`,
      `${one.count}`,
      `${one.yen}`,
    ],
    adds: one.yen,
  }))

/**
 * §7.16: what came after a settlement, of an invoice that an earlier delivery told without it: so much less is to
 * be collected of it, and so much is left.
 */
export const paidSinceRecord = (invoice: Invoice, paid: Yen): DeliveryRecord => ({
  fields: ['60', invoice.number, invoice.contract, `${paid}`, `${invoice.due}`],
  adds: -paid,
})

/**
 * B-17: the source of an invoice: `20` the invoice, `30` a line, `40` the tax of a rate, `50` what came after its
 * settlement.
 */
export function invoiceRecords(invoice: Invoice): DeliveryRecord[] {
  const { customer, application: of } = invoice
  const amounts = [
    invoice.net,
    invoice.tax,
    invoice.gross,
    of.carriedIn,
    of.registered,
    of.expired,
    of.applied,
    of.appliedFromPartner,
    of.appliedToPartner,
    of.forfeited,
    of.carriedOut,
  ].map(String)
  const own = [
    '20',
    invoice.number,
    invoice.contract,
    customer.customer,
    customer.kind === 'company' ? '2' : '1',
    customer.name,
    customer.department ?? '',
    customer.payer,
    `${customer.paymentKind}`,
    invoice.msisdn,
    invoice.plan,
    invoice.month.replace('-', ''),
    invoice.billingMonth.replace('-', ''),
    ...amounts,
    of.validThrough?.replace('-', '') ?? '',
    `${invoice.due}`,
    invoice.taxPolicy === 'total' ? 'T' : 'L',
  ]
  const lines = invoice.lines.map((line, index) => [
    '30',
    invoice.number,
    `${index + 1}`,
    line.item,
    line.name,
    `${line.unitPrice}`,
    `${line.quantity}`,
    `${line.amount}`,
    `${line.taxPercent}`,
    line.deductible ? '1' : '0',
    line.note ?? '',
  ])
  const late = of.appliedLate === 0 ? [] : [['50', invoice.number, `${of.appliedLate}`]]
  const taxes = invoice.taxes.map(({ percent, base, tax }) =>
    ['40', invoice.number, percent, base, tax].map(String),
  )
  return [
    { fields: own, adds: invoice.due },
    ...[...lines, ...taxes, ...late].map(fields => ({ fields, adds: 0 })),
  ]
}
