import type { Invoice, InvoiceApplication, InvoiceLine } from '../../billing/invoice.js'
import type { Issuer } from '../../billing/print/issuer.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { contractId, number } from './billing-desk.js'

/** Who issues the bills of tests. */
export const ISSUER: Issuer = {
  name: { ja: 'みどり移動通信株式会社', en: 'Midori Mobile Communications' },
  enquiries: '157',
  registration: 'T1234567890123',
}

/** A line of charges at 5 %, as they were in 2001. */
export const invoiceLine = (
  item: string,
  name: string,
  amount: number,
  changes: Partial<InvoiceLine> = {},
): InvoiceLine => ({
  item,
  name,
  unitPrice: yen(amount),
  quantity: 1,
  amount: yen(amount),
  taxPercent: 5,
  deductible: true,
  note: undefined,
  ...changes,
})

/** Figure 1's four lines. */
export const FIGURE_1_LINES: readonly InvoiceLine[] = [
  invoiceLine('basic', '基本使用料(デジタル800/プランA)[月額]', 4_500, { note: '1月1日〜1月31日' }),
  invoiceLine('loyalty', '継続利用割引料(契約4年超5年未満)[月額]', -540),
  invoiceLine('call', 'ダイヤル通話料', 5_600, { note: '前回は5,600円' }),
  invoiceLine('volume', 'ボリュームディスカウント割引料', -280),
]

/** What a balance of nothing comes to. */
export const NOTHING_APPLIED: InvoiceApplication = {
  carriedIn: yen(0),
  registered: yen(0),
  expired: yen(0),
  applied: yen(0),
  appliedFromPartner: yen(0),
  appliedLate: yen(0),
  appliedToPartner: yen(0),
  forfeited: yen(0),
  carriedOut: yen(0),
  validThrough: undefined,
}

/** An application out of what was carried in and registered, valid for two years if anything is left. */
export function applicationOf(
  gross: number,
  carriedIn: number,
  registered: number,
  validThrough = '2003-01',
): InvoiceApplication {
  const applied = Math.min(gross, carriedIn + registered)
  const carriedOut = carriedIn + registered - applied
  return {
    ...NOTHING_APPLIED,
    carriedIn: yen(carriedIn),
    registered: yen(registered),
    applied: yen(applied),
    carriedOut: yen(carriedOut),
    validThrough: carriedOut > 0 ? (validThrough as JstMonth) : undefined,
  }
}

/** Figure 1 as an invoice of January 2001, with what a test changes; taxes and sums follow its lines. */
export function figure1(changes: Partial<Invoice> = {}): Invoice {
  const lines = changes.lines ?? FIGURE_1_LINES
  const taxPolicy = changes.taxPolicy ?? 'total'
  const taxes = taxesOf(lines, taxPolicy)
  const net = sum(lines.map(({ amount }) => amount))
  const tax = sum(taxes.map(one => one.tax))
  const gross = net + tax
  const application = changes.application ?? applicationOf(gross, 2_000, 8_000)
  return {
    number: '20010200000000001',
    contract: contractId('K1'),
    customer: {
      customer: 'C000001',
      kind: 'person',
      name: '山田 太郎',
      department: undefined,
      payer: '000000000001',
      paymentKind: 1,
    },
    msisdn: number(10_000_001),
    plan: 'デジタル800/プランA',
    month: '2001-01' as JstMonth,
    billingMonth: '2001-02' as JstMonth,
    calculatedOn: '2001-02-08' as JstDay,
    lines,
    taxPolicy,
    taxes,
    net: yen(net),
    tax: yen(tax),
    gross: yen(gross),
    deductible: yen(gross),
    application,
    due: yen(
      gross - application.applied - application.appliedFromPartner - application.appliedLate,
    ),
    state: 'billed',
    final: true,
    remarks: '',
    ...changes,
  }
}

const sum = (amounts: readonly number[]): Yen => yen(amounts.reduce((one, other) => one + other, 0))

function taxesOf(lines: readonly InvoiceLine[], policy: Invoice['taxPolicy']) {
  const percents = [...new Set(lines.map(({ taxPercent }) => taxPercent))]
    .filter(percent => percent > 0)
    .sort((a, b) => b - a)
  return percents.map(percent => {
    const own = lines.filter(({ taxPercent }) => taxPercent === percent)
    const base = sum(own.map(({ amount }) => amount))
    const rounded = (amount: number) => Math.trunc((amount * percent) / 100) + 0
    const tax = policy === 'total' ? rounded(base) : sum(own.map(({ amount }) => rounded(amount)))
    return { percent, base, tax: yen(tax) }
  })
}
