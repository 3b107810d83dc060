import t from 'tap'
import {
  cancellationLine,
  numberChangeLine,
  orderLine,
  readCancellations,
  readNumberChanges,
  readTransfers,
  transferLine,
} from '../../billing/records.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { charge, contractId, given, jst, number } from '../support/billing-desk.js'
import {
  atTheEndOfDecember,
  balanceOf,
  customer,
  entriesOf,
  openRatedDesk,
} from '../support/rated-desk.js'

const month = (text: string) => text as JstMonth
const DECEMBER = month('2000-12')

t.test(
  'B-13, B-15, §7.16: charge 10:05, cancel 10:30, file at 11:00: it waits, and is settled with it',
  async t => {
    const desk = await atTheEndOfDecember(t)
    const { store, clock } = desk
    await desk.finalise('2000-12')
    clock.set(jst('2001-01-20T10:31'))
    t.equal(await store.settle(contractId('K1')), 'not_cancelled')
    t.equal(await store.settle(contractId('K9')), 'no_such_contract')
    await desk.used('2001-01', [{ of: 1, item: 'call', unitPrice: 500 }])
    desk.files.hour('2001-01-20T09:00')
    await desk.reflect()
    t.equal(await store.cancel(contractId('K1'), jst('2001-01-20T10:30')), 'ended')
    t.equal(await store.settle(contractId('K1')), 'waiting')
    t.equal(await store.settle(contractId('K1')), 'waiting', 'asked again, it is the same')
    const later = charge(1, '2001-01-20T10:20', 3_000)
    desk.files.hour('2001-01-20T10:00', [charge(1, '2001-01-20T10:05', 8_000)])
    await desk.reflect()
    t.match(await store.settlements(10), [
      { contract: 'K1', month: '2001-01', settledAt: jst('2001-01-20T10:31') },
    ])
    // 解約月全額: 4,500 + 500, and 5 %.
    t.match(await desk.invoice('2001-01', 1), {
      gross: 5_250,
      due: 0,
      final: true,
      application: { registered: 8_000, applied: 5_250, forfeited: 2_750, carriedOut: 0 },
    })
    t.equal(await balanceOf(desk, 'K1'), 0)
    // A record that was late at CRS: nothing is asked for any more, so it is not refunded.
    desk.files.hour('2001-01-20T11:00', [later])
    await desk.reflect()
    t.strictSame((await entriesOf(desk, 'K1'))?.slice(-2), [
      ['charge', 3_000],
      ['cancellation', -3_000],
    ])
    await desk.live('2001-01', [], [])
    t.match(
      await store.closeSummary(month('2001-01')),
      { contracts: 1, forfeitedYen: 2_750 },
      'the month’s close leaves it alone',
    )
  },
)

t.test('§7.16: a late record pays what the settlement still asks for', async t => {
  const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 1_000)])
  const { store, clock } = desk
  await store.cancel(contractId('K1'), jst('2000-12-31T12:00'))
  t.equal(
    await store.settle(contractId('K1')),
    'settled',
    'December was not closed yet: it is settled with it',
  )
  t.match(await desk.invoice('2000-12', 1), { gross: 6_825, due: 5_825, final: true })
  desk.files.hour('2001-01-02', [
    charge(1, '2000-12-31T11:00', 5_000),
    charge(1, '2000-12-31T11:30', 3_000),
  ])
  await desk.reflect()
  t.strictSame((await entriesOf(desk, 'K1'))?.slice(-5), [
    ['charge', 5_000],
    ['application', -5_000],
    ['charge', 3_000],
    ['application', -825],
    ['cancellation', -2_175],
  ])
  t.equal(await balanceOf(desk, 'K1'), 0, 'nothing is lost, and nothing is refunded')
  t.match(
    await desk.invoice('2000-12', 1),
    { gross: 6_825, due: 0, application: { applied: 1_000, appliedLate: 5_825 } },
    'nobody is asked for it twice',
  )
  t.match(await store.viewContract(contractId('K1'), clock.now()), {
    applications: [{ applied: 1_000, appliedLate: 5_825 }],
  })
  clock.set(jst('2001-01-08'))
  await desk.finalise('2000-12')
  t.match(await store.closeSummary(DECEMBER), { contracts: 1, appliedYen: 1_000 })
})

