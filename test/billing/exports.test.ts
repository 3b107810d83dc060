import fc from 'fast-check'
import t from 'tap'
import {
  APPLIED_NAME,
  TSV_HEADER,
  tsvLinesOf,
  tsvTrailer,
} from '../../billing/exports/billing-tsv.js'
import {
  INVOICE_TABLES,
  invoiceTableHead,
  invoiceTableLines,
} from '../../billing/exports/invoices-as-csv.js'
import type { Invoice } from '../../billing/invoice.js'
import { yen } from '../../domain/yen.js'
import { csvRows } from '../../platform/csv.js'
import { holdsGolden } from '../support/golden.js'
import { applicationOf, figure1, invoiceLine, NOTHING_APPLIED } from '../support/invoice-samples.js'

/** A whole file of billing data, as it is downloaded. */
function tsv(invoices: readonly Invoice[]): string {
  const lines = invoices.flatMap(tsvLinesOf)
  return [TSV_HEADER, ...lines, tsvTrailer(lines.length + 2)].join('')
}

const fieldsOf = (file: string) => file.split('\n').map(line => line.split('\t'))

/** Five lines of 1,103 yen at 10 %, the example of requirement P-16. */
const FIVE = Array.from({ length: 5 }, () => invoiceLine('x', '使用料', 1_103, { taxPercent: 10 }))

/** What stands in the golden files: Figure 1, a company that pays, tax line by line, and one not final. */
const INVOICES: readonly Invoice[] = [
  figure1(),
  figure1({
    number: '20010200000000002',
    customer: {
      customer: 'C000002',
      kind: 'company',
      name: '株式会社 緑商事, 本社',
      department: '総務部',
      payer: '000000000002',
      paymentKind: 2,
    },
    application: { ...applicationOf(9_744, 0, 3_000), appliedFromPartner: yen(44) },
    remarks: '請求先\tが変わりました',
  }),
  figure1({
    number: '20010200000000003',
    lines: FIVE,
    taxPolicy: 'per_line',
    application: NOTHING_APPLIED,
  }),
  figure1({
    number: '20010200000000004',
    lines: [invoiceLine('mail', '情報料 "特別"', 315, { quantity: 3, amount: yen(945) })],
    application: NOTHING_APPLIED,
    final: false,
    state: 'unbilled',
  }),
]

t.test('P-06, P-07, P-10: a header, the records, and the count of all lines', async t => {
  const lines = tsv(INVOICES).split('\n')
  t.equal(lines.pop(), '', 'the last line is whole')
  t.equal(lines[0], '10')
  t.equal(lines.at(-1), `80\t${lines.length}`)
  t.equal(tsv([]), '10\n80\t2\n', 'a month without invoices')
  t.equal(tsvTrailer(999_999), '80\t999999\n')
  t.throws(() => tsvTrailer(1_000_000), RangeError, 'six digits')
})

t.test('P-08: the record of an invoice has 13 fields', async t => {
  const [, first = []] = fieldsOf(tsv(INVOICES))
  // biome-ignore format: table
  t.strictSame(first, [
    '20', 'C000001', '000000000001', '1', '20010200000000001', '200102', '',
    '9280', '464', '0', '1', '1', '',
  ], '本体 and 消費税 before application; 税込 is what is collected')
  const records = fieldsOf(tsv(INVOICES)).filter(([kind]) => kind === '20')
  for (const fields of records) t.equal(fields.length, 13)
  t.strictSame(
    records.map(fields => [fields[9], fields[10], fields[11]]),
    [
      ['0', '1', '1'],
      ['6700', '1', '1'],
      ['6065', '1', '1'],
      ['992', '0', '0'],
    ],
  )
  // biome-ignore format: table
  for (const [state, code] of [
    ['unbilled', '0'], ['carried_unbilled', '0'], ['billed', '1'], ['carried_billed', '1'],
    ['paid', '2'], ['payment_irregular', '3'], ['written_off', '3'], ['not_billable', '0'],
  ] as const) {
    t.equal(tsvLinesOf(figure1({ state }))[0]?.split('\t')[10], code, state)
  }
})

t.test('P-09: the record of a detail has 19 fields; the application is one', async t => {
  const details = fieldsOf(tsv([figure1()])).filter(([kind]) => kind === '30')
  for (const fields of details) t.equal(fields.length, 19)
  // biome-ignore format: table
  t.strictSame(details.map(fields => fields.slice(7, 13)), [
    ['基本使用料(デジタル800/プランA)[月額]', '4500', '1', '4500', '0', '4500'],
    ['継続利用割引料(契約4年超5年未満)[月額]', '-540', '1', '-540', '0', '-540'],
    ['ダイヤル通話料', '5600', '1', '5600', '0', '5600'],
    ['ボリュームディスカウント割引料', '-280', '1', '-280', '0', '-280'],
    ['消費税等相当額(5%)', '0', '1', '0', '464', '464'],
    [APPLIED_NAME, '-9744', '1', '0', '0', '-9744'],
  ])
  const byLine = fieldsOf(
    tsv([figure1({ lines: FIVE, taxPolicy: 'per_line', application: NOTHING_APPLIED })]),
  )
  t.strictSame(byLine[2]?.slice(8, 13), ['1103', '1', '1103', '110', '1213'], 'P-16: line by line')
})

t.test('the details of an invoice add up to its record, whatever is on it', async t => {
  const line = fc.record({
    amount: fc.integer({ min: -5_000, max: 50_000 }),
    taxPercent: fc.constantFrom(0, 5, 8, 10),
  })
  const some = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    taxPolicy: fc.constantFrom('total' as const, 'per_line' as const),
    money: fc.integer({ min: 0, max: 60_000 }),
  })
  fc.assert(
    fc.property(some, ({ lines, taxPolicy, money }) => {
      const charges = lines.map(one =>
        invoiceLine('x', 'y', one.amount, { taxPercent: one.taxPercent }),
      )
      const plain = figure1({ lines: charges, taxPolicy, application: NOTHING_APPLIED })
      fc.pre(plain.gross >= 0)
      const invoice = figure1({
        lines: charges,
        taxPolicy,
        application: applicationOf(plain.gross, 0, money),
      })
      const [record = [], ...details] = tsvLinesOf(invoice).map(text => text.trimEnd().split('\t'))
      const sum = (field: number) =>
        details.reduce((total, fields) => total + Number(fields[field]), 0)
      return [7, 8, 9].every((field, index) => Number(record[field]) === sum(10 + index))
    }),
    { numRuns: 200, seed: 20_010_208 },
  )
  t.throws(
    () => tsvLinesOf({ ...figure1(), due: yen(1) }),
    'an invoice that does not add up is sent to nobody',
  )
})

t.test('P-03: invoices and their lines as CSV, whatever is in a name', async t => {
  const made = INVOICE_TABLES.map(table =>
    [
      invoiceTableHead(table),
      ...INVOICES.flatMap(invoice => invoiceTableLines(table, invoice)),
    ].join(''),
  )
  for (const table of made) {
    const rows = csvRows(table)
    t.ok(rows.length > 4)
    for (const { fields } of rows) t.equal(fields?.length, rows[0]?.fields?.length)
  }
  t.equal(csvRows(made[0] ?? '')[2]?.fields?.[4], '株式会社 緑商事, 本社')
  holdsGolden(t, 'billing/exports.golden.txt', [tsv(INVOICES), ...made].join('\n'))
})
