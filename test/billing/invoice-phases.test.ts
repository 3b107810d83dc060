import { readFileSync } from 'node:fs'
import t from 'tap'
import { BillFiles } from '../../billing/jobs/bills.js'
import { MIGRATIONS } from '../../billing/store/migrations.js'
import { openBillingStore } from '../../billing/store/open.js'
import { addMonths, type JstDay, type JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { openStore, openStoreToCheckpoint } from '../../platform/store.js'
import { charge, contractId, jst, number, openBillingDesk } from '../support/billing-desk.js'
import { ISSUER } from '../support/invoice-samples.js'
import { memoryFolder } from '../support/memory-folder.js'
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
  '§7.15, P-04: calculated, then corrected, then final; the ledger moves only then',
  async t => {
    const desk = await atTheEndOfDecember(t, [charge(1, '2000-12-10T12:00', 5_000)])
    const { store, clock } = desk
    const k1 = { contract: contractId('K1') }
    t.match(await store.beginCalculation(month('2001-01')), { outcome: 'not_over' })
    await desk.calculate('2000-12')
    t.match(await desk.invoice('2000-12', 1), {
      gross: 6_825,
      due: 1_825,
      state: 'unbilled',
      final: false,
      calculatedOn: '2001-01-02',
      application: { registered: 5_000, applied: 5_000, carriedOut: 0 },
    })
    t.equal(await balanceOf(desk, 'K1'), 5_000, 'nothing is booked')
    t.match(await store.beginClose(DECEMBER, true), {
      outcome: 'window_open',
      until: jst('2001-01-08'),
    })

    const change = (amount: number) =>
      store.correct(
        DECEMBER,
        k1,
        { does: 'change_amount', line: 2, amount: yen(amount) },
        'misread',
      )
    // biome-ignore format: table
    for (const [at, outcome, because] of [
    ['2001-01-04T12:59:59.999', 'window_closed', 'before the window'],
    ['2001-01-04T13:00',        'corrected',     'first business day, 13:00'],
    ['2001-01-07T23:59:59.999', 'corrected',     'its last moment'],
  ] as const) {
    clock.set(jst(at))
    t.equal(await change(100), outcome, because)
  }
    t.match(
      await desk.invoice('2000-12', 1),
      {
        gross: 4_830,
        due: 0,
        application: { applied: 4_830, carriedOut: 170, validThrough: '2002-12' },
      },
      'the application is made again',
    )
    const add = { does: 'add_line', item: 'equipment', name: undefined, amount: yen(300) } as const
    t.equal(await store.correct(DECEMBER, k1, add, 'rent'), 'corrected')
    t.equal(
      await store.correct(DECEMBER, k1, { does: 'delete_line', line: 2 }, 'not his'),
      'corrected',
    )
    t.equal(
      await store.correct(DECEMBER, k1, { does: 'delete_line', line: 9 }, 'x'),
      'no_such_line',
    )
    t.equal(await store.correct(DECEMBER, k1, { ...add, item: 'tram' }, 'x'), 'no_such_item')
    t.equal(await store.correct(DECEMBER, { contract: contractId('K9') }, add, 'x'), 'nobody')
    const kept = await store.correctionsOf(DECEMBER, 1)
    t.strictSame(
      kept.map(({ reason }) => reason),
      ['misread', 'misread', 'rent', 'not his'],
      'every correction is kept',
    )
    t.strictSame(await desk.used('2000-12', [{ of: 1, item: 'packet', unitPrice: 9 }]), [
      'corrected',
    ])
    await desk.calculate('2000-12')
    t.match(
      await store.calculationSummary(DECEMBER),
      { run: 2, corrected: 1, grossYen: 5_040 },
      'a second run keeps it',
    )

    clock.set(jst('2001-01-08'))
    t.equal(await change(100), 'window_closed', 'the window is over')
    await desk.finalise('2000-12')
    const final = await desk.invoice('2000-12', 1)
    t.match(final, { gross: 5_040, due: 40, state: 'billed', final: true })
    t.equal(await balanceOf(desk, 'K1'), 0, 'booked at the end of the window')
    t.equal(await change(100), 'month_closed')
    t.match(await store.beginCalculation(DECEMBER), { outcome: 'month_closed' })
    t.strictSame(await desk.used('2000-12', [{ of: 1, item: 'call', unitPrice: 1 }]), [
      'month_closed',
    ])
    const raw = openStoreToCheckpoint(desk.path)
    t.teardown(() => raw.close())
    raw.pragma('query_only = 0')
    for (const change of [
      'UPDATE calculated_invoice SET gross = 9999',
      'DELETE FROM calculated_invoice',
      'DELETE FROM correction',
    ]) {
      t.throws(() => raw.exec(change), /never|kept/, change)
    }
  },
)

