import { readFileSync } from 'node:fs'
import t from 'tap'
import type { PaymentState } from '../../billing/invoice.js'
import { BillFiles } from '../../billing/jobs/bills.js'
import { paymentLine, readPayments } from '../../billing/records.js'
import { lastRefresh, showsFrom } from '../../billing/rules/correction-window.js'
import { type PaymentFacts, paymentStateOf } from '../../billing/rules/payment-state.js'
import { type JstDay, type JstMonth, jstText } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { openStoreToCheckpoint } from '../../platform/store.js'
import { charge, contractId, given, jst, number } from '../support/billing-desk.js'
import { ISSUER } from '../support/invoice-samples.js'
import { memoryFolder } from '../support/memory-folder.js'
import {
  atTheEndOfDecember,
  customer,
  openRatedDesk,
  type RatedDesk,
} from '../support/rated-desk.js'

const DECEMBER = '2000-12' as JstMonth
const K1 = { contract: contractId('K1') }

t.test('P-04: six states follow from what is booked, two are a person’s alone', async t => {
  const none: PaymentFacts = {
    final: true,
    collected: true,
    due: yen(4_000),
    received: yen(0),
    refused: false,
    askedAgain: false,
    mark: undefined,
  }
  const refused = { refused: true }
  // biome-ignore format: table
  const cases: readonly (readonly [Partial<PaymentFacts>, PaymentState, string])[] = [
    [{ final: false },                                'unbilled',          '未請求 until its month is closed'],
    [{ final: false, mark: 'written_off' },           'unbilled',          'nobody decides of what is not final'],
    [{ collected: false, received: yen(4_000) },      'unbilled',          '更新なし: it stays so'],
    [{},                                              'billed',            '請求済み: fixed, and sent to collection'],
    [{ due: yen(0) },                                 'billed',            'nothing is asked for, and nothing comes'],
    [{ received: yen(4_000) },                        'paid',              '入金済み'],
    [{ received: yen(3_999) },                        'payment_irregular', '入金異常: too little'],
    [{ received: yen(4_001) },                        'payment_irregular', 'too much'],
    [{ received: yen(8_000) },                        'payment_irregular', 'twice'],
    [{ due: yen(0), received: yen(1) },               'payment_irregular', 'for nothing'],
    [refused,                                         'carried_unbilled',  '繰越請求'],
    [{ ...refused, askedAgain: true },                'carried_billed',    '請求済み(繰越分): the next month went out'],
    [{ ...refused, received: yen(4_000) },            'paid',              'it came after all'],
    [{ mark: 'written_off' },                         'written_off',       '貸し倒れ, by hand'],
    [{ ...refused, mark: 'written_off' },             'written_off',       'also of what was carried'],
    [{ mark: 'not_billable' },                        'not_billable',      '請求対象外, by hand'],
  ]
  for (const [facts, state, because] of cases) {
    t.equal(paymentStateOf({ ...none, ...facts }), state, because)
  }
})

/** Takes lines of collection in: `reference,result,amount`, of the invoice of December. */
async function collected(desk: RatedDesk, ...lines: readonly string[]) {
  const { number: invoice } = await desk.invoice('2000-12', 1)
  const rows = lines.map(line => {
    const [reference, result, amount] = line.split(',')
    return `${reference},${invoice},${result},${amount},2001-01-27`
  })
  const table = readPayments(['reference,invoice,result,amount_yen,on', ...rows].join('\n'))
  t.strictSame(table.bad, [])
  return desk.store.takePayments(table.rows.map(({ value }) => value))
}

const stateOf = async (desk: RatedDesk) => (await desk.invoice('2000-12', 1)).state

