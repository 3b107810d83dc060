import t from 'tap'
import { lastDayOfMonth, validityFrom } from '../../billing/rules/validity.js'
import type { FixedApplication } from '../../billing/store/month-closes.js'
import { addMonths, type JstDay, type JstMonth, jstMonth } from '../../domain/jst.js'
import { openStoreToCheckpoint } from '../../platform/store.js'
import {
  type BillingDesk,
  charge,
  contractId,
  given,
  jst,
  number,
  openBillingDesk,
} from '../support/billing-desk.js'

/** The last day of a month, as text. */
const endOf = (month: string) => lastDayOfMonth(month as JstMonth)

/** Lives through a month of use: its files come in, and on the 8th of the next month it is closed. */
async function live(
  desk: BillingDesk,
  month: string,
  charges: Parameters<BillingDesk['days']>[2],
  totals: Readonly<Record<number, number>>,
) {
  await desk.days(`${month}-01`, endOf(month), charges)
  desk.clock.set(jst(`${addMonths(month as JstMonth, 1)}-08T04:00`))
  await desk.closeMonth(month, totals)
}

async function applicationOf(desk: BillingDesk, n: number, month: string) {
  const view = await desk.store.viewNumber(number(n), desk.clock.now())
  const found = view?.contract?.applications.find(one => one.month === month)
  return given<FixedApplication>(found)
}

const balanceOf = async (desk: BillingDesk, n: number) =>
  (await desk.store.viewNumber(number(n), desk.clock.now()))?.contract?.balance

t.test('S-04, S-15, S-16, S-21, S-22: Table 2 comes out of the ledger, cell by cell', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const charges = [
    charge(1, '2001-01-10T12:00', 3_000),
    charge(1, '2001-02-05T12:00', 1_000),
    charge(1, '2001-02-06T12:00', 3_000),
    charge(1, '2001-02-28T23:59:59.999', 3_000),
  ]
  // An invoice bills the month of use before: the one of N is that of December 2000.
  // biome-ignore format: table
  const table = [
    // issued  use        offered  before  applied  after   carried out
    ['N',      '2000-12', 0,       6_700,  0,       6_700,  0],
    ['N+1',    '2001-01', 3_000,   7_000,  3_000,   4_000,  0],
    ['N+2',    '2001-02', 7_000,   5_500,  5_500,   0,      1_500],
  ] as const
  for (const [issued, use, offered, before, applied, after, carriedOut] of table) {
    await live(desk, use, charges, { 1: before })
    const one = await applicationOf(desk, 1, use)
    t.equal(one.carriedIn + one.registered, offered, `${issued}: 請求への適用額`)
    t.equal(one.invoice, before, `${issued}: 従来の請求額`)
    t.equal(one.applied, applied, `${issued}: applied, never above the invoice`)
    t.equal(one.invoice - one.applied, after, `${issued}: 実際の請求額`)
    t.equal(one.carriedOut, carriedOut, `${issued}: carried to next`)
  }
  t.equal(await balanceOf(desk, 1), 1_500, 'on to N+3')
})

t.test(
  'S-14: Figure 1: the total, tax included, is paid; and 9,744 exactly leaves nothing to print',
  async t => {
    const desk = openBillingDesk(t)
    for (const n of [1, 2]) await desk.contract(n)
    const charges = [
      ...[1, 2].map(n => charge(n, '2000-12-20T12:00', 3_000)),
      ...[3_000, 5_000].map(amount => charge(1, '2001-01-20T12:00', amount)),
      ...[3_000, 4_744].map(amount => charge(2, '2001-01-20T12:00', amount)),
    ]
    await live(desk, '2000-12', charges, { 1: 1_000, 2: 1_000 })
    await live(desk, '2001-01', charges, { 1: 9_744, 2: 9_744 })
    t.match(await applicationOf(desk, 1, '2001-01'), {
      carriedIn: 2_000, // 前月からの持越額
      registered: 8_000, // 前月のご登録額
      applied: 9_744, // モバイラーズチェック適用額
      carriedOut: 256, // 翌月への繰越額
      validThrough: '2003-01',
    })
    t.match(await applicationOf(desk, 2, '2001-01'), { carriedIn: 2_000, applied: 9_744 })
    t.match(await applicationOf(desk, 2, '2001-01'), { carriedOut: 0, validThrough: undefined })
  },
)