t.test('P-04: payment kinds 支払なし and 更新なし', async t => {
  const desk = await openRatedDesk(t)
  const of = (id: string, paymentKind: 98 | 99) =>
    ({
      customer: customer(id),
      kind: 'person',
      name: id,
      department: undefined,
      payer: id,
      paymentKind,
    }) as const
  await desk.store.takeCustomers([of('C98', 98), of('C99', 99)])
  await desk.store.takeContracts(
    [98, 99].map(n => ({
      contract: contractId(`K${n}`),
      msisdn: number(n),
      contractClass: 'mobile' as const,
      plan: 'digital-800-a',
      validFrom: jst('2000-11-01'),
      customer: customer(`C${n}`),
    })),
  )
  await desk.live('2000-12', [charge(99, '2000-12-05T12:00', 1_000)], [])
  t.match(
    await desk.invoice('2000-12', 98),
    { final: true, state: 'unbilled' },
    '更新なし: it stays 未請求',
  )
  t.equal(
    await desk.store.invoice(DECEMBER, { msisdn: number(99) }).then(one => one?.gross),
    0,
    '支払なし: nothing is asked for',
  )
  t.equal(await balanceOf(desk, 'K99'), 1_000, 'and the money stays')
  const folder = memoryFolder(t)
  const files = new BillFiles({ store: desk.store, issuer: ISSUER, bills: folder, exports: folder })
  const [file = ''] = await files.exportTsv(DECEMBER, 'before_settlement')
  const billed = readFileSync(file, 'utf8').match(/^20\t[^\t]+/gm)
  t.strictSame(billed, ['20\tC98'], '支払なし: no billing data is made')
  t.equal(await files.printMonth(DECEMBER, 'ja'), 1, 'and no bill')
})

t.test(
  'P-14: an invoice keeps its month and its number when the cycle is set otherwise',
  async t => {
    const desk = await atTheEndOfDecember(t)
    await desk.calculate('2000-12')
    const numbered = { billingMonth: '2001-01', number: '20010100000000001' }
    t.match(await desk.invoice('2000-12', 1), numbered)
    const onBroken = (fault: Error) => {
      throw fault
    }
    const { path, clock } = desk
    const other = openBillingStore({ path, clock, onBroken, cycleMonths: 2 })
    t.teardown(() => other.close())
    const k1 = { contract: contractId('K1') }
    t.match(await other.invoice(DECEMBER, k1), { ...numbered, final: false })
    await desk.finalise('2000-12')
    t.match(await other.invoice(DECEMBER, k1), { ...numbered, final: true })
  },
)

t.test('a rehearsal keeps nothing, and tells what would be otherwise', async t => {
  const desk = await atTheEndOfDecember(t)
  await desk.contract('K2', 2, 'digital-800-b', '2000-11-15')
  t.equal(await desk.store.rehearsalOf(DECEMBER), 'previous_month')
  t.match(await desk.store.rehearse(DECEMBER, 0, 10), {
    invoices: [
      { contract: 'K1', before: undefined, after: 6_825 },
      { contract: 'K2', before: undefined, after: 3_780 },
    ],
    last: 2,
  })
  t.equal(await desk.store.invoice(DECEMBER, { msisdn: number(1) }), undefined)
  await desk.calculate('2000-12')
  t.strictSame(await desk.used('2000-12', [{ of: 2, item: 'call', unitPrice: 100 }]), ['taken'])
  t.equal(await desk.store.rehearsalOf(DECEMBER), 'last_run')
  const { invoices } = await desk.store.rehearse(DECEMBER, 0, 10)
  t.match(
    invoices,
    [
      { before: 6_825, after: 6_825 },
      { before: undefined, after: 3_885 },
    ],
    'usage that came since asks for another calculation',
  )
})