t.test('P-04: what collection brings makes the state, line by line, each once', async t => {
  const desk = await atTheEndOfDecember(t)
  await desk.calculate('2000-12')
  t.strictSame(await collected(desk, 'a,paid,6825'), ['not_final'], '未請求: nobody was asked')
  await desk.finalise('2000-12')
  t.equal(await stateOf(desk), 'billed')
  t.strictSame(await collected(desk, 'a,refused,'), ['taken'])
  t.strictSame(await collected(desk, 'a,refused,0', 'a,paid,1'), ['known', 'reference_used'])
  t.equal(await stateOf(desk), 'carried_unbilled')
  const folder = memoryFolder(t)
  const files = new BillFiles({ store: desk.store, issuer: ISSUER, bills: folder, exports: folder })
  const january = async () => {
    const [file = ''] = await files.exportTsv('2001-01' as JstMonth, 'after_settlement')
    const records = readFileSync(file, 'utf8').split('\n')
    return records.map(line => line.split('\t')).filter(([kind]) => kind === '20')
  }
  await desk.live('2001-01', [], [])
  t.equal(await stateOf(desk), 'carried_billed', 'it goes out with the next month')
  t.strictSame(
    (await january()).map(fields => [fields[4], fields[9], fields[10]]),
    [
      ['20010200000000001', '4725', '1'],
      ['20010100000000001', '6825', '1'],
    ],
    'in its billing data, under its own number',
  )
  t.strictSame(await collected(desk, 'b,refused,'), ['taken'])
  t.equal(await stateOf(desk), 'carried_unbilled', 'refused again, it is carried again')
  t.strictSame(await collected(desk, 'c,paid,6000'), ['taken'])
  t.equal(await stateOf(desk), 'payment_irregular')
  t.strictSame(await collected(desk, 'd,refused,'), ['paid_already'])
  t.strictSame(await collected(desk, 'e,paid,825'), ['taken'])
  t.equal(await stateOf(desk), 'paid', 'the rest came')
  t.equal((await january()).length, 1, 'nothing of it is asked for any more')

  const outgoing = (await desk.store.payments(0, 9)).map(paymentLine)
  t.strictSame(outgoing[3], 'e,20010100000000001,paid,825,2001-01-27')
  t.strictSame(await desk.store.payments(3, 9), (await desk.store.payments(0, 9)).slice(3))
  const raw = openStoreToCheckpoint(desk.path)
  t.teardown(() => raw.close())
  raw.pragma('query_only = 0')
  for (const change of ['DELETE FROM payment', 'UPDATE payment SET amount = 1']) {
    t.throws(() => raw.exec(change), /never/, change)
  }
})

t.test('P-04: bad lines of collection are named', async t => {
  const bad = readPayments(
    [
      'reference,invoice,result,amount_yen,on',
      ',20010100000000001,paid,1,2001-01-27',
      'a,2001,paid,1,2001-01-27',
      'b,20010100000000001,perhaps,1,2001-01-27',
      'c,20010100000000001,paid,0,2001-01-27',
      'd,20010100000000001,refused,1,2001-01-27',
      'e,20010100000000001,paid,1,27 January',
    ].join('\n'),
  )
  t.strictSame([bad.rows.length, bad.bad.map(({ line }) => line)], [0, [2, 3, 4, 5, 6, 7]])
  const desk = await atTheEndOfDecember(t)
  await desk.finalise('2000-12')
  const unknown = {
    reference: 'a',
    invoice: '20010200000000001',
    result: 'paid',
    amount: yen(1),
    on: '2001-01-27' as JstDay,
  } as const
  t.strictSame(await desk.store.takePayments([unknown]), ['no_such_invoice'])
})

t.test(
  'P-04: 貸し倒れ and 請求対象外 are decided by hand, with a reason, and taken back',
  async t => {
    const desk = await atTheEndOfDecember(t)
    const { store } = desk
    await desk.calculate('2000-12')
    const decide = (mark: 'written_off' | 'not_billable' | 'taken_back') =>
      store.markPayment(DECEMBER, K1, mark, 'bankrupt')
    t.equal(
      await decide('written_off'),
      'not_final',
      'P-05: in the window the state is not changed',
    )
    await desk.finalise('2000-12')
    t.equal(await decide('taken_back'), 'not_marked')
    t.equal(await decide('written_off'), 'marked')
    t.equal(await stateOf(desk), 'written_off')
    t.equal(await decide('written_off'), 'marked_already')
    t.strictSame(await collected(desk, 'a,paid,6825'), ['marked'], 'somebody must look at it first')
    t.equal(await decide('not_billable'), 'marked')
    t.equal(await stateOf(desk), 'not_billable')
    t.equal(await decide('taken_back'), 'taken_back')
    t.equal(await stateOf(desk), 'billed', 'it is what it would be without')
    t.strictSame(await collected(desk, 'a,paid,6825'), ['taken'])
    t.equal(await stateOf(desk), 'paid')
    t.equal(
      await store.markPayment(DECEMBER, { contract: contractId('K9') }, 'written_off', 'x'),
      'nobody',
    )
  },
)

