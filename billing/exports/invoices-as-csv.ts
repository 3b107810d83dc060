import { csvRecord } from '../../platform/csv-text.js'
import type { Invoice } from '../invoice.js'

/** Columns of the table of invoices: all that an invoice says but its lines (requirement P-03). */
const INVOICE_COLUMNS = [
  'invoice',
  'contract',
  'customer',
  'kind',
  'name',
  'department',
  'payer',
  'payment_kind',
  'msisdn',
  'plan',
  'month_of_use',
  'billing_month',
  'calculated_on',
  'net_yen',
  'tax_yen',
  'gross_yen',
  'tax_policy',
  'deductible_yen',
  'carried_in_yen',
  'registered_yen',
  'expired_yen',
  'applied_yen',
  'applied_from_partner_yen',
  'applied_to_partner_yen',
  'forfeited_yen',
  'carried_out_yen',
  'valid_through',
  'due_yen',
  'state',
  'final',
  'remarks',
  'applied_late_yen',
] as const

const LINE_COLUMNS = [
  'invoice',
  'contract',
  'line',
  'item',
  'name',
  'unit_price_yen',
  'quantity',
  'amount_yen',
  'tax_percent',
  'deductible',
  'note',
] as const

/** Which tables of invoices there are as CSV. */
export const INVOICE_TABLES = ['invoices', 'lines'] as const
export type InvoiceTable = (typeof INVOICE_TABLES)[number]

/** The line that names a table's columns. */
export const invoiceTableHead = (table: InvoiceTable): string =>
  csvRecord(table === 'invoices' ? INVOICE_COLUMNS : LINE_COLUMNS)

/** An invoice's records in a table: one of its own, or one a line. */
export const invoiceTableLines = (table: InvoiceTable, invoice: Invoice): string[] =>
  table === 'invoices' ? [csvRecord(invoiceFields(invoice))] : lineFields(invoice).map(csvRecord)

type Fields = readonly (string | number | undefined)[]

function invoiceFields(invoice: Invoice): Fields {
  const { customer, application: of } = invoice
  return [
    invoice.number,
    invoice.contract,
    customer.customer,
    customer.kind,
    customer.name,
    customer.department,
    customer.payer,
    customer.paymentKind,
    invoice.msisdn,
    invoice.plan,
    invoice.month,
    invoice.billingMonth,
    invoice.calculatedOn,
    invoice.net,
    invoice.tax,
    invoice.gross,
    invoice.taxPolicy,
    invoice.deductible,
    of.carriedIn,
    of.registered,
    of.expired,
    of.applied,
    of.appliedFromPartner,
    of.appliedToPartner,
    of.forfeited,
    of.carriedOut,
    of.validThrough,
    invoice.due,
    invoice.state,
    invoice.final ? 'yes' : 'no',
    invoice.remarks,
    of.appliedLate,
  ]
}

const lineFields = ({ number, contract, lines }: Invoice): Fields[] =>
  lines.map((line, index) => [
    number,
    contract,
    index + 1,
    line.item,
    line.name,
    line.unitPrice,
    line.quantity,
    line.amount,
    line.taxPercent,
    line.deductible ? 'yes' : 'no',
    line.note,
  ])
