import t from 'tap'
import { readContractsCsv } from '../../billing/contracts-csv.js'
import { InvoiceAdder, journalRecords } from '../../billing/deliveries/records.js'
import { tsvLinesOf } from '../../billing/exports/billing-tsv.js'
import {
  contractLine,
  customerLine,
  readCustomers,
  readPairs,
  readPlanChanges,
  readUsage,
} from '../../billing/records.js'
import { taxesOf } from '../../billing/rules/consumption-tax.js'
import { correctionWindow } from '../../billing/rules/correction-window.js'
import { FEE_TABLES, readFeeTables } from '../../billing/rules/fee-tables.js'
import { discountOn, lineOf, monthlyFee, rate, wholeYears } from '../../billing/rules/rating.js'
import { drawUsage } from '../../billing/rules/usage-drawing.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, type JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { charge, contractId, given, jst, number, openBillingDesk } from '../support/billing-desk.js'
import { customer, openRatedDesk, ownTables, ratedTables } from '../support/rated-desk.js'

const month = (text: string) => text as JstMonth

t.test('Figure 1 and 1b: 9,744 yen, line by line, to the last notice', async t => {
  // biome-ignore format: table
  for (const [registered, carriedOut, validThrough, because] of [
    [8_000, 256, '2003-01', 'figure1: 256 yen carry, and the validity is printed'],
    [7_744, 0, undefined, 'figure1b, S-32: nothing carries, and the validity is not printed'],
  ] as const) {
    const desk = await openRatedDesk(t)
    await desk.contract('K1', 1, 'digital-800-a', '1996-06-15')
    const charges = [charge(1, '2000-12-20T12:00', 2_000), charge(1, '2001-01-20T12:00', registered)]
    // December is rated elsewhere, and comes to nothing: so 2,000 yen carry.
    const nothing = [{ of: { msisdn: number(1) }, total: yen(0) }]
    t.strictSame(await desk.store.takeInvoices(month('2000-12'), nothing, 'one'), ['taken'])
    await desk.live('2000-12', charges, [])
    const usage = [{ of: 1, item: 'call', unitPrice: 5_600 }]
    await desk.live('2001-01', charges, usage)
    const invoice = await desk.invoice('2001-01', 1)
    // biome-ignore format: table
    t.strictSame(invoice.lines.map(({ name, amount, note }) => [name, amount, note]), [
      ['基本使用料(デジタル800/プランA)[月額]',              4_500, '1月1日~1月31日'],
      ['継続利用割引料(契約4年超5年未満)[月額]',             -540, undefined],
      ['ダイヤル通話料',                                     5_600, undefined],
      ['ボリュームディスカウント割引料',                      -280, undefined],
    ])
    t.strictSame(invoice.taxes, [{ percent: 5, base: 9_280, tax: 464 }])
    t.match(invoice, { net: 9_280, tax: 464, gross: 9_744, due: 0, taxPolicy: 'total' }, 'S-31')
    t.match(
      invoice.application,
      { carriedIn: 2_000, registered, applied: 9_744, carriedOut, validThrough },
      because,
    )
    t.ok(invoice.lines.length === 4 && invoice.due === 0, 'S-33: a bill of 0 yen lists every line')
    t.match(invoice, { final: true, state: 'billed', billingMonth: '2001-02' })
    t.match(invoice.number, /^200102\d{11}$/)
  }
})

