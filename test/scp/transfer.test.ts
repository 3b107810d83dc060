import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { decodeDayClose } from '../../domain/day-close.js'
import { type JstDay, QUARTER_HOUR_MS } from '../../domain/jst.js'
import { decodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { SetClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { sha256 } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFiles } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import {
  begin,
  type Due,
  type Event,
  next,
  pauseMs,
  type Sending,
} from '../../scp/rules/transfer.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { TransferCountReader } from '../../scp/store/transfer-counts.js'
import { readClosedFile } from '../../scp/transfer/closed-file.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { CrsSender } from '../../scp/transfer/sender.js'
import { HonestCrs } from '../support/honest-crs.js'
import { type Desk, jst, openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const DAY = '2000-12-01' as JstDay

/** Runs the machine from its start; what it did at each event, in short. */
function played(...events: Event[]): string[] {
  const [first, ...actions] = begin
  let sending: Sending = first
  const short = (one: (typeof actions)[number]): string => {
    switch (one.type) {
      case 'find':
        return `find ${typeof one.from === 'string' ? one.from : Object.entries(one.from).flat().join(' ')}${one.max > 1 ? ' …' : ''}`
      case 'send':
        return `send ${one.dues.join(' ')}`
      case 'start_timer':
        return `wait ${one.ms}`
      default:
        return `${one.type} ${one.code}`
    }
  }
  const told = [actions.map(short).join(', ')]
  for (const event of events) {
    const [after, ...taken] = next(sending, event)
    sending = after
    told.push(taken.map(short).join(', '))
  }
  return told
}

const found = (due?: Due, ...others: Due[]): Event => ({
  type: 'found',
  dues: due === undefined ? undefined : [due, ...others],
})
const acknowledged = (through: Due): Event => ({ type: 'acknowledged', through })
const written: Event = { type: 'written' }
const timer: Event = { type: 'timer' }
const unreachable: Event = { type: 'failed', because: 'PEER_UNREACHABLE' }
const gap = (expected: number | JstDay): Event => ({ type: 'gap', expected })
const refused: Event = { type: 'refused', because: 'CONTENT_CHANGED' }

t.test('what the sender does, event by event', async t => {
  // biome-ignore format: table
  for (const [events, expected, because] of [
    [[found(1)],                          'send 1', 'what the last run left goes first'],
    [[found(1), acknowledged(1)],         'find after 1 …', 'then the next, several at once'],
    [[found(1), acknowledged(1), found(2, 3, DAY)], `send 2 3 ${DAY}`, 'in one request'],
    [[found(2, 3, DAY), acknowledged(DAY)], `find after ${DAY} …`, 'all are taken: more of them'],
    [[found(2, 3, 4), acknowledged(2)],   'find after 2', 'not all of them: the next alone'],
    [[found(2, 3, 4), unreachable],       'wait 1000', 'none of them: again, later'],
    [[found(2, 3, 4), unreachable, timer], 'find at 2', 'the first alone'],
    [[found(2, 3, 4), gap(1)],            'send 1', 'from where CRS says, alone'],
    [[found(2, 3, 4), refused, written],  'find at 2', 'the first was refused'],
    [[found(DAY), acknowledged(DAY)],     `find after ${DAY} …`, 'a day close is one among them'],
    [[found()],                           '', 'nothing is owed'],
    [[found(), written],                  'find first', 'until something is written'],
    [[written, found()],                  'find first', 'also while it looks'],
    [[found(1), written],                 '', 'one request at a time'],
    [[found(5), gap(3)],                  'send 3', 'again from where CRS says'],
    [[found(5), gap(3), acknowledged(3)], 'find after 3 …', 'and on from there'],
    [[found(5), gap(3), gap(2)],          'wait 1000', 'a second gap is no way forward'],
    [[found(5), gap(5)],                  'wait 1000', 'nor is a gap at what was sent'],
    [[found(1), unreachable],             'wait 1000', 'no answer: again, later'],
    [[found(1), unreachable, written],    '', 'a new file does not hurry it'],
    [[found(1), unreachable, timer],      'find at 1', 'the same file again'],
    [[found(1), refused],                 'raise_alarm CONTENT_CHANGED', 'refused: it stops, and tells'],
    [[found(1), refused, timer],          '', 'no timer wakes it'],
    [[found(1), refused, written],        'find at 1', 'the next quarter-hour does'],
    [[found(1), refused, written, found(1), refused], '', 'one alarm is enough'],
    [[found(1), refused, written, found(1), acknowledged(1)],
      'clear_alarm CONTENT_CHANGED, find after 1 …', 'once it is taken, the alarm is over'],
    [[found(1), { type: 'failed', because: 'SIGNATURE_WRONG' }],
      'raise_alarm SIGNATURE_WRONG, wait 1000', 'a wrong key is told at once'],
    [[acknowledged(1)],                   '', 'what nobody waits for changes nothing'],
  ] as const) {
    t.equal(played(...events).at(-1), expected, because)
  }
  const silence = Array.from({ length: 8 }, () => [found(1), unreachable, timer]).flat()
  const alarms = played(...silence).filter(one => one.includes('raise_alarm'))
  t.strictSame(
    alarms,
    ['raise_alarm PEER_UNREACHABLE, wait 16000'],
    'told once, after half a minute',
  )
  t.strictSame(
    [1, 2, 3, 4, 5, 6, 7, 8, 100].map(pauseMs),
    [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
  )
})

const KEY = 'a-transfer-key-of-the-test-itself'

/** A desk whose files go to a CRS; the sender's waits pass at once, or never. */
async function openRoad(t: Test, desk: Desk, crs: HonestCrs, patience = true) {
  const folder = t.testdirName
  const reader = openStoreToRead(desk.file)
  const log = new ChargeLog(reader)
  const place = { folder, node: 'scp1' }
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level: 'debug' }, { write: line => void lines.push(JSON.parse(line)) })
  const waits: number[] = []
  const later: Later = (run, ms) => {
    waits.push(ms)
    if (!patience) return () => {}
    const immediate = setImmediate(run)
    return () => clearImmediate(immediate)
  }
  const sender = new CrsSender({
    store: desk.store,
    read: async all => all.map(one => readClosedFile(log, place, one)),
    client: new CrsClient({ place: { host: '127.0.0.1', port: crs.port }, node: 'scp1', key: KEY }),
    log: logger,
    later,
  })
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock: desk.clock,
    log: pino({ level: 'silent' }),
    write: async closed => writeQuarterHourFiles(log, place, closed),
    writeDayCloses: async closed => writeDayCloseFiles(log, place, closed),
    onWritten: () => sender.written(),
    later: () => () => {},
  })
  return {
    lines,
    waits,
    alarms: () => lines.flatMap(line => ('alarm' in line ? [`${line.msg}: ${line.alarm}`] : [])),
    /** Time passes, and what is due is closed and written. */
    async pass(quarterHours: number) {
      desk.clock.set(epochMs(desk.clock.now() + quarterHours * QUARTER_HOUR_MS))
      await closer.run()
    },
    async close() {
      await closer.close()
      await sender.close()
      reader.close()
    },
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (holds()) return
    await wait(5)
  }
  throw new Error(`it never came about: ${what}`)
}

