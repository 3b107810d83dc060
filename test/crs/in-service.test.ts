import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { crsStore } from '../../crs/config.js'
import { askCrs } from '../../crs/office/ask-crs.js'
import { overviewText } from '../../crs/show-command.js'
import { MIGRATIONS } from '../../crs/store/migrations.js'
import { overview } from '../../crs/store/overview.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { decodeForwardedDayClose } from '../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import { HOUR_MS } from '../../domain/jst.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import {
  type CrsDesk,
  chargeRecord,
  jst,
  NodeFiles,
  openCrs,
  openCrsStoreHere,
} from '../support/crs-desk.js'
import { freshHome } from '../support/fresh-home.js'

/** An hourly file as billing reads it; fails when it is not whole. */
function hourly(text: string) {
  const read = decodeHourlyFile(text, sha256())
  if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
  return read
}

const hoursOf = (crs: CrsDesk) =>
  crs
    .files()
    .filter(name => !name.includes('close'))
    .map(name => hourly(crs.read(name)))

const closesOf = (crs: CrsDesk) =>
  crs
    .files()
    .filter(name => name.includes('close'))
    .map(name => {
      const read = decodeForwardedDayClose(crs.read(name), sha256())
      if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
      return read
    })

/** One charge in each quarter-hour. */
const one = (began: EpochMs) => [chargeRecord(epochMs(began + 60_000))]

const DECEMBER_1 = jst('2000-12-01T00:00:00')
const after = (hours: number) => epochMs(DECEMBER_1 + hours * HOUR_MS)

t.test(
  'C-01, C-04, C-08: several nodes send at once, each by its own sequence and closes',
  async t => {
    const names = ['scp1', 'scp2', 'scp3']
    const crs = await openCrs(t, {
      at: after(25),
      given: { MCSCP_CRS_NODES: names.join(',') },
    })
    const nodes = names.map(name => new NodeFiles(name, DECEMBER_1))
    await Promise.all(nodes.map(node => crs.sender(node.name).deliver(node, after(25), one)))
    t.equal((await crs.filesAre(26)).length, 26, '25 hours and a day')
    const hours = hoursOf(crs)
    t.equal(hours.flatMap(({ records }) => records).length, 3 * 100)
    for (const { header, records, trailer } of hours) {
      t.equal(records.length, 12, 'three nodes, four quarter-hours')
      t.match(header.closure, { missing: 0 })
      t.equal(trailer.late, 0)
    }
    const [close] = closesOf(crs)
    t.strictSame(
      close?.sums.map(({ node, count }) => [node, count]),
      names.map(name => [name, 96]),
      'the day of each node',
    )
    t.strictSame(crs.alarms(), [])
  },
)

t.test(
  '3GPP TS 32.297: a file tells when it was opened, when it grew last, and when closed',
  async t => {
    const crs = await openCrs(t, { at: after(1) })
    const node = new NodeFiles('scp1', DECEMBER_1)
    await crs.sender().deliver(node, after(1), one)
    await crs.filesAre(1)
    crs.clock.set(epochMs(after(2) + 250))
    await crs.sender().deliver(node, after(2), one)
    await crs.filesAre(2)
    const [first, second] = hoursOf(crs)
    t.match(first?.header, {
      closedAt: after(1),
      closure: { openedAt: DECEMBER_1, lastReceivedAt: after(1), missing: 0 },
    })
    const received = epochMs(after(2) + 250)
    t.match(second?.header, {
      closedAt: received,
      closure: { openedAt: after(1), lastReceivedAt: received, missing: 0 },
    })
  },
)

t.test('a node is added and taken out while the others send; what it has comes late', async t => {
  const crs = await openCrs(t, { at: after(30) })
  const first = new NodeFiles('scp1', DECEMBER_1)
  await crs.sender().deliver(first, after(2), one)
  await crs.filesAre(2)
  t.equal((await crs.sender('scp2').expected()).status, 401, 'nobody knows it yet')

  const asked = (path: string) => askCrs(crs.home, path, 'test')
  t.match(await asked('/v1/nodes/scp2/in'), { outcome: 'declared' })
  const second = new NodeFiles('scp2', after(2))
  await crs.sender().deliver(first, after(3), one)
  t.equal(crs.files().length, 2, 'the hour waits for the node that was added')
  await crs.sender('scp2').deliver(second, after(3), one)
  await crs.filesAre(3)

  await crs.sender().deliver(first, after(24), one)
  await crs.sender('scp2').deliver(second, epochMs(after(3) + 15 * 60_000), one)
  t.equal(crs.files().length, 3)
  t.match(await asked('/v1/nodes/scp2/out'), { outcome: 'declared' })
  t.equal((await crs.filesAre(25)).length, 25, 'to the end of the day without it')
  t.strictSame(crs.alarms(), ['SIGNATURE_WRONG', 'NODE_OUT'])
  t.strictSame(
    hoursOf(crs).map(({ header }) => header.closure?.missing),
    [0, 0, 0, 3, ...Array(20).fill(4)],
    'each file says how many quarter-hours are missing',
  )
  t.match(await asked('/v1/nodes/scp1/out'), { outcome: 'last_in' })
  t.match(await asked('/v1/nodes/scp2/removed'), { outcome: 'behind' })

  // C-07: its day was closed without it; what it has is an adjustment of the next hour.
  await crs.sender('scp2').deliver(second, after(24), one)
  t.match(await asked('/v1/nodes/scp2/in'), { outcome: 'declared' })
  await crs.sender().deliver(first, after(25), one)
  t.equal(crs.files().length, 25, 'in again, it is waited for')
  await crs.sender('scp2').deliver(second, after(25), one)
  await crs.filesAre(26)
  const late = hoursOf(crs).at(-1)
  t.match(late, { header: { closure: { missing: 0 } }, trailer: { late: 83, count: 91 } })
  const times = late?.records.filter(({ node }) => node === 'scp2').map(one => one.chargedAt)
  t.equal(times?.[0], epochMs(after(3) + 16 * 60_000), 'C-07: with its true charge time')
  t.equal(hoursOf(crs).flatMap(({ records }) => records).length, 100 + 92, 'nothing is lost')

  t.match(
    await asked('/v1/nodes/scp2/removed'),
    { outcome: 'still_in' },
    'what it has of the open hour would be lost without a word',
  )
  t.match(await asked('/v1/nodes/scp2/out'), { outcome: 'declared' })
  t.match(await asked('/v1/nodes/scp2/removed'), { outcome: 'declared' })
  t.equal((await crs.sender('scp2').expected()).status, 401)
  await crs.sender().deliver(first, after(26), one)
  await crs.filesAre(27)
  t.equal(hoursOf(crs).at(-1)?.header.closure?.missing, 4, 'it was removed since the hour began')
  t.match(await asked('/v1/nodes/scp2/removed'), { outcome: 'known' })
  t.match(await asked('/v1/nodes/kyoto/out'), { outcome: 'unknown' })
  await crs.running.close()
  const again = await openCrs(t, { home: crs.home, at: after(31) })
  t.equal((await again.sender('scp2').expected()).status, 401, 'over a restart too')
  const store = openStoreToRead(crsStore(crs.home))
  const text = overviewText(overview(store))
  store.close()
  t.match(text, /^node scp2, REMOVED \(test\): delivered up to 2000-12-02 01:00/m)
  t.match(text, /^node scp1: /m)
})