t.test('P-16, §7.9: tax, both ways, always down, by date', async t => {
  const tables = ratedTables()
  const five = (of: string) =>
    Array.from({ length: 5 }, () =>
      lineOf({ tables, month: month(of) }, { item: 'call', unitPrice: yen(1_103) }),
    )
  const sum = (of: string, policy: 'total' | 'per_line') =>
    5_515 + taxesOf(five(of), policy).reduce<number>((all, { tax }) => all + tax, 0)
  t.equal(sum('2019-10', 'per_line'), 6_065, 'line by line')
  t.equal(sum('2019-10', 'total'), 6_066, 'on the total')
  // biome-ignore format: table
  for (const [of, percent] of [
    ['2000-12', 5], ['2014-03', 5], ['2014-04', 8], ['2019-09', 8], ['2019-10', 10],
  ] as const) {
    t.equal(taxesOf(five(of), 'total')[0]?.percent, percent, of)
  }
  const plans = 'tenant,brand,plan,tax_policy\nx,y,digital-800-a,per_line\n'
  const perLine = ratedTables({
    plans: `${plans}x,y,digital-800-b,total\n`,
    fees: ownTables.fees
      .split('\n')
      .filter(line => !/ohanashi|dotchimo/.test(line))
      .join('\n'),
  })
  const policyOf = (billingMonth: string) =>
    rate({
      tables: perLine,
      month: month('2023-08'),
      billingMonth: month(billingMonth),
      plan: 'digital-800-a',
      from: jst('2000-12-01'),
      until: undefined,
      usage: [],
      total: undefined,
    }).taxPolicy
  t.strictSame(
    [policyOf('2023-09'), policyOf('2023-10')],
    ['per_line', 'total'],
    'a qualified invoice rounds once',
  )
})

t.test('round10: discounts, to the nearest 10 yen or down', async t => {
  // biome-ignore format: table
  for (const [base, off, because] of [
    [4_500, 540, 'exactly'], [4_550, 550, '546'], [4_540, 540, '544.8'],
    [4_541, 540, '544.92'], [4_542, 550, '545.04'],
  ] as const) {
    t.equal(discountOn(yen(base), { percent: 12, rounding: 'nearest_10' }), off, because)
  }
  t.equal(discountOn(yen(4_550), { percent: 5, rounding: 'down_1' }), 227, '227.5')
})

t.test('P-13: a monthly fee where a contract begins or ends', async t => {
  // biome-ignore format: table
  for (const [rule, from, until, amount, because] of [
    ['first_month_free',       '2001-01-31', undefined,    3_100, '加入月無料: February is whole'],
    ['first_month_free',       '2001-02-01', undefined,    0,     'the month of joining is free'],
    ['first_month_free',       '2000-12-01', '2001-02-02', 3_100, '解約月全額'],
    ['first_month_free',       '2001-02-02', '2001-02-03', 0,     'joined and ended: free'],
    ['daily',                  '2001-02-01', undefined,    3_100, 'all 28 days'],
    ['daily',                  '2001-02-15', undefined,    1_550, '14 of 28 days'],
    ['daily',                  '2000-12-01', '2001-02-02', 110,   '1 day, down to the yen'],
    ['daily',                  '2000-12-01', '2001-02-02T00:01', 221, 'the day of the end counts'],
    ['first_month_free_daily', '2001-02-15', undefined,    0,     'both: the first month is free'],
    ['first_month_free_daily', '2000-12-01', '2001-02-15', 1_550, 'both: the last goes by the day'],
  ] as const) {
    const end = until === undefined ? undefined : jst(until)
    t.equal(monthlyFee(yen(3_100), rule, month('2001-02'), jst(from), end), amount, `${rule}: ${because}`)
  }
})

t.test('P-05: corrections from the first business day 13:00 to the end of the 7th', async t => {
  // biome-ignore format: table
  for (const [of, from, because] of [
    ['2001-02', '2001-02-01T13:00', 'a Thursday'],
    ['2001-09', '2001-09-03T13:00', 'the 1st is a Saturday'],
    ['2001-01', '2001-01-04T13:00', 'the New Year'],
    ['2010-05', '2010-05-06T13:00', 'the holidays of May after a weekend'],
    ['2003-11', '2003-11-04T13:00', 'Culture Day after a weekend'],
    ['2019-05', '2019-05-07T13:00', 'ten days of the enthronement'],
  ] as const) {
    const window = correctionWindow(month(of))
    t.equal(window.from, jst(from), because)
    t.equal(window.until, jst(`${of}-08`), `${of}: to the end of the 7th`)
  }
})