const charge = async (desk: Desk, from: number, faceValue: number) =>
  desk.key(await desk.call(phone(from)), (await desk.card(faceValue)).pin)

t.test(
  'M-12, C-04, C-06, C-08: files go in order, and the close of a day after its last',
  async t => {
    const crs = await HonestCrs.open(t, KEY)
    const desk = await openDesk(t, { clock: new SetClock(jst('2000-11-30T23:20:00')) })
    const road = await openRoad(t, desk, crs)
    await charge(desk, 1, 3_000)
    await charge(desk, 2, 500)
    await charge(desk, 1, 3_000)
    await road.pass(3)
    await charge(desk, 1, 1_000)
    await road.pass(96)
    await until('all is taken', () => crs.taken.has('day-closes/2000-12-01'))
    await until('the file after it', () => crs.taken.has('quarter-hour-files/99'))
    const names = [...crs.taken.keys()]
    t.strictSame(
      [names[2], names[3], names[4], names.length],
      ['quarter-hour-files/3', 'day-closes/2000-11-30', 'quarter-hour-files/4', 101],
      'the close of a day stands between the days',
    )
    const closes = crs.texts('day-closes').map(text => decodeDayClose(text, sha256()))
    t.match(closes, [
      {
        outcome: 'whole',
        close: { node: 'scp1', day: '2000-11-30', firstNumber: 1, lastNumber: 3 },
        sums: [
          { kind: 'mobilers', faceValue: 500, count: 1, sum: 500 },
          { kind: 'mobilers', faceValue: 3_000, count: 2, sum: 6_000 },
        ],
        trailer: { count: 3, sum: 6_500 },
      },
      {
        outcome: 'whole',
        close: { day: '2000-12-01', firstNumber: 4, lastNumber: 99 },
        sums: [{ faceValue: 1_000, count: 1 }],
        trailer: { count: 1, sum: 1_000 },
      },
    ])
    const onDisk = readdirSync(t.testdirName)
      .filter(name => name.endsWith('.txt'))
      .sort()
    const bytes = onDisk.map(name => readFileSync(join(t.testdirName, name), 'latin1'))
    const took = [...crs.texts('quarter-hour-files'), ...crs.texts('day-closes')]
    t.strictSame(
      new Set(bytes),
      new Set(took),
      'what CRS has is what stands on disk, byte for byte',
    )
    const steps = road.lines
      .filter(line => 'step' in line)
      .map(({ step, callId }) => [step, callId])
    t.equal(steps.filter(([step]) => step === 20).length, 4, '⑳ of each charge')
    t.equal(steps.filter(([step]) => step === 21).length, 4, '㉑ of each charge')
    await road.close()
    await desk.close()
  },
)