const TABLES = {
  'charge-kinds': 'charge_kind,code\nmobilers,01\npricall,02\n',
  'face-values': 'face_value_yen,code\n3000,03\n',
  nodes: 'node,code\nscp1,001\n',
  companies: 'first,last,from,until,company\n09000000000,09099999999,2000-01-01,,7\n',
}

t.test(
  'C-02, C-10: code tables are replaced in service, checked whole first, and rolled back',
  async t => {
    const crs = await openCrs(t, { at: after(9) })
    const node = new NodeFiles('scp1', DECEMBER_1)
    let hours = 0
    const nextHour = async () => {
      hours++
      await crs.sender().deliver(node, after(hours), one)
      const names = await crs.filesAre(hours)
      return hourly(crs.read(names.at(-1) ?? '')).records.map(({ company }) => company)
    }
    const write = (file: keyof typeof TABLES, text: string) =>
      writeFileSync(join(crs.home.codeTables, `${file}.csv`), text)
    const change = (what: string) => askCrs(crs.home, `/v1/code-tables/${what}`, 'test')

    t.strictSame(await nextHour(), [3, 3, 3, 3], 'by the product’s own tables')
    mkdirSync(crs.home.codeTables, { recursive: true })
    write('companies', `${TABLES.companies}090,1,2\nnonsense\n`)
    const refused = await change('replacement').catch(error => error)
    t.match(refused, { code: 'CODE_TABLE_INVALID', message: /line 3.*\n.*line 4/ }, 'every mistake')
    t.strictSame(await nextHour(), [3, 3, 3, 3], 'and nothing was taken over')
    write('companies', TABLES.companies)
    t.match(await change('replacement'), { outcome: 'in_force', version: 2 })
    t.strictSame(await nextHour(), [7, 7, 7, 7], 'from the next hour on')
    t.match(await change('replacement'), { outcome: 'unchanged' })
    t.match(await change('roll-back'), { outcome: 'in_force', version: 1 })
    t.strictSame(await nextHour(), [3, 3, 3, 3])
    t.match(await change('roll-back'), { outcome: 'unchanged' }, 'there is none before')

    const before = crs.files().map(name => crs.read(name))
    await crs.running.close()
    const again = await openCrs(t, { home: crs.home, at: after(9) })
    for (const name of again.files()) rmSync(join(crs.home.hourlyFiles, name), { force: true })
    hours++
    await again.sender().deliver(node, after(hours), one)
    const names = await again.filesAre(1)
    const [last] = names.map(name => hourly(again.read(name)).records[0]?.company)
    t.equal(last, 3, 'what was rolled back stays so over a restart')
    t.equal(before.length, 4)
  },
)

t.test('an hour that was closed in form 01 is written in form 01 for ever', async t => {
  const home = freshHome(t)
  const old = openStore(crsStore(home), MIGRATIONS.slice(0, 2))
  old.exec(
    `INSERT INTO code_tables VALUES (1, '{"chargeKinds":{},"faceValues":{},"nodes":{},"numberRanges":[]}');
     INSERT INTO closed_file VALUES (1, 1, ${DECEMBER_1}, ${after(1)}, 1, NULL, NULL, NULL);`,
  )
  old.close()
  const crs = await openCrs(t, { home, at: after(2) })
  const [name = ''] = await crs.filesAre(1)
  const text = crs.read(name)
  t.equal(text.slice(0, 3), 'H01')
  t.notOk(hourly(text).header.closure)
  t.equal(sha256Of(Buffer.from(text)).length, 64)
  await crs.running.close()
  const { store, close } = openCrsStoreHere(home, crs.clock)
  t.strictSame(await store.ask('unwritten', { max: 10 }), [])
  close()
})
