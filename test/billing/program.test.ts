import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { aris } from '../../billing/aris/main.js'
import {
  demonstrationContracts,
  ftpCertificateFile,
  ftpPasswordFile,
} from '../../billing/config.js'
import { FtpLink } from '../../billing/exchange/ftp-link.js'
import { billing } from '../../billing/main.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { withDemonstrationContracts } from '../../mcscp/demonstration-contracts.js'
import type { Given } from '../../platform/settings.js'
import { given, jst, number } from '../support/billing-desk.js'
import { billingSays } from '../support/billing-words.js'
import { type CrsDesk, chargeRecord, NodeFiles, openCrs } from '../support/crs-desk.js'
import { until } from '../support/exchange-rig.js'
import { freshHome } from '../support/fresh-home.js'

t.setTimeout(120_000)

/** billing and aris as programs beside CRS, in its home and on its clock. */
async function openBilling(t: Test, crs: CrsDesk, changes: Given = {}) {
  const port = new URL(given(crs.running.listening.ftp)).port
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
  const surroundings = {
    home: crs.home,
    given: {
      MCSCP_CRS_FTP_PORT: port,
      MCSCP_BILLING_ONLINE: '00:00-24:00',
      MCSCP_ARIS_PAGE_PORT: 'off',
      ...changes,
    },
    clock: crs.clock,
    log,
  }
  const enquiries = await aris.start({ ...surroundings, log: pino({ level: 'silent' }) })
  t.teardown(() => enquiries.close())
  const start = async () => {
    const running = await withDemonstrationContracts(billing).start(surroundings)
    t.teardown(() => running.close().catch(() => {}))
    return running
  }
  return { start, lines }
}

/** Delivers quarter-hours up to a moment, with a charge at each of these. */
async function deliver(
  crs: CrsDesk,
  files: NodeFiles,
  end: string,
  charges: readonly (readonly [at: string, n: number, yen: number])[],
): Promise<void> {
  const made = charges.map(([at, n, amount]) =>
    chargeRecord(jst(at), { msisdn: number(n), faceValue: amount as never }),
  )
  const within = (began: EpochMs) =>
    made.filter(({ chargedAt }) => chargedAt >= began && chargedAt < epochMs(began + 15 * 60_000))
  crs.clock.set(jst(end))
  await crs.sender().deliver(files, jst(end), within)
}

