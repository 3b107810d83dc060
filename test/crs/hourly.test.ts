import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { crsStore } from '../../crs/config.js'
import { HourCloser } from '../../crs/hourly/closer.js'
import type { BackgroundQuestions, CrsBackground } from '../../crs/store/questions.js'
import { readingAnswers } from '../../crs/store/reading.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { decodeForwardedDayClose } from '../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import { HOUR_MS } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { chargeRecord, jst, NodeFiles, openCrs, openCrsStoreHere } from '../support/crs-desk.js'
import { freshHome } from '../support/fresh-home.js'

/** An hourly file as its reader has it; fails when it is not whole. */
function hourly(text: string) {
  const read = decodeHourlyFile(text, sha256())
  if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
  return read
}

function dayClose(text: string) {
  const read = decodeForwardedDayClose(text, sha256())
  if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
  return read
}

/** A charge every five minutes, of callers of several companies; every fourth is Pricall's. */
function someCharges(began: EpochMs) {
  return [0, 5, 10].map((minute, n) => {
    const index = Math.floor(began / 900_000) * 3 + n
    const msisdn = parseMsisdn(`0901000${`${(index * 37) % 1_000}`.padStart(4, '0')}`)
    if (!msisdn) throw new TypeError('not a number')
    return chargeRecord(epochMs(began + minute * 60_000), {
      msisdn,
      kind: index % 4 ? 'mobilers' : 'pricall',
      faceValue: yen(index % 3 ? 3_000 : 1_000),
    })
  })
}

for (const zone of ['Europe/Berlin', 'America/New_York']) {
  t.test(`XK4, C-03, C-04: 24 hourly files and a close a day, with TZ=${zone}`, async t => {
    const before = process.env.TZ
    process.env.TZ = zone
    t.teardown(() => {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    })
    // The two nights in which those clocks were put back in 2000; in Japan days like all others.
    const begin = jst('2000-10-29T00:00:00')
    const crs = await openCrs(t, { at: jst('2000-10-31T00:00:00') })
    const records: ReturnType<typeof someCharges> = []
    const made = (began: EpochMs) => {
      const some = someCharges(began)
      records.push(...some)
      return some
    }
    await crs.sender().deliver(new NodeFiles('scp1', begin), epochMs(begin + 48 * HOUR_MS), made)
    const names = await crs.filesAre(50)
    t.equal(names.length, 50)
    const expected = Array.from({ length: 50 }, (_, n) => {
      const [day, hour] = [29 + Math.floor(n / 25), n % 25]
      const rest = hour === 24 ? '-close' : `${hour}`.padStart(2, '0')
      return `${`${n + 1}`.padStart(10, '0')}-200010${day}${rest}.txt`
    })
    t.strictSame(names, expected, 'one sequence without gap, the close after hour 23')

    let forwarded = 0
    for (const [day, closing] of [names.slice(0, 25), names.slice(25)].entries()) {
      const files = closing.slice(0, 24).map(name => hourly(crs.read(name)))
      const close = dayClose(crs.read(closing[24] ?? ''))
      for (const [hour, { header, records: held }] of files.entries()) {
        const from = begin + (day * 24 + hour) * HOUR_MS
        t.equal(header.beganAt, from)
        const wrong = held.filter(one => one.chargedAt < from || one.chargedAt >= from + HOUR_MS)
        t.strictSame(wrong, [], 'each record in the hour of its charge')
      }
      const sum = files.reduce((total, { trailer }) => total + trailer.sum, 0)
      const count = files.reduce((total, { trailer }) => total + trailer.count, 0)
      t.match(close.trailer, { count, sum }, 'the day close says what the files hold')
      forwarded += count
    }
    const mobilers = records.filter(({ kind }) => kind === 'mobilers')
    t.equal(forwarded, mobilers.length, 'S-05, N-01: Pricall’s records end here')
    t.ok(mobilers.length < records.length)
    const held = names
      .filter(name => !name.includes('close'))
      .flatMap(name => hourly(crs.read(name)).records)
    t.strictSame(
      new Set(held.map(({ chargeId }) => chargeId)),
      new Set(mobilers.map(({ chargeId }) => chargeId)),
      'every Mobilers record once',
    )
    t.equal(new Set(held.map(({ company }) => company)).size, 9, 'C-02: all nine companies')
    t.strictSame(crs.alarms(), [])
  })
}