t.test(
  'S-13, XK1: the last charge of a year and the first of the next, a millisecond apart',
  async t => {
    const home = process.env.TZ
    for (const zone of ['Asia/Tokyo', 'UTC', 'America/New_York']) {
      process.env.TZ = zone
      const crs = await HonestCrs.open(t, KEY)
      const folder = t.testdir({ [zone.replace('/', '-')]: {} })
      const clock = new SetClock(jst('2000-12-31T23:50:00'))
      const desk = await openDesk(t, { folder, clock })
      const road = await openRoad(t, desk, crs)
      clock.set(jst('2000-12-31T23:59:59.999'))
      await charge(desk, 1, 3_000)
      clock.set(jst('2001-01-01T00:00:00.000'))
      await charge(desk, 1, 1_000)
      await road.pass(1)
      await until('the second file', () => crs.taken.has('quarter-hour-files/2'))
      const files = crs
        .texts('quarter-hour-files')
        .map(text => decodeQuarterHourFile(text, sha256()))
      t.match(
        files.slice(0, 2),
        [
          {
            header: { beganAt: jst('2000-12-31T23:45:00') },
            records: [{ chargedAt: jst('2000-12-31T23:59:59.999') }],
            trailer: { count: 1, sum: 3_000 },
          },
          {
            header: { beganAt: jst('2001-01-01T00:00:00') },
            records: [{ chargedAt: jst('2001-01-01T00:00:00') }],
            trailer: { count: 1, sum: 1_000 },
          },
        ],
        `${zone}: each in its file`,
      )
      t.match(
        crs.texts('day-closes').map(text => decodeDayClose(text, sha256())),
        [{ close: { day: '2000-12-31', lastNumber: 1 }, trailer: { count: 1, sum: 3_000 } }],
        `${zone}: the first in the day that is over`,
      )
      await road.close()
      await desk.close()
    }
    if (home === undefined) delete process.env.TZ
    else process.env.TZ = home
  },
)

t.test('CRS away for three days costs no charge, and it catches up in order', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T00:00:00')) })
  const road = await openRoad(t, desk, crs)
  await road.pass(1)
  await until('the first file', () => crs.taken.size === 1)
  await crs.close()
  for (let day = 0; day < 3; day++) {
    for (let n = 0; n < 3; n++)
      t.match(await charge(desk, day * 3 + n, 1_000), { finding: 'redeemed' })
    await road.pass(96)
  }
  await until('an alarm', () => road.alarms().length > 0)
  t.strictSame(road.alarms(), ['alarm raised: PEER_UNREACHABLE'])
  t.ok(Math.max(...road.waits) <= 60_000)
  t.equal(crs.taken.size, 1)
  await crs.comeBack()
  await until('all is taken', () => crs.taken.size === 1 + 3 * 96 + 3)
  t.strictSame(road.alarms(), ['alarm raised: PEER_UNREACHABLE', 'alarm cleared: PEER_UNREACHABLE'])
  const files = crs.texts('quarter-hour-files').map(text => decodeQuarterHourFile(text, sha256()))
  const sum = files.reduce((n, one) => n + (one.outcome === 'whole' ? one.trailer.sum : 0), 0)
  t.equal(sum, 9_000, 'to the yen')
  const reader = openStoreToRead(desk.file)
  const counted = new TransferCountReader(reader).total()
  reader.close()
  t.match(counted, { sent: 9 }, 'each record is sent for the first time once')
  t.ok(counted.errors > 0 && counted.resent > 0, 'what was tried in vain is counted')
  await road.close()
  await desk.close()
})