t.test('§7.16: with two months open, late money pays from its own month on', async t => {
  const desk = await atTheEndOfDecember(t)
  const { store, clock } = desk
  await desk.days('2001-01-01', '2001-01-10')
  clock.set(jst('2001-01-11'))
  await store.cancel(contractId('K1'), jst('2001-01-10T12:00'))
  t.equal(await store.settle(contractId('K1')), 'settled')
  const due = async () => [
    (await desk.invoice('2000-12', 1)).due,
    (await desk.invoice('2001-01', 1)).due,
  ]
  t.strictSame(await due(), [6_825, 4_725], 'both were settled, and nothing was there to pay them')
  // biome-ignore format: table
  for (const [chargedAt, amount, left, because] of [
    ['2001-01-10T11:00', 1_000, [6_825, 3_725], 'a charge of January pays nothing of December'],
    ['2000-12-31T11:00', 5_000, [1_825, 3_725], 'one of December pays December first'],
    ['2000-12-31T11:30', 5_000, [0, 550],       'and what that leaves pays January'],
    ['2001-01-10T11:30', 3_000, [0, 0],         'the rest is not refunded'],
  ] as const) {
    desk.files.hour('2001-01-10T12:00', [charge(1, chargedAt, amount)])
    await desk.reflect()
    t.strictSame(await due(), left, because)
  }
  t.strictSame((await entriesOf(desk, 'K1'))?.slice(-5), [
    ['application', -1_825],
    ['application', -3_175],
    ['charge', 3_000],
    ['application', -550],
    ['cancellation', -2_450],
  ])
  t.equal(await balanceOf(desk, 'K1'), 0)
})

t.test('a settlement before any close bills from when billing began, not the contract', async t => {
  const desk = await openRatedDesk(t)
  const { store } = desk
  await desk.contract('K1', 1, 'digital-800-a', '1996-11-15')
  await desk.contract('K2', 2, 'digital-800-a', '2000-12-05')
  await desk.days('2000-12-01', '2001-01-10')
  desk.clock.set(jst('2001-01-11'))
  const invoiced = async (n: number) => {
    const months = ['1996-12', '2000-10', '2000-11', '2000-12', '2001-01', '2001-02']
    const all = await Promise.all(
      months.map(of => store.invoice(month(of), { msisdn: number(n) }).then(one => one && of)),
    )
    return all.filter(of => of !== undefined)
  }
  for (const [n, months, because] of [
    [1, ['2000-12', '2001-01'], 'the first file of CRS is of December'],
    [2, ['2001-01'], 'its month of joining is free, so that December has nothing'],
  ] as const) {
    await store.cancel(contractId(`K${n}`), jst('2001-01-10T12:00'))
    t.equal(await store.settle(contractId(`K${n}`)), 'settled')
    t.strictSame(await invoiced(n), months, because)
  }
  await desk.contract('K3', 3, 'digital-800-a', '1996-11-15')
  await desk.used('2000-11', [{ of: 3, item: 'call', unitPrice: 100 }])
  await store.cancel(contractId('K3'), jst('2001-01-10T12:00'))
  await store.settle(contractId('K3'))
  t.strictSame(
    await invoiced(3),
    ['2000-11', '2000-12', '2001-01'],
    'usage of November was taken in: it is billed',
  )
})

t.test(
  'B-15: of a contract that ended in a month that is closed, what is left is settled too',
  async t => {
    const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 9_000)])
    await desk.finalise('2000-12')
    t.equal(await balanceOf(desk, 'K1'), 2_175)
    t.equal(await desk.store.cancel(contractId('K1'), jst('2000-12-31T12:00')), 'ended')
    t.equal(await desk.store.settle(contractId('K1')), 'settled')
    t.equal(await balanceOf(desk, 'K1'), 0)
    t.match(await desk.store.settlements(1), [{ month: '2001-01' }])
    t.strictSame((await entriesOf(desk, 'K1'))?.at(-1), ['cancellation', -2_175])
  },
)