t.test('F-01, F-02: from quarter-hour files to the ledger, over FTP with TLS', async t => {
  const crs = await openCrs(t)
  const { start, lines } = await openBilling(t, crs)
  const files = new NodeFiles('scp1', jst('2000-12-01'))
  await deliver(crs, files, '2000-12-01T02:00', [
    ['2000-12-01T00:10', 10_000_001, 3_000],
    ['2000-12-01T01:10', 99_999_999, 1_000],
  ])
  await crs.filesAre(2)
  const first = await start()
  const shown = (words: string) => billingSays(crs.home, ...words.split(' '))
  await until('two files', async () => (await shown('exchange')).includes('up to file 2'))
  t.match(await shown('show 09010000001'), /3,000 yen {2}scp1 {2}credited\nD09010000001 {2}mobile/)
  t.match(
    await shown('errors list'),
    /09099999999 .* 1,000 yen .* number_unknown .* 0 times\n1 charges/,
  )
  t.match(
    lines.filter(({ msg }) => msg === 'alarm raised').map(({ alarm }) => alarm),
    ['CHARGE_HELD'],
  )

  // The rest of the day comes while billing is down; it goes on where it ended.
  await first.close()
  await deliver(crs, files, '2000-12-02T00:00', [['2000-12-01T23:59:59.999', 10_000_001, 1_000]])
  await crs.filesAre(25)
  await start()
  await until('the day', async () => (await shown('exchange')).includes('up to file 25'))
  t.match(
    await shown('days list'),
    /2000-12-01 {2}confirmed {6}credited 2 \(4,000 yen\) {2}held 1 \(1,000 yen\)/,
  )
  t.match(
    await shown('exchange'),
    /waiting for the trigger timer\ntrigger 2;.*day-end.*trigger-send/s,
  )

  const table = join(mkdtempSync(join(tmpdir(), 'mcscp-')), 'table.csv')
  t.teardown(() => rmSync(table))
  const header = 'contract,msisdn,contract_class,plan,valid_from'
  writeFileSync(
    table,
    `${header}\nN1,09099999999,mobile,B,2000-12-01\nN2,0909999,mobile,B,2000-12-01\n`,
  )
  t.match(await shown(`contracts import ${table}`), /^1 contracts.*line 3: '0909999' is no number/s)
  crs.clock.set(jst('2000-12-02T03:00'))
  await until('the re-drive', async () => (await shown('errors list')) === '0 charges are held.')
  t.match(await shown('contracts show 09099999999'), /N1 {2}mobile {2}B\n.*\nbalance 1,000 yen/)

  t.match(await shown('contracts change-number N1 --to 09099999998 --at 2000-12-02'), 'Done.')
  t.match(await shown('contracts cancel N1 --at 2000-12-01'), /COMMAND_REFUSED: The contract got/)
  t.match(await shown('show 09088888888'), /NO_SUCH_SUBSCRIBER/)
  t.match(await shown('rearm'), /does not stand still/)

  // The month ends, by the operator's word for days that this test leaves out.
  crs.clock.set(jst('2001-01-08'))
  for (const of of ['09010000001', 'D09010000001']) {
    t.match(
      await shown(`aladin show ${of}`),
      /^contract D09010000001, as of the end of 2000-12-01\nregistered in 2000-12: 4,000 yen\n/,
      'S-28, B-04: what a shop is shown',
    )
  }
  t.match(await shown('aladin show DEM000000000'), /NO_SUCH_SUBSCRIBER/)
  t.match(await shown('close-month --month 2000-12'), /COMMAND_REFUSED: .* up to 2000-12-01/)
  await billingSays(
    crs.home,
    'days',
    'confirm',
    '--through',
    '2000-12-31',
    '--reason',
    'left out here',
  )
  writeFileSync(table, 'of,total_yen\n09010000001,3500\nN1,400\nN9,1\nD09010000001,5\n')
  t.match(
    await shown(`invoices import --month 2000-12 --file ${table}`),
    /^2 invoice totals.*line 4: billing knows no contract.*line 5: .* earlier line/s,
  )
  const closed = await shown('close-month --month 2000-12')
  t.match(closed, /2 contracts.*invoiced +3,900.*applied +3,900.*carried out +1,100/s)
  t.equal(await shown('close-month --month 2000-12'), closed, 'asked again, the same')
  t.match(
    await shown('show 09010000001'),
    /registered 4,000, applied 3,500, to pay 0, carried out 500/,
  )

  // What is made of the invoices and of the day: by itself, and when asked.
  t.match(
    await shown('print --month 2000-12 --of 09010000001'),
    /1 bills of 2000-12 are in .*-ja.pdf/,
  )
  t.match(await shown('print --month 2000-12 --language en'), /^2 bills of 2000-12/)
  t.equal(readdirSync(join(crs.home.bills, '2000-12')).length, 3)
  t.match(await shown('print --month 2000-12 --of N9'), /NO_SUCH_SUBSCRIBER/)
  const [tsv = ''] = (await shown('export tsv --month 2000-12 --run after_settlement')).split('\n')
  t.match(
    readFileSync(tsv, 'utf8'),
    /^10\n20\t.*\n80\t8\n$/s,
    'P-06: header, two invoices, trailer',
  )
  t.match(await shown('export csv --month 2000-12'), /invoices-2000-12\.csv/)
  await until('the month’s deliveries', async () =>
    (await shown('deliveries list --kind clamp')).includes('1 deliveries'),
  )
  t.match(
    await shown('deliveries list --kind ebilling'),
    /1 {2}2000-12 .* records, 0 yen {2}ebilling/,
  )
  const sent = join(crs.home.billingDeliveries, 'ebilling', '0000000001-200012.tsv')
  const bytes = readFileSync(sent)
  rmSync(sent)
  t.match(await shown('deliveries resend ebilling 1'), /ebilling\/0000000001-200012\.tsv$/)
  t.strictSame(readFileSync(sent), bytes)
  t.match(await shown('deliveries resend ebilling 2'), /COMMAND_REFUSED/)
  await until('the report of the first day', async () =>
    (await shown('reports list --terminal shop-01')).includes('2000-12-01'),
  )
  t.match(
    await shown('reports open 2000-12-01 --terminal shop-01'),
    /09099999999 .* number_unknown/,
  )
  t.match(await shown('reports list --terminal shop-01'), /2000-12-01 .* opened .*\n.*0 unread/)
  t.match(await shown('reports list --terminal shop-02'), /2000-12-01 .* UNREAD/)
  t.match(await shown('reports open 2000-12-25 --terminal shop-01'), /COMMAND_REFUSED/)

  // January is rated here: a customer, a plan, usage; calculated, corrected, settled, closed.
  const take = (content: string, words: string) => {
    writeFileSync(table, content)
    return shown(`${words} ${table}`)
  }
  t.match(
    await take(
      'customer,kind,name,department,payer,payment_kind\nC1,company,ABC,総務部,P1,1\nC2,company,ABC,,P2,1\n',
      'customers import',
    ),
    /^1 lines of customers.*line 3: a company has a department/s,
  )
  t.match(await shown('customers export'), '\nC1,company,ABC,総務部,P1,1\n')
  t.match(
    await take(
      'contract,plan,from\nN1,digital-800-a,2001-01-01\nN9,x,2001-01-01\n',
      'plan-changes import',
    ),
    /^1 lines.*line 3: billing knows no such contract/s,
  )
  t.equal(await shown('plan-changes export'), 'contract,plan,from\nN1,digital-800-a,2001-01-01')
  t.match(await shown('usage generate --month 2001-01 --seed 1'), /^[1-9]\d+ lines of usage/)
  t.match(
    await take(
      'of,item,unit_price,quantity,note\nN1,call,5600,1,前回は5600円\n',
      'usage import --month 2001-01',
    ),
    '1 lines of usage are in billing.',
  )
  t.match(await shown('usage export --month 2001-01'), '\nN1,call,5600,1,前回は5600円')
  t.match(await shown('contracts export'), '\nN1,09099999999,mobile,B,2000-12-01,N1')
  t.match(
    await take('plan,item\n', 'fee-tables check fees --file'),
    /cannot be used:\n {2}fees, line 1/,
  )
  t.match(await shown('fee-tables list'), /items +version 0\n/)

  crs.clock.set(jst('2001-02-01T14:00'))
  await billingSays(
    crs.home,
    'days',
    'confirm',
    '--through',
    '2001-01-31',
    '--reason',
    'left out here',
  )
  const ofJanuary = '--month 2001-01'
  t.match(
    await shown(`calculate-month ${ofJanuary} --dry-run`),
    /nothing kept: .*; the month before: 2 invoices, 3,900 yen\.\n.* differ.*\n {2}\S+ {2}.* → /s,
  )
  t.match(await shown(`calculate-month ${ofJanuary}`), /2001-01 is calculated, run 1/)
  t.match(
    await shown(`invoices show N1 ${ofJanuary}`),
    /calculated, 未請求\n.* 4,500 {2}基本使用料.*前回は5600円/s,
  )
  t.match(
    await shown(`invoices change-line N1 ${ofJanuary} --line 1 --amount 4000 --reason misread`),
    /4,000 {2}基本使用料.*\nshows from 2001-02-01 14:10:00 on/s,
  )
  t.match(await shown(`invoices show N1 ${ofJanuary}`), /4,500 {2}基本使用料/, 'P-05: not yet')
  t.match(await shown(`invoices show N1 ${ofJanuary} --corrected`), /4,000 {2}基本使用料/)
  t.match(await shown(`hold-month ${ofJanuary} --reason late`), '2001-01 is held open')
  t.match(await shown(`close-month ${ofJanuary}`), /2001-01 is held since .*: late\./)
  t.match(await shown(`release-month ${ofJanuary} --reason came`), '2001-01 is released')
  t.match(await shown(`close-month ${ofJanuary}`), /corrected until 2001-02-08 00:00:00; give/)
  t.match(await shown('contracts cancel N1 --at 2001-01-31 --settle'), 'Done.\nN1 is settled.')
  t.match(
    await shown('settlements list'),
    /N1 {2}ended 2001-01-31 00:00:00 {2}settled .*\n1 settle/,
  )
  t.match(await shown(`invoices show N1 ${ofJanuary}`), /final, 請求済み\n.*4,000 {2}基本使用料/s)
  const decided = `N1 ${ofJanuary} --reason gone`
  t.match(await shown(`invoices write-off ${decided}`), 'final, 貸し倒れ')
  t.match(await shown(`invoices write-off ${decided}`), 'COMMAND_REFUSED: That stands already.')
  t.match(await shown(`invoices take-back ${decided}`), 'final, 請求済み')
  t.match(await shown(`close-month ${ofJanuary} --before-window-ends`), /2001-01 is closed/)
  t.match(
    await shown(
      'contracts transfer D09010000001 --to T1 --customer C1 --at 2001-02-01T13:00:00+09:00',
    ),
    'Done.',
  )
  t.match(await shown('contracts show 09010000001'), /^T1 {2}mobile/)
  t.match(await shown('orders export'), /\ntransfer,D09010000001,2001-02-01T13:00.*,T1,C1,\n?/)
  const payment = 'reference,invoice,result,amount_yen,on\nP1,20010200000000000,paid,1,2001-02-27\n'
  t.match(await take(payment, 'payments import'), /no invoice of this number/)
})

