import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { billingStore } from '../../billing/config.js'
import { type DeliveryKind, deliveryName } from '../../billing/deliveries/delivery.js'
import { readDelivery } from '../../billing/deliveries/delivery-text.js'
import type { Invoice } from '../../billing/invoice.js'
import { dayEnd } from '../../billing/jobs/day-end.js'
import { Deliverer, type DelivererOptions, type FinalInvoices } from '../../billing/jobs/deliver.js'
import { finalInvoices as storedInvoices } from '../../billing/jobs/final-invoices.js'
import { balanced, journalOf } from '../../billing/rules/journal.js'
import { openBillingStore } from '../../billing/store/open.js'
import type { JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { putBack } from '../../mcscp/backup/put-back.js'
import { takeBackup } from '../../mcscp/backup/take.js'
import { copyStore } from '../../platform/store.js'
import { charge, contractId, jst, openBillingDesk } from '../support/billing-desk.js'
import { freshHome } from '../support/fresh-home.js'
import { holdsGolden } from '../support/golden.js'
import { applicationOf, figure1, invoiceLine } from '../support/invoice-samples.js'
import { memoryFolder } from '../support/memory-folder.js'
import { openRatedDesk } from '../support/rated-desk.js'

const NOTHING = {
  charge: yen(0),
  application: yen(0),
  expiry: yen(0),
  reinstatement: yen(0),
  cancellation: yen(0),
}
const NO_INVOICES = { netByItem: new Map(), taxByPercent: new Map() }

/** Invoices of December 2000, final on 4 January: a person's and a company's. */
const DECEMBER: readonly Invoice[] = [
  figure1({
    month: '2000-12' as JstMonth,
    billingMonth: '2001-01' as JstMonth,
    application: applicationOf(9_744, 0, 3_000),
  }),
  figure1({
    month: '2000-12' as JstMonth,
    billingMonth: '2001-01' as JstMonth,
    number: '20010100000000002',
    customer: {
      customer: 'C000002',
      kind: 'company',
      name: '株式会社緑商事',
      department: '総務部',
      payer: '000000000002',
      paymentKind: 2,
    },
    lines: [invoiceLine('basic', '基本使用料', 3_500), invoiceLine('mail', '情報料', 300)],
    application: applicationOf(3_990, 0, 5_000),
  }),
]

/** Final invoices as the store has them, one a page. */
function finalInvoices(closedOn: string, invoices = DECEMBER): FinalInvoices {
  const pages = async function* (some: readonly Invoice[]) {
    for (const invoice of some) yield [invoice]
  }
  return {
    ofMonth: month => pages(month === '2000-12' ? invoices : []),
    one: async () => invoices[0],
    ofDay: day => pages(day === closedOn ? invoices : []),
  }
}

/** Billing with charges of 3,000 and 5,000 yen in December, closed on 4 January, and who delivers from it. */
async function december(t: Test) {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  await desk.contract(2)
  desk.clock.set(jst('2000-12-31T01:00'))
  await desk.days('2000-12-30', '2000-12-30', [charge(1, '2000-12-30T10:00', 3_000)])
  desk.clock.set(jst('2001-01-01T09:00'))
  await desk.days('2000-12-31', '2000-12-31', [charge(2, '2000-12-31T23:00', 5_000)])
  desk.clock.set(jst('2001-01-04T10:00'))
  await desk.closeMonth('2000-12', { 1: 9_744, 2: 3_990 })
  const folder = memoryFolder(t)
  const invoices = finalInvoices('2001-01-04')
  const deliverer = (changes: Partial<DelivererOptions> = {}) =>
    new Deliverer({
      store: desk.store,
      invoices,
      folder,
      log: pino({ level: 'silent' }),
      ...changes,
    })
  const names = (kind: DeliveryKind) =>
    existsSync(join(folder, kind)) ? readdirSync(join(folder, kind)).sort() : []
  const fileOf = (kind: DeliveryKind, number: number, period: string) =>
    join(folder, kind, deliveryName({ number, period }))
  return { desk, folder, deliverer, names, fileOf }
}

const everything = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.tsv'))
    .sort()
    .map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)