t.test(
  'what comes for a contract that is settled is refused, though nothing was to be fixed',
  async t => {
    const desk = await openRatedDesk(t)
    const { store } = desk
    await desk.contract('K1', 1, 'unrated', '2000-11-15')
    await desk.days('2000-12-01', '2000-12-31')
    desk.clock.set(jst('2001-01-02'))
    await store.cancel(contractId('K1'), jst('2000-12-20T12:00'))
    t.equal(await store.settle(contractId('K1')), 'settled')
    t.strictSame(await desk.used('2000-12', [{ of: 1, item: 'call', unitPrice: 500 }]), [
      'month_closed',
    ])
    const total = [{ of: { contract: contractId('K1') }, total: yen(500) }]
    t.strictSame(await store.takeInvoices(DECEMBER, total, 'one'), ['month_closed'])
  },
)

t.test('B-14: settlements, reflection and the close exclude each other for a number', async t => {
  const totals = new Set<string>()
  for (let order = 0; order < 24; order += 2) {
    const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 2_000)])
    const { store, clock } = desk
    clock.set(jst('2001-01-08'))
    await store.cancel(contractId('K1'), jst('2000-12-31T12:00'))
    desk.files.hour('2001-01-02', [charge(1, '2000-12-31T11:00', 3_000)])
    const works = [
      () => desk.reflect(),
      () => store.settle(contractId('K1')),
      () => store.settle(contractId('K1')),
      () =>
        store
          .beginClose(DECEMBER)
          .then(() => store.advanceClose(DECEMBER, 1))
          .then(() => store.advanceClose(DECEMBER, 1)),
    ]
    await Promise.all(orderOf(works, order).map(work => work()))
    while (!(await store.advanceClose(DECEMBER, 1)));
    await store.settle(contractId('K1'))
    const entries = given(await entriesOf(desk, 'K1'))
    const sum = (kind: string) =>
      entries.filter(([one]) => one === kind).reduce((all, [, amount]) => all + Number(amount), 0)
    t.equal(sum('charge'), 5_000, `order ${order}: each charge once`)
    const applications = (await store.viewContract(contractId('K1'), clock.now()))?.applications
    t.equal(
      applications?.filter(one => one.month === DECEMBER).length,
      1,
      'the month is settled once',
    )
    const invoice = await desk.invoice('2000-12', 1)
    t.equal(invoice.due - sum('application'), invoice.gross, 'paid, or still asked for')
    t.match(await store.beginClose(DECEMBER), { outcome: 'finished' })
    totals.add(
      `${-sum('application') - sum('cancellation') + ((await balanceOf(desk, 'K1')) ?? 0)}`,
    )
  }
  t.strictSame([...totals], ['5000'], 'whatever came first, every yen is somewhere')
})

/** One of the orders of four works. */
function orderOf<T>(works: readonly T[], order: number): T[] {
  const left = [...works]
  return [24, 6, 2, 1].map((_, at) => {
    const count = left.length
    const place = Math.floor(order / ([6, 2, 1, 1][at] ?? 1)) % count
    return given(left.splice(place, 1)[0])
  })
}

t.test('§7.7: a number goes to another customer, its balance does not', async t => {
  const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 9_000)])
  const { store, clock } = desk
  await desk.finalise('2000-12')
  t.equal(await balanceOf(desk, 'K1'), 2_175)
  clock.set(jst('2001-01-10T12:00'))
  desk.files.hour('2001-01-10T11:00')
  await desk.reflect()
  const transfer = (to: string, whose: string) =>
    store.transfer(contractId('K1'), contractId(to), customer(whose), jst('2001-01-10T12:00'))
  await store.takeCustomers([
    {
      customer: customer('C2'),
      kind: 'person',
      name: 'B',
      department: undefined,
      payer: 'B',
      paymentKind: 1,
    },
  ])
  t.equal(await transfer('K1', 'C2'), 'contract_exists')
  t.equal(await transfer('K2', 'C9'), 'no_such_customer')
  t.equal(await transfer('K2', 'C2'), 'transferred')
  t.equal(await transfer('K3', 'C2'), 'cancelled')
  t.match(await store.viewNumber(number(1), clock.now()), {
    contract: { contract: { contract: 'K2' }, balance: 0 },
  })
  t.equal(await balanceOf(desk, 'K1'), 0, 'settled as at a cancellation')
  t.match(await store.settlements(1), [{ contract: 'K1', month: '2001-01' }])
})