t.test('S-23, S-24: Table 3, to the day', async t => {
  // biome-ignore format: table
  for (const [lastCharge, start, end] of [
    ['2000-12-01', '2000-12', '2002-11-30'],
    ['2000-12-02', '2001-01', '2002-12-31'],
    ['2000-12-31', '2001-01', '2002-12-31'],
    ['2001-01-01', '2001-01', '2002-12-31'],
    ['2001-01-15', '2001-02', '2003-01-31'],
    ['2004-02-29', '2004-03', '2006-02-28'],
  ] as const) {
    for (const [time, because] of [['T00:00:00.000', 'first ms'], ['T23:59:59.999', 'last ms']]) {
      const validity = validityFrom(jst(`${lastCharge}${time}`))
      t.equal(validity.start, start, `${lastCharge}, ${because}`)
      t.equal(lastDayOfMonth(validity.end), end, `${lastCharge}, ${because}`)
    }
  }
  let cases = 0
  for (let month = '2000-12' as JstMonth; month < '2004-04'; month = addMonths(month, 1)) {
    const [year = 0, ofYear = 0] = month.split('-').map(Number)
    const length = new Date(Date.UTC(year, ofYear, 0)).getUTCDate()
    for (const day of [1, 2, 28, 29, 30, 31].filter(one => one <= length)) {
      cases++
      // Counted otherwise than the code does: 24 months of days of a calendar in UTC.
      const first = new Date(Date.UTC(year, ofYear - 1 + (day === 1 ? 0 : 1), 1))
      const last = new Date(Date.UTC(first.getUTCFullYear() + 2, first.getUTCMonth(), 0))
      const validity = validityFrom(jst(`${month}-${`${day}`.padStart(2, '0')}T12:00`))
      const found = `${validity.start}-01 to ${lastDayOfMonth(validity.end)}`
      const text = (at: Date) => at.toISOString().slice(0, 10)
      if (found !== `${text(first)} to ${text(last)}`) t.fail(`${month}-${day}: ${found}`)
    }
  }
  t.ok(cases >= 200, `XK6: ${cases} days`)
})

/** A number's balance after the closes of months of use, invoices of 0 yen, charges on given days. */
async function aged(
  t: Parameters<typeof openBillingDesk>[0],
  days: readonly string[],
  last: string,
) {
  const desk = openBillingDesk(t, days[0])
  await desk.contract(1)
  for (const day of days) {
    desk.files.hour(`${day}T12:00`, [charge(1, `${day}T12:00`, 1_000)])
    await desk.reflect()
  }
  desk.clock.set(jst(`${addMonths(last as JstMonth, 1)}-01`))
  await desk.store.confirmDays(endOf(last) as JstDay, 'a test of months, not of days')
  const closes: Promise<void>[] = []
  for (let month = jstMonth(jst(given(days[0]))); month <= last; month = addMonths(month, 1)) {
    closes.push(desk.closeMonth(month))
  }
  await Promise.all(closes)
  return desk
}

t.test(
  'S-25, S-26: money is used to the end of its validity, and what is left is booked',
  async t => {
    // An invoice of month of use u is issued in u + 1, which must lie in the validity.
    // biome-ignore format: table
    for (const [days, last, balance, because] of [
    [['2001-01-15'],               '2002-12', 1_000, 'the invoice of January 2003 is the last that it may pay'],
    [['2001-01-15'],               '2003-01', 0,     'the one of February 2003 is too late'],
    [['2001-02-01'],               '2002-12', 1_000, 'charged on the 1st: the same months'],
    [['2001-02-01'],               '2003-01', 0,     'charged on the 1st: the same end'],
    [['2001-02-02'],               '2003-01', 1_000, 'a day later: a month longer'],
    [['2001-02-02'],               '2003-02', 0,     'and no longer'],
    [['2001-01-15', '2003-01-31'], '2003-01', 2_000, 'charged on the last day: all of it is extended'],
    [['2001-01-15', '2003-01-31'], '2005-01', 0,     'to the new end'],
    [['2001-01-15', '2003-02-01'], '2003-02', 1_000, 'charged a day late: only the new money is there'],
    [['2001-01-15', '2001-06-10', '2003-05-10'], '2003-06', 3_000, 'one pooled balance, restarted again and again'],
    [['2004-02-29'],               '2006-01', 1_000, 'leap year'],
    [['2004-02-29'],               '2006-02', 0,     'leap year, over'],
  ] as const) {
    await t.test(`${days.join(', ')}, closed to ${last}: ${because}`, async t => {
      const desk = await aged(t, days, last)
      const view = await desk.store.viewContract(contractId('K1'), desk.clock.now())
      t.equal(view?.balance, balance)
      const lost = view?.entries.filter(({ kind }) => kind === 'expiry') ?? []
      const booked = lost.reduce((sum, { amount }) => sum - amount, 0)
      t.equal(booked, days.length * 1_000 - balance, 'breakage is an entry')
    })
  }
  },
)