t.test('cut short anywhere, a calculation and a close come to the same', async t => {
  const outcomes: unknown[] = []
  for (const cutAt of [undefined, 1, 2, 3] as const) {
    const desk = await openRatedDesk(t)
    const { store, clock } = desk
    for (const n of [1, 2, 3, 4])
      await desk.contract(`K${n}`, n, 'digital-800-a', '2000-11-15', 'dotchimo')
    await store.takePairs([
      { contract: contractId('K1'), partner: contractId('K3'), from: DECEMBER },
    ])
    await desk.days('2000-12-01', '2000-12-31', [charge(3, '2000-12-10T12:00', 9_000)])
    clock.set(jst('2001-01-08'))
    const steps = { calculation: 0, close: 0 }
    await store.beginCalculation(DECEMBER)
    while (!(await store.advanceCalculation(DECEMBER, cutAt ?? 100))) steps.calculation++
    await store.beginClose(DECEMBER)
    if (cutAt !== undefined) {
      await store.advanceClose(DECEMBER, cutAt)
      desk.files.hour('2001-01-01', [charge(2, '2000-12-31T23:00', 3_000)])
      await desk.reflect()
      await desk.contract('K5', 5, 'digital-800-a', '2000-11-15')
      t.equal(
        await store.changeNumber(contractId('K4'), number(9), jst('2001-01-01')),
        'month_closing',
      )
      t.strictSame(
        await store.takePlanChanges([
          { contract: contractId('K4'), plan: 'digital-800-b', from: '2000-12-01' as JstDay },
        ]),
        ['month_closing'],
      )
      t.match(await store.replaceFeeTable('plans', '', 'x'), { outcome: 'month_closing' })
      const kept = await store.customers('', 9)
      t.strictSame(
        await store.takeCustomers(kept.map(one => ({ ...one, name: 'another', paymentKind: 99 }))),
        kept.map(() => 'month_closing'),
      )
    }
    while (!(await store.advanceClose(DECEMBER, cutAt ?? 100))) steps.close++
    const { invoices } = await store.invoices(DECEMBER, 0, 100)
    outcomes.push({ invoices, summary: await store.closeSummary(DECEMBER) })
  }
  for (const outcome of outcomes) t.strictSame(outcome, outcomes[0])
  t.match(outcomes[0], { summary: { contracts: 4, appliedYen: 9_000 } })
})

t.test(
  'B-22, §7.8: each bill takes its own money first, then what is left of one pays the other',
  async t => {
    // biome-ignore format: table
    for (const [one, other, paid, carried, because] of [
    [9_000, 0,     [[4_725, 0], [0, 4_275]],     [0, 0],         'what is left of the one pays the other'],
    [0,     9_000, [[0, 4_275], [4_725, 0]],     [0, 0],         'and so the other way round'],
    [5_000, 1_000, [[4_725, 0], [1_000, 275]],   [0, 0],         'each its own first'],
    [9_000, 9_000, [[4_725, 0], [4_725, 0]],     [4_275, 4_275], 'what neither needs carries with its own number'],
  ] as const) {
    const desk = await openRatedDesk(t)
    for (const n of [1, 2]) await desk.contract(`K${n}`, n, 'digital-800-a', '2000-11-15', 'dotchimo')
    await desk.contract('K3', 3, 'digital-800-a', '2000-11-15')
    const pair = (partner: string) => desk.store.takePairs([{ contract: contractId('K2'), partner: contractId(partner), from: DECEMBER }])
    t.strictSame([await pair('K3'), await pair('K2'), await pair('K1'), await pair('K1'), await pair('K9')].flat(), ['class_not_dotchimo', 'same_contract', 'taken', 'known', 'no_such_partner'])
    const charges = [[1, one], [2, other]].flatMap(([n = 0, amount = 0]) => (amount > 0 ? [charge(n, '2000-12-10T12:00', amount)] : []))
    await desk.live('2000-12', charges, [])
    for (const [index, [own = 0, fromOther = 0]] of paid.entries()) {
      const invoice = await desk.invoice('2000-12', index + 1)
      t.match(invoice, { gross: 4_725, due: 4_725 - own - fromOther, application: { applied: own, appliedFromPartner: fromOther, carriedOut: carried[index] } }, because)
    }
    t.strictSame([await balanceOf(desk, 'K1'), await balanceOf(desk, 'K2')], carried)
  }
  },
)

