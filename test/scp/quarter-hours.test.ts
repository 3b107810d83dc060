import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import {
  decodeQuarterHourFile,
  encodeQuarterHourFile,
  LINE_LENGTH,
  quarterHourFileName,
} from '../../domain/quarter-hour-file.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { sha256 } from '../../platform/sha256.js'
import { openStoreToCheckpoint, openStoreToRead } from '../../platform/store.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFiles } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { serialOf, seriesKey } from '../../scp/store/keys.js'
import { type Desk, entryOf, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { freshToken, phone } from '../support/scp-values.js'

const encode = (
  header: Parameters<typeof encodeQuarterHourFile>[0],
  records: readonly ChargeRecord[],
) => [...encodeQuarterHourFile(header, records, sha256())].join('')

const decode = (text: string) => decodeQuarterHourFile(text, sha256())

const header = {
  node: 'scp1',
  number: 42,
  beganAt: jst('2000-12-01T10:15:00.000'),
  closedAt: jst('2000-12-01T10:30:00.012'),
  firstSequence: 1_001,
}

const record = (n: number, at: string, faceValue: number): ChargeRecord => ({
  chargeId: entryOf('0123456789abcdef0123456789abcdef' as ReturnType<typeof freshToken>, n),
  msisdn: phone(12_345_678),
  kind: n % 2 ? 'mobilers' : 'pricall',
  serial: serialOf(seriesKey('DEM') + n),
  faceValue: yen(faceValue),
  chargedAt: jst(at),
})

const records = [
  record(1, '2000-12-01T10:15:00.000', 3_000),
  record(2, '2000-12-01T10:20:00.500', 1_000),
  record(11, '2000-12-01T10:29:59.999', 5_000),
]

t.test('a file has the bytes that its format says', async t => {
  const golden = readFileSync(
    new URL('../../../test/scp/quarter-hour-file.golden.txt', import.meta.url),
    'latin1',
  )
  t.equal(encode(header, records), golden)
  t.ok(golden.split('\n').every(line => line === '' || line.length === LINE_LENGTH))
  t.equal(quarterHourFileName(header), 'scp1-0000000042-200012011015.txt')
})

t.test('what is written is read back as it was', async t => {
  const whole = fc
    .record({
      node: fc.stringMatching(/^[a-z0-9-]{1,16}$/),
      number: fc.integer({ min: 1, max: 9_999_999_999 }),
      quarter: fc.integer({ min: 1_084_000, max: 2_000_000 }),
      late: fc.integer({ min: 0, max: 10_000_000 }),
      firstSequence: fc.integer({ min: 1, max: 999_999_999 }),
      amounts: fc.array(
        fc.record({
          amount: fc.integer({ min: 1, max: 9_999_999 }),
          phone: fc.integer({ min: 0, max: 99_999_999 }),
          entry: fc.integer({ min: 1, max: 99 }),
          serial: fc.integer({ min: 0, max: 26 ** 3 * 1_000_000_000 - 1 }),
          pricall: fc.boolean(),
        }),
        { maxLength: 20 },
      ),
    })
    .map(({ quarter, late, amounts, ...rest }) => {
      const beganAt = epochMs(quarter * QUARTER_HOUR_MS)
      const closedAt = epochMs(beganAt + QUARTER_HOUR_MS + late)
      const made = amounts.map((one, index): ChargeRecord => {
        const chargedAt = epochMs(beganAt + index * 40_000)
        return {
          chargeId: entryOf(freshToken(), one.entry),
          msisdn: phone(one.phone),
          kind: one.pricall ? 'pricall' : 'mobilers',
          serial: serialOf(one.serial),
          faceValue: yen(one.amount),
          chargedAt,
        }
      })
      return { header: { ...rest, beganAt, closedAt }, made }
    })
  fc.assert(
    fc.property(whole, one => {
      const read = decode(encode(one.header, one.made))
      if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
      t.strictSame(read.header, one.header)
      t.strictSame(read.records, one.made)
      t.equal(read.trailer.count, one.made.length)
    }),
    { numRuns: 50 },
  )
})

t.test('a file in which anything is not as written is refused whole', async t => {
  const text = encode(header, records)
  let refused = 0
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === '1' ? '2' : '1'
    const changed = text.slice(0, at) + other + text.slice(at + 1)
    if (decode(changed).outcome === 'malformed') refused++
  }
  t.equal(refused, text.length, 'every single character changed')
  const lengths = Array.from({ length: text.length }, (_, length) => text.slice(0, length))
  t.ok(
    lengths.every(one => decode(one).outcome === 'malformed'),
    'cut off at every length',
  )
  const sealed = (lines: readonly string[]) => {
    const before = `${lines.join('\n')}\nT${'3'.padStart(10, '0')}${'9000'.padStart(13, '0')}       `
    const digest = sha256()
    digest.update(before)
    return `${before}${digest.hex()}\n`
  }
  const [h = '', a = '', b = '', c = ''] = text.split('\n')
  t.equal(sealed([h, a, b, c]), text, 'the seal below is the format’s own')
  // biome-ignore format: table
  for (const [lines, why] of [
    [[h, b, a, c],                                       /gap/],
    [[h, a, b, c.replace('0000001003', '0000001004')],   /gap/],
    [[h, a, b.replace(/0500$/, '0500').replace('102000500', '101459999'), c], /before the line above/],
    [[h, a, b, c.replace('102959999', '103000000')],     /after the end/],
    [[h, a, b, c.replace('102959999', '102960999')],     /not of its kind/],
    [[h.replace('H01', 'H02'), a, b, c],                 /form 02/],
    [[h.replace('101500000', '101600000'), a, b, c],     /within a quarter-hour/],
    [[h, a, b, c, c],                                    /gap/],
  ] as const) {
    t.match(decode(sealed(lines)), { outcome: 'malformed', why })
  }
})