t.test('one certificate is trusted, and the account’s password is needed', async t => {
  const crs = await openCrs(t)
  const other = await openCrs(t)
  const link = (changes: { port?: CrsDesk; certificate?: CrsDesk; password?: CrsDesk }) =>
    new FtpLink({
      host: '127.0.0.1',
      port: Number(new URL(given((changes.port ?? crs).running.listening.ftp)).port),
      certificateFile: ftpCertificateFile((changes.certificate ?? crs).home),
      passwordFile: ftpPasswordFile((changes.password ?? crs).home),
    })
  const good = link({})
  t.equal(await good.fetchAnswer(1), undefined, 'no answer to a trigger that was not sent')
  good.hangUp()
  const fresh = freshHome(t)
  const none = new FtpLink({
    host: '127.0.0.1',
    port: 1,
    certificateFile: ftpCertificateFile(fresh),
    passwordFile: ftpPasswordFile(fresh),
  })
  for (const [bad, because] of [
    [link({ certificate: other }), 'another certificate'],
    [link({ password: other }), 'another password'],
    [none, 'CRS was never started'],
  ] as const) {
    await t.rejects(bad.fetchAnswer(1), { code: 'PEER_UNREACHABLE' }, because)
    bad.hangUp()
  }
})

t.test('the demonstration subscribers are contracts where no money is real', async t => {
  const crs = await openCrs(t)
  const { start } = await openBilling(t, crs)
  await start()
  t.match(await billingSays(crs.home, 'show', '09010013010'), /D09010013010 {2}international/)
  t.match(
    await billingSays(crs.home, 'show', '09010014001'),
    /NO_SUCH_SUBSCRIBER/,
    'of Pricall it hears nothing',
  )
  t.ok(existsSync(demonstrationContracts(crs.home)))
})