t.test('B-18: every booking of a day balances to zero', async t => {
  const ledger = { ...NOTHING }
  // biome-ignore format: table
  for (const [name, amount, debit, credit, because] of [
    ['charge',         3_000, '2110', '2120', 'a card that was sold becomes registered money'],
    ['application',   -3_000, '2120', '1110', 'registered money pays what is owed to us'],
    ['expiry',          -500, '2120', '4910', 'breakage'],
    ['reinstatement',    500, '4910', '2120', 'breakage is taken back'],
    ['cancellation',    -200, '2120', '4920', 'what is left is not refunded'],
  ] as const) {
    const lines = journalOf({ ...ledger, [name]: yen(amount) }, NO_INVOICES)
    t.strictSame(
      lines.map(line => [line.side, line.account.code, line.amount]),
      [['debit', debit, Math.abs(amount)], ['credit', credit, Math.abs(amount)]],
      `${name}: ${because}`,
    )
  }
  const invoiced = journalOf(NOTHING, {
    netByItem: new Map([
      ['volume', yen(-280)],
      ['call', yen(5_600)],
    ]),
    taxByPercent: new Map([[5, yen(266)]]),
  })
  t.strictSame(
    invoiced.map(({ side, account, part, amount }) => [side, account.code, part, amount]),
    [
      ['debit', '1110', '', 5_586],
      ['credit', '4110', 'call', 5_600],
      ['debit', '4110', 'volume', 280],
      ['credit', '2210', '5%', 266],
    ],
    'a discount stands on the other side',
  )
  t.equal(balanced(invoiced), 5_866)
  t.strictSame(journalOf(NOTHING, NO_INVOICES), [], 'a day on which nothing was booked')
  t.throws(() => balanced(invoiced.slice(1)), 'a journal that does not balance is sent to nobody')
})

t.test('B-17, B-18, B-20: a file a period and receiver, numbered without gap, once', async t => {
  const { desk, folder, deliverer, names } = await december(t)
  t.ok((await deliverer().run()) > 0)
  t.strictSame(names('journal').slice(0, 2), ['0000000001-20001231.tsv', '0000000002-20010101.tsv'])
  t.equal(names('journal').length, 4, 'from the first booking to yesterday, empty days too')
  t.equal(names('journal').at(-1), '0000000004-20010103.tsv', 'today is not over')
  t.strictSame(names('ebilling'), ['0000000001-200012.tsv'])
  t.strictSame(names('clamp'), ['0000000001-200012.tsv'])
  t.equal(await deliverer().run(), 0, 'all are made')

  desk.clock.set(jst('2001-01-05T00:01'))
  t.equal(await deliverer().run(), 2, 'the next day: a journal and the charge totals')
  for (const [name, text] of everything(folder)) {
    const read = readDelivery(text)
    t.equal(read.outcome, 'read', name)
  }
  holdsGolden(
    t,
    'billing/deliveries.golden.txt',
    everything(folder)
      .map(([name, text]) => `== ${name}\n${text}`)
      .join('\n'),
  )
})

t.test(
  'what is booked after its day was delivered stands in the next one, and nothing in two',
  async t => {
    const { desk, folder, deliverer } = await december(t)
    await deliverer().run()
    desk.clock.set(jst('2001-01-05T12:00'))
    await desk.days('2001-01-01', '2001-01-03', [charge(1, '2001-01-03T10:00', 1_000)])
    desk.clock.set(jst('2001-01-07T12:00'))
    await deliverer().run()
    const registered = everything(folder)
      .filter(([name]) => name.startsWith('journal'))
      .flatMap(([, text]) => {
        const read = readDelivery(text)
        return read.outcome === 'read' ? read.records : []
      })
      .filter(fields => fields[3] === '2120')
      .reduce((sum, fields) => sum + (fields[2] === 'C' ? 1 : -1) * Number(fields[6]), 0)
    t.equal(
      registered,
      3_000 + 5_000 + 1_000 - 3_000 - 3_990,
      'registered money as the ledger has it',
    )
  },
)

t.test('killed at any point, a delivery comes to the same bytes', async t => {
  const whole = await december(t)
  await whole.deliverer().run()
  const expected = everything(whole.folder)
  // biome-ignore format: table
  for (const [point, because] of [
    ['begun',   'begun in the store, nothing written'],
    ['part',    'half written, under its temporary name'],
    ['written', 'under its name, not known to the store'],
  ] as const) {
    const { desk, folder, deliverer, fileOf } = await december(t)
    const killed = () => Promise.reject(new Error('killed'))
    if (point === 'begun') await desk.store.beginDelivery('journal')
    else await t.rejects(deliverer({ store: { ...desk.store, finishDelivery: killed } }).run())
    if (point === 'part') {
      const path = fileOf('journal', 1, '2000-12-31')
      rmSync(path)
      writeFileSync(`${path}.part`, '10\t01\tjour')
    }
    desk.clock.set(jst('2001-01-04T10:00'))
    await deliverer().run()
    t.strictSame(everything(folder), expected, because)
    t.strictSame(readdirSync(join(folder, 'journal')).filter(name => name.endsWith('.part')), [])
  }
})

