import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { parseTerminalId } from '../../billing/error-report.js'
import { errorReportCsv } from '../../billing/exports/error-report-csv.js'
import { dayEnd, errorReportPdf } from '../../billing/jobs/day-end.js'
import { errorReportPages } from '../../billing/print/error-report-print.js'
import { parseCallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { sha256Of } from '../../platform/sha256.js'
import { type BillingDesk, charge, given, jst, openBillingDesk } from '../support/billing-desk.js'
import { holdsGolden } from '../support/golden.js'
import { memoryFolder } from '../support/memory-folder.js'

const SHOP = given(parseTerminalId('shop-01'))
const OFFICE = given(parseTerminalId('office'))
const day = (text: string) => text as JstDay

/** A charge whose report is the same in every run. */
const fixed = (place: number, of: number, at: string, faceValue: number, company?: 3) =>
  charge(of, at, faceValue, {
    chargeId: chargeId(given(parseCallSessionToken(`${place}`.padStart(32, '0'))), 1),
    serial: given(parseSerialNumber(`ERR${`${place}`.padStart(9, '0')}`)),
    ...(company ? {} : { company: undefined, kindCode: undefined }),
  })

/** Billing on the morning of the 2nd: two charges of the 1st are held, one is credited. */
async function held(t: Test) {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  desk.clock.set(jst('2000-12-01T12:00'))
  desk.files.hour('2000-12-01T10:00', [
    fixed(1, 1, '2000-12-01T10:00', 3_000, 3),
    fixed(2, 99_999_999, '2000-12-01T10:05', 1_000, 3),
    fixed(3, 88_888_888, '2000-12-01T10:10', 3_000),
  ])
  await desk.reflect()
  desk.clock.set(jst('2000-12-02T00:01'))
  const folder = memoryFolder(t)
  return { desk, folder, endDay: () => roundOf(desk, folder) }
}

const roundOf = (desk: BillingDesk, folder: string, store: Partial<BillingDesk['store']> = {}) =>
  dayEnd({
    store: { ...desk.store, ...store },
    deliverer: { run: async () => 0 },
    reports: folder,
    log: pino({ level: 'silent' }),
  }).run()

t.test('B-09: what is held at the end of a day is on its report, as PDF and CSV', async t => {
  const { desk, folder, endDay } = await held(t)
  await endDay()
  t.strictSame(readdirSync(folder).sort(), ['2000-12-01.csv', '2000-12-01.pdf'])
  const report = given(await desk.store.errorReport(day('2000-12-01')))
  t.match(report.errors, [
    { msisdn: '09099999999', reason: 'number_unknown', faceValue: 1_000, retries: 0, age: 0 },
    { msisdn: '09088888888', reason: 'unmapped', faceValue: 3_000, retries: 0, age: 0 },
  ])
  const csv = readFileSync(join(folder, '2000-12-01.csv'), 'utf8')
  const pdf = readFileSync(join(folder, '2000-12-01.pdf'))
  t.equal(csv, errorReportCsv(report))
  t.strictSame(pdf, await errorReportPdf(report), 'the same bytes each time')
  holdsGolden(
    t,
    'billing/error-report.golden.txt',
    `${csv}\nPDF ${pdf.length} bytes, SHA-256 ${sha256Of(pdf)}\n`,
  )
})

t.test('B-09: each terminal has a report unread until it is opened there', async t => {
  const { desk, endDay } = await held(t)
  t.strictSame(await desk.store.errorReports(SHOP, 10), [], 'the day is not over')
  await endDay()
  const seen = async (terminal: typeof SHOP) =>
    (await desk.store.errorReports(terminal, 10)).map(({ day, count, sum, openedAt }) => [
      day,
      count,
      sum,
      openedAt !== undefined,
    ])
  t.strictSame(await seen(SHOP), [['2000-12-01', 2, 4_000, false]])
  t.equal((await desk.store.openErrorReport(day('2000-12-01'), SHOP))?.errors.length, 2)
  t.strictSame(await seen(SHOP), [['2000-12-01', 2, 4_000, true]])
  t.strictSame(await seen(OFFICE), [['2000-12-01', 2, 4_000, false]], 'not opened there')
  t.equal(await desk.store.openErrorReport(day('2000-11-30'), SHOP), undefined, 'no such report')
  const first = (await desk.store.errorReports(SHOP, 10))[0]?.openedAt
  desk.clock.set(jst('2000-12-02T09:00'))
  await desk.store.openErrorReport(day('2000-12-01'), SHOP)
  t.equal((await desk.store.errorReports(SHOP, 10))[0]?.openedAt, first, 'opened first')
})

t.test(
  'B-09: after days without billing, a report says what was true at the end of its day',
  async t => {
    const { desk, endDay } = await held(t)
    desk.clock.set(jst('2000-12-04T03:00'))
    await desk.contract(99_999_999)
    await desk.store.retryHeld(0, 10)
    await desk.store.releaseHeld(fixed(3, 1, '2000-12-01', 1).chargeId, 'the table is mended')
    await endDay()
    for (const text of ['2000-12-01', '2000-12-02', '2000-12-03']) {
      t.match(
        (await desk.store.errorReport(day(text)))?.errors,
        [
          { msisdn: '09099999999', reason: 'number_unknown', retries: 0 },
          { msisdn: '09088888888', reason: 'unmapped', retries: 0 },
        ],
        text,
      )
    }
  },
)

t.test(
  'B-09, B-10: an error grows older on each report until it is settled; a report never changes',
  async t => {
    const { desk, folder, endDay } = await held(t)
    await endDay()
    const before = await desk.store.errorReport(day('2000-12-01'))
    desk.clock.set(jst('2000-12-02T03:00'))
    await desk.store.retryHeld(0, 10)
    desk.clock.set(jst('2000-12-04T00:01'))
    await endDay()
    t.match((await desk.store.errorReport(day('2000-12-03')))?.errors, [
      { msisdn: '09099999999', retries: 1, age: 2 },
      { msisdn: '09088888888', age: 2 },
    ])
    await desk.contract(99_999_999)
    desk.clock.set(jst('2000-12-05T03:00'))
    await desk.store.retryHeld(0, 10)
    await desk.store.releaseHeld(fixed(3, 1, '2000-12-01', 1).chargeId, 'the table is mended')
    desk.clock.set(jst('2000-12-06T00:01'))
    await endDay()
    t.equal((await desk.store.errorReport(day('2000-12-04')))?.errors.length, 2, 'held at its end')
    t.equal((await desk.store.errorReport(day('2000-12-05')))?.errors.length, 1, 'one was settled')
    t.strictSame(await desk.store.errorReport(day('2000-12-01')), before)
    await desk.contract(88_888_888)
    await desk.store.retryHeld(0, 10)
    desk.clock.set(jst('2000-12-06T12:00'))
    await desk.store.retryHeld(0, 10)
    desk.clock.set(jst('2001-03-01T00:01'))
    await endDay()
    t.equal(readdirSync(folder).length, 2 * 5, 'days without errors have none, over months too')
    t.equal((await desk.store.errorReports(OFFICE, 100)).length, 5)
  },
)

t.test('killed between the report and its print, the print is made by the next round', async t => {
  const { desk, folder, endDay } = await held(t)
  const killed = () => Promise.reject(new Error('killed'))
  await t.rejects(roundOf(desk, folder, { fileErrorReport: killed }), 'after the files')
  await t.rejects(roundOf(desk, folder, { unfiledErrorReports: killed }), 'before the files')
  const [first] = readdirSync(folder)
  const written = statSync(join(folder, given(first))).mtimeMs
  await endDay()
  t.strictSame(readdirSync(folder).sort(), ['2000-12-01.csv', '2000-12-01.pdf'])
  t.ok(statSync(join(folder, given(first))).mtimeMs >= written)
  t.strictSame(await desk.store.unfiledErrorReports(), [])
})

t.test('a long report goes over pages', async t => {
  const { desk, endDay } = await held(t)
  await endDay()
  const report = given(await desk.store.errorReport(day('2000-12-01')))
  const [one] = report.errors
  const errors = Array.from({ length: 100 }, () => ({ ...given(one), faceValue: yen(500) }))
  t.equal(errorReportPages({ ...report, errors }).length, 3)
})
