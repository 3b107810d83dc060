import { readdirSync } from 'node:fs'
import type { Test } from 'tap'
import { totalYen } from '../../domain/charge-traffic.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { reconcile } from '../../mcscp/reconcile/reconcile.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { dayOf, msisdnOf, serialOf } from '../../scp/store/keys.js'
import { until } from './crs-desk.js'
import type { CrsRoad } from './crs-road.js'
import type { DayCallers } from './day-callers.js'
import type { PlannedCall } from './day-plan.js'
import { brokenBySessions, brokenIdentities, trafficOf } from './day-traffic.js'
import { chargesLost, recordsNotInFiles } from './kill-audit.js'
import type { LonePrograms } from './lone-programs.js'
import { brokenOnScreen, NocTable } from './noc-table.js'
import { pinsAtHome } from './pin-search.js'
import { brokenSpans } from './span-recount.js'

/** The node that the calls go to. */
export const NODE = 'scp1'

/** What a unit costs, by default. */
const UNIT = yen(10)

/** A day that is over, with all that its network has done and its callers were told. */
export interface DayPlayed {
  readonly day: JstDay
  readonly programs: LonePrograms
  readonly road: CrsRoad
  readonly callers: DayCallers
  readonly planned: readonly PlannedCall[]
  /** Deliveries that were to be made again. */
  readonly repeats: number
}

/** Holds the books of a day against each other, and against what callers were told. */
export async function auditDay(t: Test, played: DayPlayed): Promise<void> {
  const { programs, callers, day } = played
  t.strictSame(programs.fallen, [], 'no program fell but by its kills')
  t.strictSame(callers.hanging, [], 'no caller was left waiting')
  t.strictSame(callers.forged.taken, 0, 'S-07: no forged identity was taken')
  auditCharges(t, played)
  auditFiles(t, played)
  auditRoad(t, played)
  await auditTraffic(t, played)
  await auditScreens(t, played)
  const { code, output } = await programs.command('reconcile', '--day', day, '--lang', 'en')
  t.comment(output)
  t.equal(code, 0, `mcscp reconcile --day ${day} finds no difference`)
  const liability = await programs.command('liability', '--on', day)
  t.comment(liability.output)
  t.equal(liability.code, 0, 'the card-liability account balances, to the yen')
  t.strictSame(pinsAtHome(programs.home, pinsOf(played)), [], 'no PIN is in any file')
}

/** No charge lost, none double, and none that nobody asked for. */
function auditCharges(t: Test, { programs: { home }, callers }: DayPlayed): void {
  const { stories, unsure } = callers
  t.strictSame(chargesLost({ home }, stories), [], 'who was told of a charge has it')
  const owner = new Map([...stories, ...unsure].map(({ card, number }) => [card.serial, number]))
  const store = openStoreToRead(scpStore(home))
  const records = store
    .prepare<[], { serial: number; msisdn: number }>('SELECT serial, msisdn FROM charge_record')
    .all()
    .map(({ serial, msisdn }) => ({ serial: serialOf(serial), msisdn: msisdnOf(msisdn) }))
  const used = store.prepare('SELECT count(*) FROM card WHERE state = 5').pluck().get()
  store.close()
  const strange = records.filter(({ serial, msisdn }) => owner.get(serial) !== msisdn)
  t.strictSame(strange, [], 'what is charged was keyed, by whom it is charged to')
  t.equal(new Set(records.map(({ serial }) => serial)).size, records.length, 'no card twice')
  t.equal(used, records.length, 'and each is used')
  t.ok(records.length > 0, `${records.length} cards were charged`)
}

function auditFiles(t: Test, { programs: { home }, day }: DayPlayed): void {
  const digits = day.replaceAll('-', '')
  const named = (folder: string, pattern: string) =>
    readdirSync(folder).filter(name => new RegExp(pattern).test(name)).length
  t.equal(named(home.quarterHourFiles, `^${NODE}-\\d{10}-${digits}\\d{4}\\.txt$`), 96)
  t.equal(named(home.hourlyFiles, `^\\d{10}-${digits}\\d{2}\\.txt$`), 24)
  t.equal(recordsNotInFiles({ home }), 0, 'every record is in a quarter-hour file')
}