t.test('any past number is sent again with equal bytes, or not at all', async t => {
  const { desk, folder, deliverer, fileOf } = await december(t)
  await deliverer().run()
  const path = fileOf('ebilling', 1, '2000-12')
  const sent = readFileSync(path, 'utf8')
  rmSync(path)
  desk.clock.set(jst('2001-06-01'))
  const again = await deliverer().resend('ebilling', 1)
  t.equal(readFileSync(path, 'utf8'), sent)
  t.equal(again?.sums?.sha256, readDeliverySha(sent))
  t.equal(await deliverer().resend('ebilling', 2), undefined, 'no such number')

  const changed = finalInvoices('2001-01-04', [figure1({ remarks: 'x', plan: 'other' })])
  await t.rejects(deliverer({ invoices: changed }).resend('ebilling', 1), {
    code: 'CLOSED_FILE_CHANGED',
  })
  t.equal(readFileSync(path, 'utf8'), sent, 'what was sent is left as it is')
  t.strictSame(readdirSync(join(folder, 'ebilling')), ['0000000001-200012.tsv'])
})

const readDeliverySha = (text: string): string | undefined => {
  const read = readDelivery(text)
  return read.outcome === 'read' ? read.sums.sha256 : undefined
}

t.test('a file that is not as it was sent counts as none', async t => {
  const { deliverer, fileOf } = await december(t)
  await deliverer().run()
  const text = readFileSync(fileOf('ebilling', 1, '2000-12'), 'utf8')
  // biome-ignore format: table
  for (const [broken, because] of [
    [text.slice(0, -1),                         'cut short by a byte'],
    [text.replace('4500', '4501'),              'one digit of an amount'],
    [text.replace(/^30.*\n/m, ''),              'one line left out'],
    [text.replace(/^10\t01/, '10\t02'),         'another form'],
    ['',                                        'nothing'],
  ] as const) {
    t.equal(readDelivery(broken).outcome, 'malformed', because)
  }
})

t.test('B-18: an invoice is in one journal, by its month’s close or by its settlement', async t => {
  const desk = await openRatedDesk(t)
  await desk.contract('K1', 1, 'A', '2000-12-01')
  await desk.contract('K2', 2, 'A', '2000-12-01')
  await desk.contract('K3', 3, 'A', '2000-12-01')
  desk.clock.set(jst('2000-12-20T12:00'))
  desk.files.hour('2000-12-20T10:00', [charge(2, '2000-12-20T10:05', 10_000)])
  await desk.reflect()
  await desk.used('2000-12', [
    { of: 1, item: 'call', unitPrice: 5_000 },
    { of: 2, item: 'call', unitPrice: 700 },
    { of: 3, item: 'call', unitPrice: 300 },
  ])
  await desk.store.cancel(contractId('K2'), jst('2000-12-20T10:30'))
  t.equal(await desk.store.settle(contractId('K2')), 'settled', 'its records are there')
  await desk.live('2000-12', [], [])
  desk.clock.set(jst('2001-01-20T00:01'))

  const folder = memoryFolder(t)
  const log = pino({ level: 'silent' })
  const invoices = storedInvoices(desk.store)
  await new Deliverer({ store: desk.store, invoices, folder, log }).run()
  const journals = everything(folder)
    .filter(([name]) => name.startsWith('journal'))
    .map(([, text]) => readDelivery(text))
    .flatMap(read => (read.outcome === 'read' ? [read] : []))
  const receivables = journals.flatMap(({ header, records }) =>
    records
      .filter(fields => fields[3] === '1110' && fields[2] === 'D')
      .map(fields => [header[4], Number(fields[6])] as const),
  )
  const gross = async (n: number) => (await desk.invoice('2000-12', n)).gross
  t.strictSame(receivables, [
    ['2000-12-20', await gross(2)],
    [receivables[1]?.[0], (await gross(1)) + (await gross(3))],
  ])
  const registered = journals
    .flatMap(({ records }) => records)
    .filter(fields => fields[3] === '2120')
    .reduce((sum, fields) => sum + (fields[2] === 'C' ? 1 : -1) * Number(fields[6]), 0)
  t.equal(registered, 0, 'what the settlement left is forfeited')
  const sent = everything(folder).find(([name]) => name.startsWith('ebilling'))?.[1] ?? ''
  t.equal(sent.match(/^20\t/gm)?.length, 3, 'eBilling gets all of them')
})