t.test('C-08: an hour is closed once all nodes have delivered it, and not before', async t => {
  const begin = jst('2000-12-01T10:15:00')
  const crs = await openCrs(t, {
    at: jst('2000-12-01T12:00:00.250'),
    given: { MCSCP_CRS_NODES: 'scp1,scp2' },
  })
  const one = new NodeFiles('scp1', begin)
  const two = new NodeFiles('scp2', jst('2000-12-01T10:45:00'))
  await crs.sender().deliver(one, jst('2000-12-01T13:00:00'), someCharges)
  t.strictSame(
    crs.files(),
    [],
    'a node that never sent anything may have begun: nothing is guessed',
  )
  await crs.sender('scp2').deliver(two, jst('2000-12-01T11:00:00'), someCharges)
  t.strictSame(await crs.filesAre(1), ['0000000001-2000120110.txt'])
  const { header, records } = hourly(crs.read('0000000001-2000120110.txt'))
  t.match(header, { sequence: 1, beganAt: jst('2000-12-01T10:00:00') })
  t.equal(header.closedAt, jst('2000-12-01T12:00:00.250'))
  t.strictSame(new Set(records.map(({ node }) => node)), new Set(['scp1', 'scp2']))
  await crs.sender('scp2').deliver(two, jst('2000-12-01T12:45:00'))
  t.strictSame(await crs.filesAre(2), ['0000000001-2000120110.txt', '0000000002-2000120111.txt'])
  t.equal(statSync(join(crs.home.hourlyFiles, '0000000002-2000120111.txt')).mode & 0o777, 0o440)
})

t.test(
  'C-07: what comes after its day was closed goes into the next hour, its time kept',
  async t => {
    const at = jst('2000-12-02T02:00:00')
    const first = await openCrs(t, { at })
    await first
      .sender()
      .deliver(new NodeFiles('scp1', jst('2000-12-01T22:00:00')), jst('2000-12-02T01:00:00'))
    t.equal((await first.filesAre(4)).length, 4, 'two hours, the day, an hour')
    await first.running.close()

    // A node that CRS did not serve yet, with charges of the day before.
    const crs = await openCrs(t, { home: first.home, at, given: { MCSCP_CRS_NODES: 'scp1,scp2' } })
    const late = new NodeFiles('scp2', jst('2000-12-01T22:00:00'))
    const times: EpochMs[] = []
    const made = (began: EpochMs) => {
      times.push(began)
      return [chargeRecord(began)]
    }
    const resumed = new NodeFiles('scp1', jst('2000-12-01T22:00:00'))
    while (resumed.until < jst('2000-12-02T01:00:00')) resumed.next()
    await crs.sender('scp2').deliver(late, jst('2000-12-02T02:00:00'), made)
    await crs.sender().deliver(resumed, jst('2000-12-02T02:00:00'))
    const [name = ''] = (await crs.filesAre(5)).slice(4)
    t.equal(name, '0000000005-2000120201.txt')
    t.strictSame(
      hourly(crs.read(name)).records.map(({ chargedAt }) => chargedAt),
      times,
      'with its true charge time',
    )
  },
)

/** CRS's store and files without its threads, so that a test may stop between any two steps. */
function openParts(t: Test, home: Home, clock: SetClock) {
  const { store, close } = openCrsStoreHere(home, clock)
  const reader = openStoreToRead(crsStore(home))
  const answers = readingAnswers(reader, home.hourlyFiles)
  const background: CrsBackground = {
    ask: async <N extends keyof BackgroundQuestions>(name: N, ask: BackgroundQuestions[N]['ask']) =>
      await answers[name](ask),
  }
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
  let retry = () => {}
  const later = (run: () => void) => {
    retry = run
    return () => {}
  }
  const closer = new HourCloser({ store, background, log, later })
  t.teardown(() => reader.close())
  return { store, background, closer, lines, close, retry: () => retry() }
}

const NAME = '0000000001-2000120110.txt'

/** A home in which one hour was delivered. */
async function deliveredHour(t: Test) {
  const home = freshHome(t)
  const clock = new SetClock(jst('2000-12-01T11:00:00.100'))
  const parts = openParts(t, home, clock)
  const files = new NodeFiles('scp1', jst('2000-12-01T10:00:00'))
  for (let number = 1; number <= 4; number++) {
    await parts.store.ask('takeFile', { node: 'scp1', number, body: files.next(someCharges) })
  }
  return { home, clock, parts, path: join(home.hourlyFiles, NAME) }
}

t.test('killed between any two steps, the same bytes come out', async t => {
  // biome-ignore format: table
  const steps: [because: string, leave: (path: string, bytes: Buffer) => void][] = [
    ['closed, nothing written',            path => rmSync(path)],
    ['a file half written',                (path, bytes) => {
      rmSync(path)
      writeFileSync(`${path}.part`, bytes.subarray(0, 700), { mode: 0o440 })
    }],
    ['written, not renamed',               (path, bytes) => {
      rmSync(path)
      writeFileSync(`${path}.part`, bytes, { mode: 0o440 })
    }],
    ['in place, not known to be',          () => {}],
  ]
  for (const [because, leave] of steps) {
    const { home, clock, parts, path } = await deliveredHour(t)
    await parts.store.ask('closeDue', { max: 10 })
    const [closed] = await parts.store.ask('unwritten', { max: 10 })
    if (!closed) throw new Error('nothing was closed')
    await parts.background.ask('writeFiles', [closed])
    const bytes = readFileSync(path)
    leave(path, bytes)
    parts.close()

    // Tables that were changed meanwhile do not change what was closed.
    writeFileSync(join(home.codeTables, 'nodes.csv'), 'node,code\nscp1,999\n')
    clock.set(jst('2000-12-05T00:00:00'))
    const again = openParts(t, home, clock)
    await again.closer.run()
    t.ok(readFileSync(path).equals(bytes), because)
    t.notOk(existsSync(`${path}.part`), 'nothing is left behind')
    t.match(await again.background.ask('offered', 1), { name: NAME, sha256: sha256Of(bytes) })
    await again.closer.close()
    again.close()
  }
})