t.test('the ledger only grows, and a balance is its sum', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const charges = [charge(1, '2000-12-10T12:00', 3_000)]
  await live(desk, '2000-12', charges, { 1: 1_200 })
  t.equal(await balanceOf(desk, 1), 1_800)
  const store = openStoreToCheckpoint(desk.path)
  t.teardown(() => store.close())
  store.pragma('query_only = 0')
  // biome-ignore format: table
  for (const [change, because] of [
    ['UPDATE ledger_entry SET amount = 1',                   /never changed/],
    ['DELETE FROM ledger_entry',                             /never deleted/],
    ['UPDATE charge SET face_value = 1',                     /never changed/],
    ['DELETE FROM charge',                                   /never deleted/],
    ['UPDATE month_application SET applied = 0',             /never changed/],
    ['DELETE FROM month_application',                        /never deleted/],
    ['DELETE FROM received_file',                            /never forgotten/],
    ["INSERT INTO ledger_entry SELECT 99, contract_no, 'charge', 5, month, 0, 0, charge_no FROM ledger_entry WHERE kind = 'charge'", /UNIQUE/],
    ["INSERT INTO ledger_entry SELECT 99, contract_no, 'application', 5, month, 0, 0, NULL FROM ledger_entry", /CHECK/],
    ["INSERT INTO ledger_entry SELECT 99, contract_no, 'gift', 5, month, 0, 0, NULL FROM ledger_entry", /CHECK/],
  ] as const) {
    t.throws(() => store.exec(change), because, change)
  }
})

t.test('S-08: what one number registered pays that number’s invoice and no other', async t => {
  const desk = openBillingDesk(t)
  for (const n of [1, 2]) await desk.contract(n)
  await live(desk, '2000-12', [charge(1, '2000-12-10T12:00', 3_000)], { 1: 2_000, 2: 2_000 })
  t.match(await applicationOf(desk, 1, '2000-12'), { applied: 2_000, carriedOut: 1_000 })
  t.match(await applicationOf(desk, 2, '2000-12'), { applied: 0, carriedOut: 0 })
  t.strictSame([await balanceOf(desk, 1), await balanceOf(desk, 2)], [1_000, 0])
})

t.test('S-20: the balance may go beyond a month’s registrations', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const charges = ['2000-12', '2001-01'].flatMap(month =>
    Array.from({ length: 10 }, (_, n) => charge(1, `${month}-${11 + n}T12:00`, 5_000)),
  )
  await live(desk, '2000-12', charges, {})
  await live(desk, '2001-01', charges, { 1: 60_000 })
  t.match(await applicationOf(desk, 1, '2001-01'), { applied: 60_000, carriedOut: 40_000 })
})

t.test('B-11: months are closed in order, when they are over and their days confirmed', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const begin = async (month: string) => (await desk.store.beginClose(month as JstMonth)).outcome
  await desk.days('2000-12-01', '2000-12-30', [charge(1, '2000-12-01T00:00', 1_000)])
  desk.clock.set(jst('2000-12-31T23:59:59.999'))
  t.equal(await begin('2000-12'), 'not_over')
  desk.clock.set(jst('2001-01-01'))
  t.equal(await begin('2001-01'), 'not_over')
  t.equal(await begin('2000-12'), 'days_unconfirmed', 'the 31st may still bring charges')
  await desk.days('2000-12-31', '2000-12-31')
  desk.clock.set(jst('2001-02-01'))
  t.equal(await begin('2001-01'), 'out_of_order')
  await desk.closeMonth('2000-12')
  t.equal(await begin('2000-12'), 'finished', 'closing it again changes nothing')
  t.equal(await begin('2001-01'), 'days_unconfirmed')
})