t.test(
  '§7.16: what comes after a settlement is told to eBilling once, and nothing sent changes',
  async t => {
    const desk = await openRatedDesk(t)
    const { store } = desk
    await desk.contract('K1', 1, 'A', '2000-12-01')
    await desk.contract('K2', 2, 'A', '2000-12-01')
    desk.clock.set(jst('2000-12-20T12:00'))
    desk.files.hour('2000-12-20T10:00')
    await desk.reflect()
    await desk.used(
      '2000-12',
      [1, 2].map(of => ({ of, item: 'call', unitPrice: 5_000 })),
    )
    await store.cancel(contractId('K1'), jst('2000-12-20T10:30'))
    t.equal(await store.settle(contractId('K1')), 'settled')
    const late = async (at: string, amount: number) => {
      desk.clock.set(jst(at))
      desk.files.hour(at, [charge(1, '2000-12-20T10:05', amount)])
      await desk.reflect()
    }
    await late('2000-12-21T12:00', 1_000)
    await desk.live('2000-12', [], [])
    const folder = memoryFolder(t)
    const log = pino({ level: 'silent' })
    const deliverer = new Deliverer({ store, invoices: storedInvoices(store), folder, log })
    const sent = (number: number) => {
      const [, text = ''] =
        everything(folder).filter(([name]) => name.startsWith('ebilling'))[number - 1] ?? []
      const read = readDelivery(text)
      return read.outcome === 'read' ? read : undefined
    }
    const ofLate = (number: number) =>
      sent(number)
        ?.records.filter(([mark]) => mark === '50' || mark === '60')
        .map(([mark, , ...rest]) => [mark, ...rest])
    desk.clock.set(jst('2001-01-09'))
    await deliverer.run()
    t.strictSame(
      ofLate(1),
      [['50', '1000']],
      'what came before the delivery is part of the invoice',
    )
    t.equal(sent(1)?.sums.sum, 5_250 - 1_000 + 5_250)
    await late('2001-01-20T12:00', 3_000)
    t.match(await deliverer.resend('ebilling', 1), { sums: sent(1)?.sums }, 'equal bytes')
    await desk.live('2001-01', [], [])
    desk.clock.set(jst('2001-02-09'))
    await deliverer.run()
    t.strictSame(ofLate(2), [['60', 'K1', '3000', '1250']], 'what came after is told by the next')
    t.equal(sent(2)?.sums.sum, -3_000)
    await late('2001-02-20T12:00', 9_000)
    for (const number of [1, 2]) t.ok(await deliverer.resend('ebilling', number))
  },
)

t.test(
  'a backup has deliveries and error reports; put back, the next one follows them',
  async t => {
    const { desk, deliverer } = await december(t)
    desk.files.hour('2001-01-03T10:00', [charge(99_999_999, '2001-01-03T10:05', 1_000)])
    await desk.reflect()
    desk.clock.set(jst('2001-01-05T00:01'))
    const home = freshHome(t)
    const log = pino({ level: 'silent' })
    const made = deliverer({ folder: home.billingDeliveries })
    await dayEnd({ store: desk.store, deliverer: made, reports: home.errorReports, log }).run()
    await copyStore(desk.path, billingStore(home))
    const backup = join(memoryFolder(t), 'backup')
    const now = () => desk.clock.now()
    const tell = () => {}
    await takeBackup({ home, backup, withKeys: false, now, tell })
    const target = freshHome(t)
    await putBack({ home: target, backup, now, tell })

    const filesOf = (of: typeof home) =>
      [of.billingDeliveries, of.errorReports].flatMap(folder =>
        readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: false })
          .filter(name => name.includes('.'))
          .sort()
          .map(name => [name, readFileSync(join(folder, name), 'latin1')]),
      )
    t.strictSame(filesOf(target), filesOf(home))
    const names = filesOf(home).map(([name]) => name)
    for (const one of ['2001-01-04.pdf', '2001-01-04.csv', 'ebilling/0000000001-200012.tsv']) {
      t.ok(names.includes(one), `${one} is among them`)
    }
    const onBroken = (fault: Error) => {
      throw fault
    }
    const store = openBillingStore({ path: billingStore(target), clock: desk.clock, onBroken })
    t.teardown(() => store.close())
    const next = deliverer({ store, folder: target.billingDeliveries })
    t.equal(await next.run(), 0, 'nothing is made twice')
    desk.clock.set(jst('2001-01-06T00:01'))
    t.equal(await next.run(), 2, 'the next day has its journal and its totals')
    t.strictSame(filesOf(target).length, names.length + 2)
    t.ok(await next.resend('ebilling', 1), 'and any is sent again as it was')
  },
)