t.test('whatever happens to an answer, each file is taken once and acknowledged', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T00:00:00')) })
  const road = await openRoad(t, desk, crs)
  const wrongAnswer = {
    status: 200,
    body: { node: 'scp1', number: 9, count: 0, sumYen: 0, sha256: '', receivedAt: '' },
  }
  crs.moods.push(
    'deaf',
    'mute',
    'forging',
    wrongAnswer,
    { status: 503, body: { code: 'STORE_FAILED', message: 'no space' } },
    { status: 500, body: { code: 'BROKEN_PROMISE', message: 'it broke' } },
    { status: 200, body: [] },
  )
  await road.pass(2)
  await until('both files', () => crs.taken.size === 2)
  await until('the next is owed', () => road.lines.filter(isAcknowledged).length === 2)
  t.strictSame(
    crs.asked,
    [...Array(8).fill('quarter-hour-files/1'), 'quarter-hour-files/2'],
    'asked again until it is acknowledged',
  )
  t.strictSame(
    road.waits.slice(0, 7),
    [1, 2, 4, 8, 16, 32, 60].map(s => s * 1_000),
  )
  await road.close()
  await desk.close()
})

const isAcknowledged = (line: Record<string, unknown>) => line.msg === 'file acknowledged by CRS'

t.test(
  'C-08: files that wait go together, and whatever happens to them is as if alone',
  async t => {
    const crs = await HonestCrs.open(t, KEY)
    const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T20:00:00')) })
    const road = await openRoad(t, desk, crs)
    await charge(desk, 1, 3_000)
    const changed = { code: 'CONTENT_CHANGED', message: 'no' }
    crs.moods.push(
      'honest',
      { after: 3, status: 503, body: { code: 'STORE_FAILED', message: 'no space' } },
      'honest',
      'mute',
      'honest',
      'forging',
      'deaf',
      'honest',
      { after: 2, status: 409, body: changed },
      { status: 409, body: changed },
    )
    await road.pass(90)
    await until('a refusal', () => road.alarms().includes('alarm raised: CONTENT_CHANGED'))
    const refused = road.lines.find(line => line.alarm === 'CONTENT_CHANGED')
    await road.pass(1)
    await until('all are taken', () => road.lines.filter(isAcknowledged).length === 92)
    t.strictSame(
      crs.together.slice(0, 10),
      [1, 64, 1, 64, 1, 64, 1, 1, 64, 1],
      'the first goes alone, and so does whatever follows a trouble',
    )
    t.equal(refused?.file, 10, 'the one that was refused, and not the first of its request')
    const names = [...crs.taken.keys()]
    t.strictSame(
      [names[0], names[15], names[16], names[17], names.length],
      [
        'quarter-hour-files/1',
        'quarter-hour-files/16',
        'day-closes/2000-12-01',
        'quarter-hour-files/17',
        92,
      ],
      'in order, a day close among them',
    )
    const reader = openStoreToRead(desk.file)
    t.strictSame(
      reader.prepare('SELECT answer FROM acknowledgement ORDER BY rowid').pluck().all(),
      [...crs.taken.values()].map(({ answer }) => answer),
      'each answer is kept byte for byte',
    )
    reader.close()
    const steps = road.lines.filter(line => 'step' in line).map(({ step }) => step)
    t.strictSame(steps, [20, 21], 'each charge took its steps once')
    await road.close()
    await desk.close()
  },
)