/** What CRS answered to what was caught and repeated is what it answered first, and what scp keeps. */
function auditRoad(t: Test, { programs: { home }, road, repeats }: DayPlayed): void {
  t.strictSame(road.differing, [], 'a delivery made again has the same answer, to the byte')
  t.equal(road.repeated, repeats, `${repeats} were made again`)
  t.ok(road.outOfOrder > 0, `${road.outOfOrder} of them out of order`)
  const store = openStoreToRead(scpStore(home))
  const kept = store
    .prepare<[], { number: number | null; day: number | null; answer: Buffer }>(
      'SELECT number, day, answer FROM acknowledgement',
    )
    .all()
  store.close()
  const caught = road.acknowledgements()
  const different = kept.filter(({ number, day, answer }) => {
    const path = day === null ? `quarter-hour-files/${number}` : `day-closes/${dayOf(day)}`
    return caught.get(path) !== `200 ${answer.toString()}`
  })
  t.strictSame(different, [], `scp keeps the ${kept.length} acknowledgements that CRS gave`)
}

/** M-17, on every row, and over the day. */
async function auditTraffic(t: Test, { programs: { home }, day }: DayPlayed): Promise<void> {
  const [from, to] = [startOfJstDay(day), startOfJstDay(nextJstDay(day))]
  // Before the day a little was charged, and what kills cut off ended after it.
  const rows = await trafficOf(home, epochMs(from - HOUR_MS), epochMs(to + 24 * HOUR_MS))
  t.strictSame(brokenIdentities(home, rows), [], `M-17: ${rows.length} rows add up`)
  const ofDay = rows.filter(({ beganAt }) => beganAt >= from && beganAt < to)
  t.equal(ofDay.length, 96)
  t.ok(
    ofDay.every(({ final }) => final),
    'no row of the day can change any more',
  )
  const mobilers = ofDay.flatMap(({ kinds }) => kinds.filter(({ kind }) => kind === 'mobilers'))
  const shown = {
    count: mobilers.flatMap(({ cards }) => cards).reduce((sum, [, count]) => sum + count, 0),
    sum: mobilers.reduce((sum, row) => sum + totalYen(row), 0),
  }
  for (const { name, mobilers: booked } of reconcile(home, { node: NODE, unit: UNIT, day })
    .stages) {
    if (booked)
      t.strictSame(booked, shown, `M-17: accepted on the day = ${name.replaceAll('_', ' ')}`)
  }
  const acknowledged = rows.reduce((sum, { toCrs }) => sum + toCrs.acknowledged, 0)
  const sent = rows.reduce((sum, { toCrs }) => sum + toCrs.sent, 0)
  t.equal(sent, acknowledged, 'what was sent for the first time is what CRS acknowledged')
  const offered = rows.flatMap(({ kinds }) => kinds).flatMap(({ cards }) => cards)
  t.equal(
    acknowledged,
    offered.reduce((sum, [, count]) => sum + count, 0),
    'CRS acknowledged each record once',
  )
}

/** M-17 as the operators see it, who were shown the day when it was over. */
async function auditScreens(t: Test, { programs: { home, ports }, day }: DayPlayed): Promise<void> {
  const table = await NocTable.logIn(home, ports.noc)
  const [from, to] = [startOfJstDay(day), startOfJstDay(nextJstDay(day))]
  const told = await trafficOf(home, from, to)
  for (const kind of ['mobilers', 'pricall', 'all'] as const) {
    let rows = await table.rows(day, kind)
    await until('noc has the day', async () => {
      rows = await table.rows(day, kind)
      return rows.length === 96 && rows.every(({ open }) => !open)
    })
    t.strictSame(rows.flatMap(brokenOnScreen), [], `M-17: every row of noc adds up, ${kind}`)
    const yen = told.flatMap(({ kinds }) =>
      kinds.filter(one => kind === 'all' || one.kind === kind).map(totalYen),
    )
    t.equal(
      rows.reduce((sum, { values }) => sum + (values.total_yen ?? 0), 0),
      yen.reduce((sum, amount) => sum + amount, 0),
      'and shows what scp tells',
    )
    const hours = await table.rows(day, kind, 'hour')
    const days = (await table.rows(day, kind, 'day')).filter(({ time }) => time === day)
    t.match([hours.length, days.length], [24, 1])
    t.strictSame([...hours, ...days].flatMap(brokenOnScreen), [], 'hours and the day add up, too')
    const broken = [
      ...brokenSpans(hours, told, { by: 'hour', kind }),
      ...brokenSpans(days, told, { by: 'day', kind }),
    ]
    t.strictSame(broken, [], `M-17: hours and the day are their quarter-hours, ${kind}`)
    if (kind === 'all') continue
    const untold = [
      ...brokenBySessions(home, hours, { by: 'hour', kind }),
      ...brokenBySessions(home, days, { by: 'day', kind }),
    ]
    t.strictSame(untold, [], `M-17: and what the call sessions and files of ${kind} say`)
  }
}

const pinsOf = ({ planned }: DayPlayed): ReadonlySet<string> =>
  new Set(
    planned.flatMap(({ keys }) => keys.map(key => (key.what === 'card' ? key.card : key).pin)),
  )