t.test('tables of fees: every bad line of any is named, and none is taken', async t => {
  const own = readFeeTables(ownTables)
  t.equal(own.outcome, 'whole', 'those of the product')
  const read = readFeeTables({
    ...ownTables,
    items: `${ownTables.items}call,twice,call,standard,yes\nx,name,call,luxury,perhaps\nz,z,z,luxury,no\n`,
    fees: `${ownTables.fees}no-plan,basic,x,1,daily\ndigital-800-a,none,x,1,daily\ndigital-800-a,basic,x,1.5,weekly\n`,
    'tax-rates': 'tax_class,percent\n',
  })
  const text = read.outcome === 'wrong' ? read.mistakes.join('\n') : ''
  for (const part of [
    /items, line 14: 'call' stands on an earlier line/,
    /items, line 15: deductible must be/,
    /items, line 16: 'luxury' is no class/,
    /fees, line 6: 'no-plan' is no plan/,
    /fees, line 7: 'none' is no item/,
    /fees, line 8: '1.5' is no amount/,
    /tax-rates, line 1: Line 1 must name the columns/,
  ]) {
    t.match(text, part)
  }
  const desk = openBillingDesk(t)
  const fees = `${ownTables.fees}digital-800-a,equipment,機器使用料[月額],300,first_month_free\n`
  t.match(await desk.store.replaceFeeTable('fees', 'plan\n', 'a mistake'), { outcome: 'wrong' })
  t.match(await desk.store.replaceFeeTable('fees', fees, 'rent'), {
    outcome: 'replaced',
    version: 1,
  })
  t.match(
    (await desk.store.feeTables()).map(({ table, version }) => [table, version]),
    FEE_TABLES.map(table => [table, table === 'fees' ? 1 : 0]),
  )
  t.match(await desk.store.feeTableMistakes('items', 'item,name,category,tax_class,deductible\n'), [
    /no item/,
  ])
})

t.test('P-02: persons and companies; tables go in and out, bad lines named', async t => {
  const desk = await openRatedDesk(t)
  const header = 'customer,kind,name,department,payer,payment_kind'
  const table = [
    header,
    'C1,person,山田太郎,,P1,2',
    'C2,company,"ABC, Inc.",総務部,P2,1',
    'C3,company,ABC,,P3,1',
    'C4,person,A,B,P4,1',
    'C5,person,A,,P5,3',
    'C6,tram,A,,P6,1',
    'C7,person,,,P7,1',
    'C8,person,A,,1234567890123,1',
  ]
  const { rows, bad } = readCustomers(table.join('\n'))
  t.strictSame(
    bad.map(({ line }) => line),
    [4, 5, 6, 7, 8, 9],
  )
  const customers = rows.map(({ value }) => value)
  t.strictSame(await desk.store.takeCustomers(customers), ['taken', 'taken'])
  t.strictSame(await desk.store.takeCustomers(customers), ['known', 'known'])
  t.strictSame((await desk.store.customers('', 10)).map(customerLine), table.slice(1, 3))
  t.strictSame(
    await desk.store.takeContracts([
      {
        contract: contractId('K1'),
        msisdn: number(1),
        contractClass: 'mobile',
        plan: 'digital-800-a',
        validFrom: jst('2000-12-01'),
        customer: customer('C2'),
      },
      {
        contract: contractId('K2'),
        msisdn: number(2),
        contractClass: 'mobile',
        plan: '',
        validFrom: jst('2000-12-01T09:00'),
        customer: customer('C9'),
      },
      {
        contract: contractId('K3'),
        msisdn: number(3),
        contractClass: 'mobile',
        plan: '',
        validFrom: jst('2000-12-01T09:00'),
      },
    ]),
    ['taken', 'no_such_customer', 'taken'],
  )
  const out = (await desk.store.contracts(0, 10)).map(contractLine)
  t.strictSame(out, [
    `K1,${number(1)},mobile,digital-800-a,2000-12-01,C2`,
    `K3,${number(3)},mobile,,2000-12-01T09:00:00.000+09:00,K3`,
  ])
  const again = readContractsCsv(
    ['contract,msisdn,contract_class,plan,valid_from,customer', ...out].join('\n'),
  )
  t.strictSame(await desk.store.takeContracts(again.rows.map(({ value }) => value)), [
    'known',
    'known',
  ])
  await desk.live('2000-12', [], [{ of: 1, item: 'call', unitPrice: 100 }])
  t.match((await desk.invoice('2000-12', 1)).customer, {
    customer: 'C2',
    kind: 'company',
    name: 'ABC, Inc.',
    department: '総務部',
    payer: 'P2',
  })
  t.strictSame(
    [
      readPlanChanges('contract,plan,from\nK1,b,2001-02-01\nK1,b,2001-02-31\n'),
      readPairs('contract,partner,from_month\nK1,K2,2001-13\nK1,K2,2001-12\n'),
      readUsage('of,item,unit_price,quantity,note\nK1,call,5,1,\nK1,call,5,0,\n?,call,5,1,\n'),
    ].map(({ rows, bad }) => [rows.length, bad.length]),
    [
      [1, 1],
      [1, 1],
      [1, 2],
    ],
  )
})