t.test('I7: another content under a closed file’s name is told, and never offered', async t => {
  const { parts, path } = await deliveredHour(t)
  writeFileSync(path, 'something else\n')
  await parts.closer.run()
  t.match(parts.lines, [{ alarm: 'CLOSED_FILE_CHANGED', severity: 'critical' }])
  t.equal(readFileSync(path, 'latin1'), 'something else\n', 'it is left as it is')
  t.equal(await parts.background.ask('offered', 1), undefined)
  parts.retry()
  await parts.closer.run()
  t.equal(parts.lines.length, 1, 'one alarm, however often it is tried')
  rmSync(path)
  await parts.closer.run()
  t.match(parts.lines.slice(1), [{ msg: 'hourly file written' }, { msg: 'alarm cleared' }])
  const bytes = await parts.background.ask('readFile', 1)
  t.ok(bytes && readFileSync(path).equals(bytes))

  chmodSync(path, 0o640)
  writeFileSync(path, Buffer.from(readFileSync(path)).fill('9', 300, 301))
  await t.rejects(parts.background.ask('readFile', 1), { code: 'CLOSED_FILE_CHANGED' })
  rmSync(path)
  t.same(await parts.background.ask('readFile', 1), bytes, 'one that is gone is made again')
  parts.close()
})

t.test('no folder to write to delays files, not what nodes deliver', async t => {
  const { home, parts, path } = await deliveredHour(t)
  rmSync(home.hourlyFiles, { recursive: true })
  writeFileSync(home.hourlyFiles, 'in the way')
  await parts.closer.run()
  t.match(parts.lines, [{ alarm: 'FOLDER_NOT_WRITABLE', severity: 'major' }])
  t.equal(await parts.store.ask('expected', 'scp1'), 5)
  rmSync(home.hourlyFiles)
  mkdirSync(home.hourlyFiles)
  parts.retry()
  await parts.closer.run()
  t.ok(existsSync(path), 'they follow without a restart')
  await parts.closer.close()
  parts.close()
})

t.test('what stands in the store of money refuses to be changed or deleted', async t => {
  const { home, parts } = await deliveredHour(t)
  await parts.closer.run()
  await parts.store.ask('takeTrigger', {
    number: 1,
    text: `R01${'1'.padStart(10, '0')}${'0'.padStart(10, '0')}20001201110500000\n`,
  })
  parts.close()
  const store = new Sqlite(crsStore(home))
  store.pragma('foreign_keys = ON')
  for (const statement of [
    'UPDATE charge_record SET face_value = 1',
    'DELETE FROM charge_record',
    'UPDATE quarter_hour_file SET closed_sequence = NULL',
    'DELETE FROM quarter_hour_file',
    'UPDATE closed_file SET file_sha256 = NULL, length = NULL, unmapped = NULL',
    'UPDATE closed_file SET closed_at = 1',
    'DELETE FROM closed_file',
    'UPDATE trigger_file SET offered_through = 9',
    'DELETE FROM trigger_file',
  ]) {
    t.throws(() => store.exec(statement), /never/, statement)
  }
  store.close()
})

t.test('C-09: days that piled up come out in order, each once', async t => {
  const chance = seededChance(20_001_203)
  const begin = jst('2000-12-01T00:00:00')
  const home = freshHome(t)
  const clock = new SetClock(jst('2000-12-04T00:00:00'))
  const parts = openParts(t, home, clock)
  const files = new NodeFiles('scp1', begin)
  let charged = 0
  while (files.until < begin + 3 * 24 * HOUR_MS) {
    const body = files.next(began =>
      chance() < 0.2 ? [chargeRecord(began, { faceValue: yen(1_000) })] : [],
    )
    charged += body.toString().match(/^D/gm)?.length ?? 0
    const { number } = files
    await parts.store.ask('takeFile', { node: 'scp1', number, body })
    if (files.dayEnded) await parts.store.ask('takeDayClose', { node: 'scp1', ...files.dayClose() })
  }
  await parts.closer.run()
  const offered = await parts.background.ask('files', undefined)
  t.equal(offered.length, 3 * 25)
  t.strictSame(
    offered.map(({ sequence }) => sequence),
    offered.map((_, n) => n + 1),
  )
  const read = offered
    .filter(({ name }) => !name.includes('close'))
    .map(({ name }) => hourly(readFileSync(join(home.hourlyFiles, name), 'latin1')))
  t.equal(
    read.reduce((sum, { trailer }) => sum + trailer.count, 0),
    charged,
  )
  await parts.closer.close()
  parts.close()
})