/** A desk whose quarter-hours are closed and written to a folder. */
async function openCloser(t: Test, desk: Desk, folder = `${t.testdirName}`, later: Later = never) {
  const reader = openStoreToRead(desk.file)
  const log = new ChargeLog(reader)
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock: desk.clock,
    log: pino({ level: 'silent' }),
    write: async closed => writeQuarterHourFiles(log, { folder, node: 'scp1' }, closed),
    writeDayCloses: async day => writeDayCloseFiles(log, { folder, node: 'scp1' }, day),
    later,
  })
  const files = () =>
    readdirSync(folder)
      .filter(name => /^scp1-\d{10}-/.test(name))
      .sort()
      .map(name => ({ name, read: decode(readFileSync(join(folder, name), 'latin1')) }))
      .map(({ name, read }) => {
        if (read.outcome === 'malformed') throw new Error(`${name}, line ${read.line}: ${read.why}`)
        return { name, ...read }
      })
  return {
    closer,
    files,
    close: async () => {
      await closer.close()
      reader.close()
    },
  }
}

const never: Later = () => () => {}

t.test('C-05: a charge is in the file of its quarter-hour, [hh:00, hh:15)', async t => {
  const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:07:00')) })
  const { closer, files, close } = await openCloser(t, desk)
  const cards = await desk.cards(4, 1_000)
  const token = await desk.call(phone(1))
  const charge = async (index: number, at: string) => {
    desk.clock.set(jst(at))
    const { answer } = await desk.key(token, cards[index]?.pin ?? wrongPin())
    t.equal(answer.outcome, 'redeemed')
  }
  await charge(0, '2001-01-15T10:14:59.999')
  await charge(1, '2001-01-15T10:15:00.000')
  await closer.run()
  t.strictSame(
    files().map(({ records }) => records.map(({ chargedAt }) => chargedAt)),
    [[jst('2001-01-15T10:14:59.999')]],
    '10:14:59.999 is of 10:00, 10:15:00.000 is not',
  )
  await charge(2, '2001-01-15T10:29:59.999')
  await closer.run()
  t.equal(files().length, 1, 'a quarter-hour is not closed before its end')
  await charge(3, '2001-01-15T10:31:00.000')
  await closer.run()
  t.strictSame(
    files().map(({ header: { number, beganAt, firstSequence }, trailer: { count, sum } }) => [
      number,
      beganAt,
      firstSequence,
      count,
      sum,
    ]),
    [
      [1, jst('2001-01-15T10:00:00'), 1, 1, 1_000],
      [2, jst('2001-01-15T10:15:00'), 2, 2, 2_000],
    ],
  )
  await close()
  await desk.close()
})

