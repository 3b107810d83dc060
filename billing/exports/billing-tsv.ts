import assert from 'node:assert/strict'
import type { Invoice, InvoiceLine, PaymentState } from '../invoice.js'
import { taxOn } from '../rules/consumption-tax.js'

/** When a file of billing data is made: before settlement (about the 10th) and after it (about the end; P-06). */
export const TSV_RUNS = ['before_settlement', 'after_settlement'] as const
export type TsvRun = (typeof TSV_RUNS)[number]

/** P-07: the header, one. */
export const TSV_HEADER = '10\n'

/** 入金状況 as the TSV knows it (P-08): 0 未請求, 1 請求済み, 2 入金済み, 3 入金異常. */
const STATE_CODES: Readonly<Record<PaymentState, 0 | 1 | 2 | 3>> = {
  unbilled: 0,
  carried_unbilled: 0,
  billed: 1,
  carried_billed: 1,
  paid: 2,
  payment_irregular: 3,
  // Not among the four: the money did not come; and nothing is billed.
  written_off: 3,
  not_billable: 0,
}

/** Name of the detail line that tells what Mobilers pays. */
export const APPLIED_NAME = 'モバイラーズチェック適用額'

/** Most digits of an amount, and of the count in the trailer. */
const AMOUNT_DIGITS = 10
const COUNT_DIGITS = 6

/** One detail of an invoice: the sums of its three amounts are the invoice's own. */
interface Detail {
  readonly name: string
  readonly unitPrice: number
  readonly quantity: number
  readonly net: number
  readonly tax: number
  readonly gross: number
  readonly note: string
}

/** An invoice's lines in billing data: its record `20`, then a record `30` for each detail (P-08, P-09). */
export function tsvLinesOf(invoice: Invoice): string[] {
  const details = detailsOf(invoice)
  const sum = (of: (one: Detail) => number) => details.reduce((total, one) => total + of(one), 0)
  // What a reader adds up is what the invoice says.
  assert.equal(
    sum(one => one.net),
    invoice.net,
  )
  assert.equal(
    sum(one => one.tax),
    invoice.tax,
  )
  assert.equal(
    sum(one => one.gross),
    invoice.due,
  )
  return [invoiceRecord(invoice), ...details.map(detail => detailRecord(invoice, detail))]
}

/** P-10: the trailer, with the number of all lines, header and trailer included. */
export function tsvTrailer(lines: number): string {
  const count = `${lines}`
  if (count.length > COUNT_DIGITS) throw new RangeError(`${count} lines are more than a file holds`)
  return `80\t${count}\n`
}

/** P-08: 本体 and 消費税 as they were before application; 税込 is the amount to collect. */
function invoiceRecord(invoice: Invoice): string {
  return record([
    '20',
    invoice.customer.customer,
    invoice.customer.payer,
    `${invoice.customer.paymentKind}`,
    invoice.number,
    invoice.billingMonth.replace('-', ''),
    '',
    amount(invoice.net),
    amount(invoice.tax),
    amount(invoice.due),
    `${STATE_CODES[invoice.state]}`,
    invoice.final ? '1' : '0',
    invoice.remarks,
  ])
}

function detailRecord(invoice: Invoice, detail: Detail): string {
  return record([
    '30',
    invoice.customer.customer,
    invoice.customer.payer,
    `${invoice.customer.paymentKind}`,
    invoice.number,
    invoice.contract,
    invoice.msisdn,
    detail.name,
    amount(detail.unitPrice),
    `${detail.quantity}`,
    amount(detail.net),
    amount(detail.tax),
    amount(detail.gross),
    '',
    '',
    '',
    detail.note,
    '',
    '',
  ])
}

function detailsOf(invoice: Invoice): Detail[] {
  const { application } = invoice
  return [
    ...invoice.lines.map(line => chargeDetail(line, invoice)),
    ...taxDetails(invoice),
    ...appliedDetail(application.applied, ''),
    ...appliedDetail(application.appliedFromPartner, 'もう一方の番号分'),
    ...appliedDetail(application.appliedLate, '精算後到着分'),
  ]
}

function chargeDetail(line: InvoiceLine, { taxPolicy }: Invoice): Detail {
  const tax = taxPolicy === 'per_line' ? taxOn(line.amount, line.taxPercent) : 0
  const { name, unitPrice, quantity, amount: net } = line
  return { name, unitPrice, quantity, net, tax, gross: net + tax, note: line.note ?? '' }
}

/** P-16: where tax is rounded once a rate, no line has a tax of its own; each rate is a detail. */
const taxDetails = ({ taxes, taxPolicy }: Invoice): Detail[] =>
  taxPolicy === 'per_line'
    ? []
    : taxes
        .filter(({ percent }) => percent > 0)
        .map(({ percent, tax }) => ({
          name: `消費税等相当額(${percent}%)`,
          unitPrice: 0,
          quantity: 1,
          net: 0,
          tax,
          gross: tax,
          note: '',
        }))

/** The application is a payment: neither net nor tax (S-31). */
const appliedDetail = (applied: number, note: string): Detail[] =>
  applied === 0
    ? []
    : [
        {
          name: APPLIED_NAME,
          unitPrice: -applied,
          quantity: 1,
          net: 0,
          tax: 0,
          gross: -applied,
          note,
        },
      ]

function amount(yen: number): string {
  const text = `${yen}`
  if (text.replace('-', '').length > AMOUNT_DIGITS) throw new RangeError(`${text} yen do not fit`)
  return text
}

/** One line; a tab or line end within a field is a space. */
const record = (fields: readonly string[]): string =>
  `${fields.map(field => field.replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`