t.test(
  'P-13, P-14: the plan of the last day of the month of the invoice, in both cycles',
  async t => {
    for (const [cycleMonths, plans] of [
      [2, { '2001-01': 4_500, '2001-02': 3_600, '2001-03': 3_600 }],
      [1, { '2001-01': 4_500, '2001-02': 4_500, '2001-03': 3_600 }],
    ] as const) {
      const desk = await openRatedDesk(t, { cycleMonths })
      await desk.contract('K1', 1, 'digital-800-a', '2000-12-15')
      t.strictSame(
        await desk.store.takePlanChanges([
          { contract: contractId('K1'), plan: 'digital-800-b', from: '2001-04-01' as never },
        ]),
        ['changed'],
      )
      await desk.live('2000-12', [], [])
      for (const [of, fee] of Object.entries(plans)) {
        await desk.live(of, [], [])
        const invoice = await desk.invoice(of, 1)
        t.equal(invoice.lines[0]?.amount, fee, `N+${cycleMonths}: ${of}`)
        t.equal(invoice.billingMonth, desk.billingMonth(of))
      }
    }
  },
)

t.test('B-12: what the table of items does not let cards pay stays to be paid', async t => {
  const desk = await openRatedDesk(t)
  const items = ownTables.items.replace(
    'iモード情報料,i-mode,standard,yes',
    'iモード情報料,i-mode,standard,no',
  )
  t.match(await desk.store.replaceFeeTable('items', items, 'i-mode is paid in money'), {
    outcome: 'replaced',
  })
  await desk.contract('K1', 1, 'unrated', '2000-12-01')
  const charges = [charge(1, '2000-12-10T12:00', 5_000)]
  await desk.live('2000-12', charges, [
    { of: 1, item: 'call', unitPrice: 1_000 },
    { of: 1, item: 'i-mode', unitPrice: 300 },
  ])
  t.match(await desk.invoice('2000-12', 1), {
    gross: 1_365,
    deductible: 1_050,
    due: 315,
    application: { applied: 1_050, carriedOut: 3_950 },
  })
})

t.test('both numbers of a contract are billed for a month in which it changed them', async t => {
  const desk = await openRatedDesk(t)
  const { store } = desk
  await desk.contract('K1', 1, 'unrated', '2000-12-01')
  await store.changeNumber(contractId('K1'), number(2), jst('2000-12-10T12:00'))
  const used = (importId: string, ...lines: readonly (readonly [number | 'K1', number])[]) =>
    store.takeUsage(
      month('2000-12'),
      lines.map(([of, price]) => ({
        of: of === 'K1' ? { contract: contractId('K1') } : { msisdn: number(of) },
        item: 'call',
        unitPrice: yen(price),
        quantity: 1,
        note: undefined,
      })),
      importId,
    )
  const kept = async () =>
    (await store.usage(month('2000-12'), { contractNo: 0, item: '', msisdn: undefined }, 9)).map(
      ({ msisdn, unitPrice }) => [msisdn, unitPrice],
    )
  // biome-ignore format: table
  for (const [importId, lines, outcomes, left, because] of [
    ['one',   [[1, 500], [2, 700]],  ['taken', 'taken'],               [[number(1), 500], [number(2), 700]], 'each number used its own'],
    ['two',   [[1, 400], [1, 300]],  ['taken', 'named_twice'],         [[number(1), 400], [number(2), 700]], 'a line of an earlier import is replaced, one of the same is not'],
    ['three', [['K1', 900], [2, 1]], ['taken', 'named_twice'],         [[undefined, 900]],                   'a line of the contract is of all its numbers'],
    ['four',  [[1, 100], ['K1', 1]], ['taken', 'named_twice'],         [[number(1), 100]],                   'and so the other way round'],
    ['four',  [[2, 600]],            ['taken'],                        [[number(1), 100], [number(2), 600]], 'an import may come in parts'],
  ] as const) {
    t.strictSame(await used(importId, ...lines), outcomes, because)
    t.strictSame(await kept(), left, because)
  }
  const [first] = await store.usage(
    month('2000-12'),
    { contractNo: 0, item: '', msisdn: undefined },
    1,
  )
  t.match(
    await store.usage(month('2000-12'), given(first), 9),
    [{ msisdn: number(2) }],
    'page by page',
  )
  await desk.days('2000-12-01', '2000-12-31')
  desk.clock.set(jst('2001-01-02'))
  await desk.calculate('2000-12')
  t.match(
    await desk.invoice('2000-12', 2),
    {
      net: 700,
      lines: [
        { amount: 100, note: number(1) },
        { amount: 600, note: undefined },
      ],
    },
    'each line says whose it is',
  )
})