t.test(
  'after a long stop every quarter-hour has its file, empty ones too, numbered without gap',
  async t => {
    const desk = await openDesk(t, { clock: new SetClock(jst('2001-03-24T23:50:00')) })
    const first = await openCloser(t, desk)
    const card = await desk.card(3_000)
    await desk.key(await desk.call(phone(1)), card.pin)
    desk.clock.set(jst('2001-03-26T00:03:00'))
    await first.closer.run()
    const files = first.files()
    t.strictSame(
      files.map(({ header }) => header.number),
      files.map((_, index) => index + 1),
    )
    const day = files.filter(({ name }) => name.includes('-20010325'))
    t.equal(day.length, 96, 'a day of Japan has 96, also where clocks changed that day')
    t.equal(files.length, 97)
    t.strictSame(
      files.map(({ trailer }) => trailer.count),
      [1, ...Array(96).fill(0)],
    )
    t.ok(files.every(({ header }) => header.closedAt === desk.clock.now()))
    await first.close()
    await desk.close()

    const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock })
    const second = await openCloser(t, again)
    await second.closer.run()
    t.equal(second.files().length, 97, 'a restart closes nothing twice')
    again.clock.set(jst('2001-03-26T00:15:00'))
    await second.closer.run()
    t.equal(second.files().at(-1)?.header.number, 98)
    await second.close()
    await again.close()
  },
)

t.test('closed in the writer’s queue, no record falls behind its file', async t => {
  const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:14:59.000')) })
  const { closer, files, close } = await openCloser(t, desk)
  const cards = await desk.cards(200, 500)
  const tokens = await Promise.all(cards.map((_, index) => desk.call(phone(index))))
  const asked: Promise<unknown>[] = []
  for (const [index, { pin }] of cards.entries()) {
    const token = tokens[index]
    if (token) asked.push(desk.key(token, pin))
    if (index % 20 === 10) {
      desk.clock.set(epochMs(desk.clock.now() + 450_000))
      asked.push(closer.run())
    }
    if (index % 20 === 19) await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(asked)
  desk.clock.set(epochMs(desk.clock.now() + QUARTER_HOUR_MS))
  await closer.run()
  const all = files()
  t.equal(
    all.reduce((sum, { trailer }) => sum + trailer.count, 0),
    200,
    'each is in one file',
  )
  t.ok(all.length >= 5)
  let next = 1
  for (const { header, trailer } of all) {
    t.equal(header.firstSequence, next)
    next += trailer.count
  }
  await close()
  await desk.close()
})

t.test('a clock that falls back reopens nothing, over a restart too', async t => {
  const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:00:00')) })
  const { closer, close } = await openCloser(t, desk)
  const [first, second] = await desk.cards(2, 500)
  desk.clock.set(jst('2001-01-15T10:15:00'))
  await closer.run()
  desk.clock.set(jst('2001-01-15T09:00:00'))
  await close()
  await desk.close()

  const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock })
  const reopened = await openCloser(t, again)
  const token = await again.call(phone(1))
  for (const card of [first, second]) await again.key(token, card?.pin ?? wrongPin())
  await reopened.closer.run()
  t.equal(reopened.files().length, 1)
  again.clock.set(jst('2001-01-15T10:30:00'))
  await reopened.closer.run()
  const { records } = reopened.files()[1] ?? { records: [] }
  t.strictSame(
    records.map(({ chargedAt }) => chargedAt),
    [jst('2001-01-15T10:15:00'), jst('2001-01-15T10:15:00')],
    'stamped as early as the open quarter-hour allows',
  )
  await reopened.close()
  await again.close()
})