t.test('B-01: every cell of Table 6', async t => {
  const desk = await openRatedDesk(t)
  const plans = ['digital-800-a', 'digital-800-b', 'ohanashi-plus-l', 'dotchimo'] as const
  for (const [index, plan] of plans.entries()) {
    await desk.contract(
      `M${index}`,
      10 + index,
      plan,
      '2000-11-15',
      plan === 'dotchimo' ? 'dotchimo' : 'mobile',
    )
  }
  await desk.contract('P0', 20, 'pricall', '2000-11-15', 'pricall')
  const items = ['call', 'call-flat', 'call-special', 'call-phs', 'packet', 'i-mode', 'equipment']
  const usage = [10, 11, 12, 13, 20].flatMap(of =>
    items.map(item => ({ of, item, unitPrice: 100 })),
  )
  const charges = [10, 11, 12, 13, 20].flatMap(n =>
    [5_000, 5_000].map(amount => charge(n, '2000-12-10T12:00', amount)),
  )
  await desk.live('2000-12', charges, usage)
  for (const [index, plan] of plans.entries()) {
    const invoice = await desk.invoice('2000-12', 10 + index)
    t.match(invoice, { plan }, `モバイラーズ, plans: ${plan}`)
    const found = invoice.lines.map(({ item }) => item)
    t.strictSame(
      items.filter(item => !found.includes(item)),
      [],
      'call-charge structure: normal, flat, long-special, PHS: all',
    )
    t.ok(
      found.includes('basic') && invoice.lines.every(({ deductible }) => deductible),
      'pays for: basic, calls, packet, i-mode, equipment: all',
    )
    t.match(
      invoice,
      { due: 0, application: { applied: invoice.gross } },
      'itemisation: also at 0 yen',
    )
    t.equal(invoice.lines.length, 8)
  }
  t.equal(
    await desk.store.invoice(DECEMBER, { msisdn: number(20) }),
    undefined,
    'ぷりコール: no invoice',
  )
  t.strictSame(
    await entriesOf(desk, 'P0'),
    [],
    'ぷりコール: cards pay its calls by units, and billing nothing',
  )
})

t.test('a store of the form before has its contracts, applications and totals', async t => {
  const { path } = openBillingDesk(t)
  const old = `${path}.old`
  const store = openStore(old, MIGRATIONS.slice(0, 1))
  store.exec(`
    INSERT INTO contract VALUES (1, 'K1', 'mobile', 'A', NULL);
    INSERT INTO number_period VALUES ('${number(1)}', ${jst('2000-12-01')}, NULL, 1);
    INSERT INTO month_close VALUES ('2000-12', 0, 1, 5, 6);
    INSERT INTO month_application VALUES (1, '2000-12', 700, 0, 1000, 0, 700, 0, 300, '2002-12');
    INSERT INTO invoice VALUES ('2001-01', 1, 500, 'one');`)
  store.close()
  const clock = { now: () => jst('2001-02-08') }
  const onBroken = (fault: Error) => {
    throw fault
  }
  const now = openBillingStore({ path: old, clock, onBroken })
  t.teardown(() => now.close())
  t.match(await now.viewContract(contractId('K1'), clock.now()), {
    applications: [
      {
        month: '2000-12',
        invoice: 700,
        deductible: 700,
        applied: 700,
        carriedOut: 300,
        validThrough: '2002-12',
      },
    ],
  })
  t.match(await now.customers('', 9), [{ customer: 'K1', kind: 'person', payer: 'P00000000001' }])
  await now.confirmDays('2001-01-31' as JstDay, 'a test of forms')
  await now.beginClose(addMonths(DECEMBER, 1))
  t.ok(await now.advanceClose(addMonths(DECEMBER, 1), 9))
  t.match(await now.invoice(month('2001-01'), { contract: contractId('K1') }), {
    gross: 500,
    due: 500,
    final: true,
  })
})