t.test('usage is drawn from a seed, and the same seed draws the same', async t => {
  const numbers = [1, 2, 3].map(number)
  const [one, again, other] = [7, 7, 8].map(seed => drawUsage(numbers, seededChance(seed)))
  t.strictSame(one, again)
  t.notSame(one, other)
  for (const { unitPrice } of given(one)) t.ok(unitPrice > 0 && unitPrice % 10 === 0)
})

t.test(
  'credits that outweigh what was used are not paid out, and the invoice still adds up',
  async t => {
    const desk = await openRatedDesk(t)
    await desk.contract('K1', 1, 'digital-800-b', '2000-11-15')
    await desk.days('2000-12-01', '2000-12-31', [charge(1, '2000-12-10T12:00', 1_000)])
    desk.clock.set(jst('2001-01-05'))
    // biome-ignore format: table
    for (const [credit, net, tax, gross, lines, because] of [
    [-3_600, 0,  0,    0, 2, 'what is taken off is what was used'],
    [-3_599, 1,  0,    1, 2, 'a yen is left'],
    [-4_600, 50, -50,  0, 3, '1,050 yen with tax are not paid out: a line brings it up to 0 yen'],
  ] as const) {
    await desk.used('2000-12', [{ of: 1, item: 'call', unitPrice: credit }])
    await desk.calculate('2000-12')
    const invoice = await desk.invoice('2000-12', 1)
    t.match(invoice, { net, tax, gross, due: 0, application: { applied: gross } }, because)
    t.equal(invoice.lines.length, lines)
    t.ok(tsvLinesOf(invoice).length > lines, 'as billing data it adds up')
    const adder = new InvoiceAdder()
    adder.add(invoice)
    t.ok(journalRecords(NO_ENTRIES, adder), 'and its journal balances')
  }
    const add = { does: 'add_line', item: 'call', name: undefined, amount: yen(100) } as const
    const corrected = await desk.store.correct(month('2000-12'), { msisdn: number(1) }, add, 'x')
    t.equal(corrected, 'corrected')
    desk.clock.set(epochMs(desk.clock.now() + HOUR_MS))
    t.match(await desk.invoice('2000-12', 1), { net: 45, tax: -45, gross: 0, lines: { length: 4 } })
  },
)

const NO_ENTRIES = {
  charge: yen(0),
  application: yen(0),
  expiry: yen(0),
  reinstatement: yen(0),
  cancellation: yen(0),
}

t.test('whole years of a contract at the end of a month', async t => {
  // biome-ignore format: table
  for (const [from, of, years, because] of [
    ['2000-04-01', '2001-02', 0, 'a month is missing'],
    ['2000-04-01', '2001-03', 1, 'from the 1st: the year is over with the end of March'],
    ['2000-04-02', '2001-03', 0, 'a day is missing'],
    ['2000-04-02', '2001-04', 1, ''],
    ['2000-02-29', '2001-01', 0, 'a leap day'],
    ['2000-02-29', '2001-02', 1, 'its year ends with February'],
    ['2000-12-31', '2001-12', 1, ''],
    ['2001-01-01', '2001-12', 1, 'over the turn of the year'],
    ['2001-01-01', '2001-11', 0, ''],
  ] as const) {
    t.equal(wholeYears(jst(from), month(of)), years, `${from} at the end of ${of}: ${because}`)
  }
})