t.test('a refusal stops the sender, and each new quarter-hour asks again', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T00:00:00')) })
  const road = await openRoad(t, desk, crs)
  const refusal = (status: number, code: string) => ({ status, body: { code, message: 'no' } })
  // biome-ignore format: table
  for (const [mood, alarm] of [
    [refusal(409, 'CONTENT_CHANGED'),   'CONTENT_CHANGED'],
    [refusal(422, 'FILE_MALFORMED'),    'FILE_MALFORMED'],
    [refusal(422, 'DAY_CLOSE_DIFFERS'), 'DAY_CLOSE_DIFFERS'],
  ] as const) {
    crs.moods.push(mood)
    await road.pass(1)
    await until(alarm, () => road.alarms().at(-1) === `alarm raised: ${alarm}`)
    const line = road.lines.find(one => one.alarm === alarm)
    t.match(line, { severity: 'critical', file: 1, why: 'no' })
  }
  await road.pass(1)
  await until('all four', () => crs.taken.size === 4)
  t.equal(road.alarms().at(-1), 'alarm cleared: DAY_CLOSE_DIFFERS', 'repaired, it needs no command')
  await road.close()
  await desk.close()
})

t.test('CRS that lost what came last asks for it again, and gets it', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T22:00:00')) })
  const road = await openRoad(t, desk, crs)
  await road.pass(10)
  await until('ten files and a close', () => crs.taken.size === 11)
  for (const name of [...crs.taken.keys()].slice(6)) crs.taken.delete(name)
  await road.pass(1)
  await until('all again', () => crs.taken.size === 12)
  t.strictSame(
    [...crs.taken.keys()].slice(5, 10),
    [6, 7, 8]
      .map(n => `quarter-hour-files/${n}`)
      .concat('day-closes/2000-12-01', 'quarter-hour-files/9'),
    'in order, the day close too',
  )
  await road.close()
  await desk.close()
})

t.test('a restart goes on at the first file that was not acknowledged', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T23:15:00')) })
  const road = await openRoad(t, desk, crs, false)
  await road.pass(3)
  await until('the close', () => road.lines.filter(isAcknowledged).length === 4)
  const answers = openStoreToRead(desk.file)
  const kept = answers.prepare('SELECT answer FROM acknowledgement ORDER BY rowid').pluck().all()
  t.strictSame(
    kept,
    [...crs.taken.values()].map(({ answer }) => answer),
    'kept byte for byte',
  )
  answers.close()
  crs.moods.push('mute')
  await road.pass(1)
  await until('it was asked', () => road.waits.length === 1)
  await road.close()
  await desk.close()

  const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock })
  const second = await openRoad(t, again, crs)
  await until('file 4', () => second.lines.filter(isAcknowledged).length === 1)
  t.strictSame(
    crs.asked.slice(4).filter(name => name !== 'quarter-hour-files/4'),
    [],
  )
  t.equal(crs.taken.size, 5, 'nothing twice, nothing left out')
  await second.close()
  await again.close()
})

t.test('a file that was changed is not sent, and one that is gone is written again', async t => {
  const crs = await HonestCrs.open(t, KEY)
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T10:00:00')) })
  await crs.close()
  const road = await openRoad(t, desk, crs)
  await charge(desk, 1, 3_000)
  await road.pass(2)
  await until('it was not reached', () => road.waits.length > 0)
  const [first = '', second = ''] = readdirSync(t.testdirName)
    .filter(name => name.startsWith('scp1-'))
    .sort()
    .map(name => join(t.testdirName, name))
  const whole = readFileSync(first, 'latin1')
  chmodSync(first, 0o640)
  writeFileSync(first, whole.replace('0003000', '0005000'), 'latin1')
  rmSync(second)
  await until('an alarm', () => road.alarms().includes('alarm raised: CLOSED_FILE_CHANGED'))
  await crs.comeBack()
  t.equal(crs.taken.size, 0)
  writeFileSync(first, whole, 'latin1')
  await road.pass(1)
  await until('all three', () => crs.taken.size === 3)
  t.equal(readFileSync(second, 'latin1').length, 192)
  await road.close()
  await desk.close()
})

t.test('a node whose key CRS does not have says so at once', async t => {
  const crs = await HonestCrs.open(t, 'another key than the node has')
  const desk = await openDesk(t, { clock: new SetClock(jst('2000-12-01T10:00:00')) })
  const road = await openRoad(t, desk, crs)
  await road.pass(1)
  await until('an alarm', () => road.alarms().length > 0)
  t.equal(road.alarms()[0], 'alarm raised: SIGNATURE_WRONG')
  t.equal(crs.taken.size, 0)
  await road.close()
  await desk.close()
})