t.test('what was calculated follows a change of plan, a new number and an end', async t => {
  const desk = await atTheEndOfDecember(t)
  const { store } = desk
  const k1 = contractId('K1')
  const again = async () => {
    await desk.calculate('2000-12')
    return store.invoice(DECEMBER, { contract: k1 })
  }
  t.match(await again(), { gross: 6_825, msisdn: number(1) })
  const change = (plan: string, from: string) =>
    store.takePlanChanges([{ contract: k1, plan, from: from as JstDay }])
  await change('digital-800-b', '2001-02-01')
  t.match(await store.invoice(DECEMBER, { contract: k1 }), { gross: 6_825 }, 'not of this invoice')
  await change('digital-800-b', '2001-01-20')
  t.equal(await store.invoice(DECEMBER, { contract: k1 }), undefined, 'to be calculated again')
  t.match(await again(), { gross: 5_880 }, 'the plan of the last day of the invoice’s month')
  await store.changeNumber(k1, number(7), jst('2000-12-31T12:00'))
  t.match(await again(), { gross: 5_880, msisdn: number(7) })
  await store.cancel(k1, jst('2001-01-01'))
  t.match(await store.invoice(DECEMBER, { contract: k1 }), { gross: 5_880 }, 'December is whole')
  t.equal(await store.settle(k1), 'settled')
  t.match(await store.invoice(DECEMBER, { contract: k1 }), { gross: 5_880, final: true })
})

t.test(
  'B-05: the figures change at a registration, at the month’s close and at a settlement',
  async t => {
    const desk = await atTheEndOfDecember(t)
    const { store, clock } = desk
    let told = await store.lastUpdate()
    const changed = async () => {
      const updates = await store.updatesAfter(told, 100)
      told = await store.lastUpdate()
      const view = given(await store.viewContract(contractId('K1'), clock.now()))
      return [view.balance, view.lastChargedAt, updates.map(({ kind }) => kind)]
    }
    await desk.calculate('2000-12')
    t.strictSame(await changed(), [0, undefined, []], 'a calculation changes nothing')
    clock.set(jst('2001-01-05T12:00'))
    desk.files.hour('2001-01-05T11:00', [charge(1, '2001-01-05T11:10', 9_000)])
    await desk.reflect()
    const registered = jst('2001-01-05T11:10')
    t.strictSame(await changed(), [9_000, registered, ['entry']], 'customer registration')
    await desk.finalise('2000-12')
    t.strictSame((await changed()).slice(0, 2), [9_000, registered], 'January’s pays no December')
    await desk.used('2001-01', [{ of: 1, item: 'call', unitPrice: 1_000 }])
    await desk.live('2001-01', [], [])
    t.strictSame((await changed()).slice(0, 2), [9_000 - 5_775, registered], 'periodic calculation')
    await store.cancel(contractId('K1'), jst('2001-02-08T12:00'))
    clock.set(jst('2001-02-10'))
    desk.files.hour('2001-02-09T00:00')
    await desk.reflect()
    await changed()
    t.equal(await store.settle(contractId('K1')), 'settled')
    t.strictSame(
      await changed(),
      [0, registered, ['entry', 'invoice']],
      'immediate settlement; aris is told of each (B-06)',
    )
  },
)