t.test(
  'a close that was interrupted comes to the same result, whatever came meanwhile',
  async t => {
    const results: unknown[] = []
    for (const interrupted of [false, true]) {
      const desk = openBillingDesk(t)
      for (let n = 1; n <= 7; n++) await desk.contract(n)
      const charges = Array.from({ length: 7 }, (_, n) =>
        charge(n + 1, '2000-12-10T12:00', 1_000 * (n + 1)),
      )
      const late = Array.from({ length: 7 }, (_, n) => charge(n + 1, '2000-12-11T12:00', 500))
      await desk.days('2000-12-01', '2000-12-31', charges)
      desk.clock.set(jst('2001-01-08'))
      const month = '2000-12' as JstMonth
      const totals = Array.from({ length: 7 }, (_, n) => ({
        of: { msisdn: number(n + 1) },
        total: 3_000,
      }))
      await desk.store.takeInvoices(month, totals as never, 'one')
      await desk.store.beginClose(month)
      if (interrupted) {
        await desk.store.advanceClose(month, 3)
        desk.files.hour('2001-01-01', late)
        await desk.reflect()
        t.equal((await desk.store.beginClose(month)).outcome, 'running', 'begun again, it goes on')
        const again = await desk.store.takeInvoices(month, totals as never, 'two')
        t.strictSame(new Set(again), new Set(['month_closed']), 'its totals are fixed')
        t.equal(await desk.store.cancel(contractId('K7'), jst('2000-12-30')), 'month_closing')
      }
      while (!(await desk.store.advanceClose(month, 2)));
      const summary = await desk.store.closeSummary(month)
      t.match(summary, { contracts: 7, invoicedYen: 21_000, appliedYen: 1_000 + 2_000 + 5 * 3_000 })
      results.push(summary)
      if (!interrupted) {
        desk.files.hour('2001-01-01', late)
        await desk.reflect()
      }
      desk.files.close('2001-01-01', late)
      await desk.days('2001-01-02', '2001-01-31')
      desk.clock.set(jst('2001-02-08'))
      await desk.closeMonth('2001-01', { 1: 100 })
      const next = await applicationOf(desk, 1, '2001-01')
      t.match(
        next,
        { registered: 500, applied: 100 },
        'B-10: what came late goes to the next invoice',
      )
      results.push(await desk.store.closeSummary('2001-01' as JstMonth))
    }
    t.strictSame(results.slice(0, 2), results.slice(2))
  },
)

t.test(
  'B-10: a charge that comes after its month’s close keeps its time and its month',
  async t => {
    const desk = openBillingDesk(t)
    await desk.contract(1)
    await desk.contract(2)
    const first = charge(1, '2001-01-15T12:00', 1_000)
    const held = charge(3, '2001-06-10T12:00', 3_000)
    const stale = charge(4, '2001-01-20T12:00', 2_000)
    desk.files.hour('2001-01-15T12:00', [first])
    desk.files.hour('2001-06-10T12:00', [held])
    desk.files.hour('2001-06-10T13:00', [stale])
    await desk.reflect()
    desk.clock.set(jst('2003-06-01'))
    await desk.store.confirmDays('2003-05-31' as JstDay, 'a test of months, not of days')
    for (let month = '2001-01' as JstMonth; month <= '2003-02'; month = addMonths(month, 1)) {
      await desk.closeMonth(month)
    }
    t.equal(await balanceOf(desk, 1), 0, 'expired in January 2003')
    // The number of the held charge turns out to have been contract 1's since March 2001.
    t.equal(
      await desk.store.changeNumber(contractId('K1'), number(3), jst('2001-03-01')),
      'changed',
    )
    t.equal(
      await desk.store.changeNumber(contractId('K2'), number(4), jst('2001-01-02')),
      'changed',
    )
    t.match(await desk.store.retryHeld(0, 10), { credited: 2 })
    const view = await desk.store.viewContract(contractId('K1'), desk.clock.now())
    t.strictSame(
      view?.entries.map(({ kind, amount, month }) => [kind, amount, month]),
      [
        ['charge', 1_000, '2001-01'],
        ['expiry', -1_000, '2003-01'],
        ['number_change', 0, '2001-03'],
        ['reinstatement', 1_000, '2003-01'],
        ['charge', 3_000, '2001-06'],
      ],
      'it was charged in time to extend what had expired without it',
    )
    t.match(view, { balance: 4_000, validity: { start: '2001-07', end: '2003-06-30' } })
    const other = await desk.store.viewContract(contractId('K2'), desk.clock.now())
    t.strictSame(
      other?.entries.map(({ kind, amount }) => [kind, amount]),
      [
        ['number_change', 0],
        ['expiry', -2_000],
        ['charge', 2_000],
      ],
      'what is void at arrival is booked as such',
    )
    await desk.closeMonth('2003-03', { 3: 1_500, 4: 100 })
    t.match(await applicationOf(desk, 3, '2003-03'), {
      carriedIn: 1_000,
      registered: 3_000,
      applied: 1_500,
    })
    t.match(await applicationOf(desk, 4, '2003-03'), { carriedIn: 0, registered: 0, applied: 0 })
  },
)