t.test('a closed file never changes', async t => {
  const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:00:00')) })
  const { closer, files, close } = await openCloser(t, desk)
  desk.clock.set(jst('2001-01-15T10:15:00'))
  await closer.run()
  const path = join(t.testdirName, files()[0]?.name ?? '')
  t.equal(statSync(path).mode & 0o777, 0o440)
  const reader = openStoreToRead(desk.file)
  const closed = reader
    .prepare('SELECT number, began_at, closed_at FROM quarter_hour_file')
    .get() as { number: number; began_at: EpochMs; closed_at: EpochMs }
  const again = () =>
    writeQuarterHourFiles(new ChargeLog(reader), { folder: t.testdirName, node: 'scp1' }, [
      {
        number: closed.number,
        beganAt: closed.began_at,
        closedAt: closed.closed_at,
        firstSequence: 1,
        recordCount: 0,
      },
    ])
  const before = readFileSync(path)
  t.doesNotThrow(again, 'written again after a kill, it is the same')
  chmodSync(path, 0o640)
  writeFileSync(path, before.toString('latin1').replace('scp1', 'scp2'))
  t.throws(again, { code: 'CLOSED_FILE_CHANGED' })
  t.match(readFileSync(path, 'latin1'), 'scp2', 'and is left as it was found')
  t.notOk(existsSync(`${path}.part`))
  for (const change of [
    'UPDATE quarter_hour_file SET sum_yen = 1',
    'DELETE FROM quarter_hour_file',
    'UPDATE quarter_hour_file SET record_count = 1',
  ]) {
    const rows = openStoreToCheckpoint(desk.file)
    rows.pragma('query_only = 0')
    t.throws(() => rows.exec(change), { code: /CONSTRAINT/ }, change)
    rows.close()
  }
  reader.close()
  await close()
  await desk.close()
})

t.test(
  'of many files written together, one at fault keeps those before it from nothing',
  async t => {
    const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:00:00')) })
    const [waits, later] = [
      [] as (() => void)[],
      (run: () => void) => {
        waits.push(run)
        return () => {}
      },
    ] as const
    const { closer, close } = await openCloser(t, desk, t.testdirName, later)
    const third = join(t.testdirName, 'scp1-0000000003-200101151030.txt')
    writeFileSync(third, 'something else\n')
    desk.clock.set(jst('2001-01-15T11:30:00'))
    await closer.run()
    const unwritten = async () =>
      (await desk.store.ask('unwrittenQuarterHours', { max: 10 })).map(({ number }) => number)
    t.strictSame(await unwritten(), [3, 4, 5, 6], 'the two before it are known to be on disk')
    t.equal(readFileSync(third, 'latin1'), 'something else\n', 'it is left as it is')
    t.strictSame(
      readdirSync(t.testdirName).filter(name => name.endsWith('.part')),
      [],
      'nothing is left behind',
    )
    rmSync(third)
    waits.at(-1)?.()
    await closer.run()
    t.strictSame(await unwritten(), [], 'once it is away, all are written')
    await close()
    await desk.close()
  },
)

t.test(
  'a folder that cannot be written delays files, and they follow without a restart',
  async t => {
    const desk = await openDesk(t, { clock: new SetClock(jst('2001-01-15T10:00:00')) })
    const folder = join(t.testdirName, 'files')
    const waiting: (() => void)[] = []
    const later: Later = run => {
      waiting.push(run)
      return () => {}
    }
    const gone = await openCloser(t, desk, folder, later)
    desk.clock.set(jst('2001-01-15T10:45:00'))
    await gone.closer.run()
    t.notOk(existsSync(folder))
    mkdirSync(folder)
    for (const run of waiting.splice(0)) run()
    await gone.closer.run()
    t.equal(gone.files().length, 3)
    await gone.close()
    await desk.close()
  },
)