t.test('P-04: of the payment kind 更新なし nothing is collected, and nobody decides', async t => {
  const desk = await atTheEndOfDecember(t)
  const { store } = desk
  const sales = {
    customer: customer('C98'),
    kind: 'person',
    name: 'x',
    department: undefined,
    payer: 'x',
    paymentKind: 98,
  } as const
  await store.takeCustomers([sales])
  await store.takeContracts([
    {
      contract: contractId('K98'),
      msisdn: number(98),
      contractClass: 'mobile',
      plan: 'digital-800-a',
      validFrom: jst('2000-11-01'),
      customer: customer('C98'),
    },
  ])
  await desk.finalise('2000-12')
  const { number: invoice } = await desk.invoice('2000-12', 98)
  const payment = { reference: 'a', invoice, result: 'paid', amount: yen(1) } as const
  t.strictSame(await store.takePayments([{ ...payment, on: '2001-01-27' as JstDay }]), [
    'not_collected',
  ])
  const of = { contract: contractId('K98') }
  t.equal(await store.markPayment(DECEMBER, of, 'not_billable', 'x'), 'not_collected')
  t.equal((await desk.invoice('2000-12', 98)).state, 'unbilled')
})

t.test('P-05: corrections show after the refresh at minute 10 of the hour', async t => {
  // biome-ignore format: table
  for (const [at, shows, because] of [
    ['2001-01-04T13:00:00.000', '2001-01-04T13:10', 'ten minutes later'],
    ['2001-01-04T13:09:59.999', '2001-01-04T13:10', 'at once'],
    ['2001-01-04T13:10:00.000', '2001-01-04T14:10', 'with the next'],
    ['2001-01-07T23:59:59.999', '2001-01-08T00:10', 'of the last moment; by then it is final'],
  ] as const) {
    t.equal(jstText(showsFrom(jst(at))).slice(0, 16), shows, because)
    t.ok(lastRefresh(jst(at)) <= jst(at), 'the last refresh is over')
  }

  const desk = await atTheEndOfDecember(t)
  const { store, clock } = desk
  await desk.calculate('2000-12')
  const gross = async () => (await desk.invoice('2000-12', 1)).gross
  const corrected = async () => given(await store.correctedInvoice(DECEMBER, K1))
  const change = (amount: number) =>
    store.correct(DECEMBER, K1, { does: 'change_amount', line: 2, amount: yen(amount) }, 'misread')
  clock.set(jst('2001-01-04T13:05'))
  t.equal(await change(100), 'corrected')
  t.equal(await change(300), 'corrected')
  t.equal(await gross(), 6_825, 'as it was calculated')
  const waiting = await corrected()
  t.equal(waiting.invoice.gross, 5_040, 'who corrects it sees it at once')
  t.equal(waiting.showsFrom, jst('2001-01-04T13:10'))
  clock.set(jst('2001-01-04T13:10'))
  t.equal(await gross(), 5_040)
  t.equal((await corrected()).showsFrom, undefined)
  clock.set(jst('2001-01-04T13:30'))
  t.equal(await change(0), 'corrected')
  clock.set(jst('2001-01-04T14:09:59.999'))
  t.equal(await gross(), 5_040, 'as it showed before')
  clock.set(jst('2001-01-07T23:59:59.999'))
  t.equal(await gross(), 4_725)
  t.equal(await change(500), 'corrected')
  t.equal(await gross(), 4_725)
  await desk.finalise('2000-12')
  t.equal(await gross(), 5_250, '§7.15: final at the window’s close, with all that was corrected')
  t.equal(await store.correctedInvoice(DECEMBER, K1), undefined)
})

t.test('P-05, B-22: what a partner’s invoice takes shows at the refresh too', async t => {
  const desk = await openRatedDesk(t)
  const { store, clock } = desk
  for (const n of [1, 2]) await desk.contract(`K${n}`, n, 'digital-800-a', '2000-11-15', 'dotchimo')
  const pair = { contract: contractId('K1'), partner: contractId('K2'), from: DECEMBER }
  t.strictSame(await store.takePairs([pair]), ['taken'])
  await desk.days('2000-12-01', '2000-12-31', [charge(1, '2000-12-10T12:00', 6_000)])
  clock.set(jst('2001-01-02'))
  await desk.calculate('2000-12')
  clock.set(jst('2001-01-04T13:05'))
  const before = await desk.invoice('2000-12', 2)
  t.equal(before.application.appliedFromPartner, 6_000 - 4_725)
  const correction = { does: 'change_amount', line: 1, amount: yen(0) } as const
  t.equal(await store.correct(DECEMBER, K1, correction, 'misread'), 'corrected')
  t.strictSame(await desk.invoice('2000-12', 2), before)
  clock.set(jst('2001-01-04T13:10'))
  const after = await desk.invoice('2000-12', 2)
  t.equal(after.application.appliedFromPartner, 4_725, 'more is left for the other number')
})