t.test('P-01, §7.7: transfers and all orders go in and out as tables, bad lines named', async t => {
  const desk = await atTheEndOfDecember(t)
  const { store } = desk
  await desk.contract('K2', 2, 'digital-800-a', '2000-12-01')
  await desk.contract('K3', 3, 'digital-800-a', '2000-12-01')
  const whose = { kind: 'person', department: undefined, payer: 'B', paymentKind: 1 } as const
  await store.takeCustomers([{ customer: customer('C2'), name: 'B', ...whose }])
  const table = readTransfers(
    'contract,to,customer,at\nK1,T1,C2,2000-12-20\nK2,T2,C9,2000-12-20\nK2,?,C2,2000-12-20\n' +
      'K2,T2,C2,one day\nK9,T9,C2,2000-12-20\nK2,K3,C2,2000-12-20\n',
  )
  t.strictSame(
    table.bad.map(({ line }) => line),
    [4, 5],
  )
  const lines = table.rows.map(({ value }) => value)
  t.strictSame(await store.takeTransfers(lines), [
    'transferred',
    'no_such_customer',
    'no_such_contract',
    'contract_exists',
  ])
  t.strictSame((await store.takeTransfers(lines))[0], 'known', 'taken in again, it is the same')
  t.strictSame((await store.transfers(0, 9)).map(transferLine), ['K1,T1,C2,2000-12-20'])
  t.strictSame(await store.cancellations(0, 9), [], 'a transfer is no cancellation beside it')

  const ends = [{ contract: contractId('K2'), at: jst('2000-12-22T10:00'), settle: true }]
  t.strictSame(await store.takeCancellations(ends), ['ended'])
  const plan = { contract: contractId('K3'), plan: 'digital-800-b', from: '2000-12-21' as JstDay }
  t.strictSame(await store.takePlanChanges([plan]), ['changed'])
  const change = { contract: contractId('K3'), msisdn: number(7), at: jst('2000-12-23') }
  t.strictSame(await store.takeNumberChanges([change]), ['changed'])
  t.strictSame((await store.orders(0, 9)).map(orderLine), [
    'transfer,K1,2000-12-20,,,T1,C2,',
    'plan_change,K3,2000-12-21,,digital-800-b,,,',
    'cancellation,K2,2000-12-22T10:00:00.000+09:00,,,,,yes',
    `number_change,K3,2000-12-23,${number(7)},,,,`,
  ])
  t.equal((await store.orders(3, 9)).length, 1, 'from a place on')
})

t.test('B-02: number changes and ends go in and out as tables, bad lines named', async t => {
  const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 9_000)])
  const { store } = desk
  await desk.contract('K2', 2, 'A', '2000-12-01')
  const changes = readNumberChanges(
    `contract,msisdn,at\nK1,${number(7)},2000-12-20\nK2,0909,2000-12-20\nK2,${number(7)},20 December\n` +
      `K1,${number(8)},2000-12-05\nK9,${number(9)},2000-12-05\nK2,${number(7)},2000-12-25T10:00+09:00\n`,
  )
  t.strictSame(
    changes.bad.map(({ line }) => line),
    [3, 4],
  )
  const moved = changes.rows.map(({ value }) => value)
  t.strictSame(await store.takeNumberChanges(moved), [
    'changed',
    'too_early',
    'no_such_contract',
    'number_in_use',
  ])
  t.strictSame((await store.takeNumberChanges(moved))[0], 'known', 'taken in again, it is the same')
  const ends = readCancellations(
    'contract,at,settle\nK1,2000-12-28,yes\nK2,2000-12-29T10:00:00+09:00,no\nK2,2000-12-30,perhaps\nK2,never,no\n',
  )
  t.strictSame(
    ends.bad.map(({ line }) => line),
    [4, 5],
  )
  const ended = ends.rows.map(({ value }) => value)
  t.strictSame(await store.takeCancellations(ended), ['ended', 'ended'])
  t.strictSame(await store.takeCancellations(ended), ['known', 'known'])
  t.strictSame(await store.takeCancellations([{ ...given(ended[1]), at: jst('2000-12-30') }]), [
    'cancelled',
  ])
  t.equal(await balanceOf(desk, 'K1'), 0, 'settled at once')
  const outgoing = [
    (await store.numberChanges(0, 9)).map(numberChangeLine),
    (await store.cancellations(0, 9)).map(cancellationLine),
  ]
  t.strictSame(outgoing, [
    [`K1,${number(7)},2000-12-20`],
    ['K1,2000-12-28,yes', 'K2,2000-12-29T10:00:00.000+09:00,no'],
  ])
  t.strictSame((await store.cancellations(1, 9)).length, 1, 'from a place on')
})
