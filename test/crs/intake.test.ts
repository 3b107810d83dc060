import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { crsStore } from '../../crs/config.js'
import { LateDeliveries } from '../../crs/intake/late-deliveries.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { encodeDeliveries } from '../../domain/deliveries.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import {
  chargeRecord,
  jst,
  NodeFiles,
  openCrs,
  openCrsStoreHere,
  until,
} from '../support/crs-desk.js'
import { freshHome } from '../support/fresh-home.js'

const MORNING = jst('2000-12-01T10:00:00')

/** Three charges in a quarter-hour, one of them of a Pricall subscriber. */
const threeCharges = (began: number) => [
  chargeRecord(epochMs(began)),
  chargeRecord(epochMs(began + 60_000), { kind: 'pricall', faceValue: yen(1_000) }),
  chargeRecord(epochMs(began + QUARTER_HOUR_MS - 1), { faceValue: yen(500) }),
]

t.test(
  'C-01, C-08: a quarter-hour file is taken once, and acknowledged alike ever after',
  async t => {
    const crs = await openCrs(t, { at: jst('2000-12-01T10:15:00.123') })
    const node = crs.sender()
    const files = new NodeFiles('scp1', MORNING)
    const body = files.next(threeCharges)
    t.match(await node.expected(), {
      status: 200,
      body: { node: 'scp1', expected: 1 },
      signed: true,
    })

    const first = await node.file(1, body)
    t.strictSame(
      [first.status, first.body],
      [
        200,
        {
          node: 'scp1',
          number: 1,
          count: 3,
          sumYen: 4_500,
          sha256: body.toString().slice(-65, -1),
          receivedAt: '2000-12-01T10:15:00.123+09:00',
        },
      ],
    )
    t.ok(first.signed, 'an acknowledgement is signed')
    crs.clock.set(jst('2000-12-03T00:00:00'))
    for (let times = 0; times < 50; times++) {
      const again = await node.file(1, body)
      if (again.status !== 200 || again.text !== first.text)
        t.fail(`repeat ${times}: ${again.text}`)
    }
    t.match(await node.expected(), { body: { expected: 2 } })
    const second = await node.file(2, files.next(threeCharges))
    t.equal(second.status, 200)
    t.equal((await node.file(1, body)).text, first.text, 'an old one is acknowledged too')

    await crs.running.close()
    const again = await openCrs(t, { home: crs.home })
    t.equal((await again.sender().file(1, body)).text, first.text, 'over a restart too')
    const store = openStoreToRead(crsStore(crs.home))
    t.equal(
      store.prepare('SELECT count(*) FROM charge_record').pluck().get(),
      6,
      'each record once',
    )
    store.close()
    t.strictSame([...crs.alarms(), ...again.alarms()], [], 'repeats raise no alarm')
  },
)

t.test(
  'XN2: out of order, another content, other numbers: told apart, and nothing is taken',
  async t => {
    const crs = await openCrs(t, { at: jst('2000-12-01T11:00:00') })
    const node = crs.sender()
    const files = new NodeFiles('scp1', MORNING)
    const [one, two, three] = [files.next(threeCharges), files.next(), files.next(threeCharges)]
    const other = new NodeFiles('scp1', MORNING).next(threeCharges)

    const gap = await node.file(3, three)
    t.match(gap, { status: 409, signed: true, body: { code: 'SEQUENCE_GAP', expected: 1 } })
    t.equal((await node.file(1, one)).status, 200)
    t.match(await node.file(3, three), { status: 409, body: { code: 'SEQUENCE_GAP', expected: 2 } })
    const changed = await node.file(1, other)
    t.match(changed, { status: 409, signed: true, body: { code: 'CONTENT_CHANGED' } })
    t.strictSame(crs.alarms(), ['SEQUENCE_GAP', 'SEQUENCE_GAP', 'CONTENT_CHANGED'])
    t.match(
      crs.lines.find(line => line.alarm === 'CONTENT_CHANGED'),
      { severity: 'critical', node: 'scp1', number: 1 },
    )
    t.equal((await node.file(2, two)).status, 200, 'the node goes on with what is right')
    t.equal((await node.file(3, three)).status, 200)
    t.match(await node.expected(), { body: { expected: 4 } })

    const skipped = new NodeFiles('scp1', MORNING)
    for (let number = 0; number < 4; number++) skipped.next(threeCharges)
    const missing = skipped.next()
    // biome-ignore format: table
    for (const [number, body, line, why, because] of [
    [2, three,                          1, /number 3/,         'another number within'],
    [4, new NodeFiles('scp2', epochMs(MORNING + 3 * QUARTER_HOUR_MS)).next(), 1, /node scp2/, 'another node within'],
    [4, Buffer.from(three.toString().replace('104500005', '104500006')), 5, /digest/, 'not what was sealed'],
  ] as const) {
    const answer = await node.file(number, body)
    t.match(answer, { status: 422, body: { code: 'FILE_MALFORMED', line, why } }, because)
  }
    t.match(await node.file(5, missing), { status: 409, body: { expected: 4 } })
    t.match(await node.expected(), { body: { expected: 4 } }, 'nothing of it was taken')
  },
)

t.test('C-08: files that come together are taken in order, and answered as if alone', async t => {
  const crs = await openCrs(t, { at: jst('2000-12-02T01:00:00') })
  const alone = await openCrs(t, { at: jst('2000-12-02T01:00:00') })
  const node = crs.sender()
  const files = new NodeFiles('scp1', jst('2000-12-01T23:15:00'))
  const file = (make?: typeof threeCharges) => {
    const bytes = files.next(make)
    return { name: `quarter-hour-files/${files.number}`, bytes }
  }
  const dayClose = () => {
    const { day, body } = files.dayClose()
    return { name: `day-closes/${day}`, bytes: body }
  }
  const sent = [file(threeCharges), file(), file(), dayClose(), file(threeCharges), file()]
  const path = '/nodes/scp1/deliveries'
  const put = (some: typeof sent) => node.ask('PUT', path, encodeDeliveries(some))
  const answersTo = async (some: typeof sent) => {
    const { status, signed, text } = await put(some)
    t.strictSame([status, signed], [200, true])
    return JSON.parse(text) as { status: number; answer: string }[]
  }
  const oneByOne: { status: number; answer: string }[] = []
  for (const { name, bytes } of sent) {
    const { status, text } = await alone.sender().ask('PUT', `/nodes/scp1/${name}`, bytes)
    oneByOne.push({ status, answer: text })
  }
  t.strictSame(
    oneByOne.map(({ status }) => status),
    Array(6).fill(200),
  )

  t.match(await answersTo(sent.slice(1)), [{ status: 409, answer: /"expected":1\b/ }])
  t.match(await node.expected(), { body: { expected: 1 } }, 'nothing behind a gap was taken')
  t.strictSame(await answersTo(sent.slice(0, 2)), oneByOne.slice(0, 2))
  const damaged = {
    name: 'quarter-hour-files/3',
    bytes: Buffer.from(sent[2]?.bytes ?? []).fill('9', 20, 21),
  }
  t.match(
    await answersTo([...sent.slice(0, 2), damaged, ...sent.slice(3)]),
    [...oneByOne.slice(0, 2), { status: 422, answer: /FILE_MALFORMED/ }],
    'up to the first that is not taken; what was taken before is acknowledged again',
  )
  t.match(await node.expected(), { body: { expected: 3 } })
  t.strictSame(await answersTo(sent), oneByOne, 'to the byte')
  t.strictSame(await answersTo(sent), oneByOne, 'and ever after')
  await crs.filesAre(2)

  const [first] = sent
  const whole = Buffer.from(encodeDeliveries(sent))
  // biome-ignore format: table
  for (const [body, because] of [
    [Buffer.alloc(0),                                             'no file at all'],
    [whole.subarray(0, -1),                                       'cut short'],
    [Buffer.concat([whole, Buffer.from('x')]),                    'longer than announced'],
    [Buffer.from('quarter-hour-files/1 1000000\n'),               'nothing of what is announced'],
    [encodeDeliveries([{ name: 'trigger/1', bytes: Buffer.from('x') }]),             'no such file'],
    [encodeDeliveries([{ name: 'quarter-hour-files/0', bytes: Buffer.from('x') }]),  'no number'],
    [encodeDeliveries([{ name: 'day-closes/20001201', bytes: Buffer.from('x') }]),   'no day'],
    [encodeDeliveries(Array.from({ length: 65 }, () => first ?? damaged)),           'too many'],
  ] as const) {
    t.match(await node.ask('PUT', path, body), { status: 400, signed: true, body: { code: 'REQUEST_INVALID' } }, because)
  }
  t.match(await node.ask('PUT', path, whole, '0'.repeat(64)), { status: 401 })
})

t.test('a file that does not go on where the one before ended is refused', async t => {
  const crs = await openCrs(t, { at: jst('2000-12-01T11:00:00') })
  const node = crs.sender()
  const files = new NodeFiles('scp1', MORNING)
  const late = new NodeFiles('scp1', MORNING)
  await node.file(1, files.next(threeCharges))
  late.next()
  const lost = late.next(threeCharges)
  t.match(await node.file(2, lost), {
    status: 422,
    body: { line: 1, why: /first sequence is not 4/ },
  })
  const shifted = new NodeFiles('scp1', epochMs(MORNING + QUARTER_HOUR_MS))
  shifted.next(threeCharges)
  t.match(await node.file(2, shifted.next()), { status: 422, body: { why: /not the next one/ } })
  t.equal((await node.file(2, files.next())).status, 200)
})

t.test('XN3: a file damaged on its way is refused whole, whatever is wrong with it', async t => {
  const body = new NodeFiles('scp1', MORNING).next(began =>
    Array.from({ length: 10 }, (_, n) => chargeRecord(epochMs(began + n * 1_000))),
  )
  const flips = Array.from(body, (byte, at) => {
    const flipped = Buffer.from(body)
    flipped[at] = byte ^ (1 << (at % 8))
    return flipped
  })
  const lengths = Array.from(body, (_, length) => body.subarray(0, length))
  const { store, close } = openCrsStoreHere(freshHome(t), new SetClock(MORNING))
  const outcomes = await Promise.all(
    [...flips, ...lengths].map(damaged =>
      store.ask('takeFile', { node: 'scp1', number: 1, body: damaged }),
    ),
  )
  t.equal(
    outcomes.filter(({ outcome }) => outcome === 'malformed').length,
    2 * body.length,
    `${body.length} flipped bytes and as many lengths`,
  )
  const chance = seededChance(3)
  for (let tens = 0; tens < 4; tens++) {
    const mutated = Array.from({ length: 500 }, () => mutationOf(body, chance))
    const answers = await Promise.all(
      mutated.map(damaged => store.ask('takeFile', { node: 'scp1', number: 1, body: damaged })),
    )
    const others = answers.filter(({ outcome }) => outcome !== 'malformed')
    if (others.length > 0) t.fail(`${others.length} of the mutations ${tens * 500} and on`)
  }
  t.equal(await store.ask('expected', 'scp1'), 1, 'nothing of any was taken')
  t.match(await store.ask('takeFile', { node: 'scp1', number: 1, body }), { fresh: true })
  close()

  const crs = await openCrs(t)
  const node = crs.sender()
  for (const damaged of [...flips, ...lengths].filter((_, n) => n % 150 === 0)) {
    const { status, body: told, signed } = await node.file(1, damaged)
    t.match([status, told.code, signed], [422, 'FILE_MALFORMED', true])
    t.type(told.line, 'number', 'the line is named')
  }
  t.match(await node.expected(), { body: { expected: 1 } })
  t.equal((await node.file(1, body)).status, 200, 'the file itself is taken')
})

/** A file in which up to eight places are other bytes, gone, or doubled; never the file itself. */
function mutationOf(body: Buffer, chance: () => number): Buffer {
  let mutated = body
  for (let times = 1 + Math.floor(chance() * 8); times > 0 || mutated.equals(body); times--) {
    const at = Math.floor(chance() * mutated.length)
    const other = Buffer.from([Math.floor(chance() * 256)])
    const [before, after] = [mutated.subarray(0, at), mutated.subarray(at + 1)]
    const kept = [other, Buffer.alloc(0), Buffer.concat([other, other])][Math.floor(chance() * 3)]
    mutated = Buffer.concat([before, kept ?? other, after])
  }
  return mutated
}

t.test('who does not sign, or wrongly, is answered 401, and nothing of it is read', async t => {
  const crs = await openCrs(t)
  const node = crs.sender()
  const body = new NodeFiles('scp1', MORNING).next()
  const stranger = crs.sender('scp9')
  // biome-ignore format: table
  for (const [answer, because] of [
    [await node.file(1, body, ''),                    'no signature'],
    [await node.file(1, body, 'f'.repeat(64)),        'a wrong one'],
    [await node.file(1, body, 'short'),               'no signature at all'],
    [await stranger.file(1, body),                    'a node that CRS does not serve'],
    [await node.ask('GET', '/nodes/scp9', Buffer.of()), 'the key of another node'],
    [await node.ask('GET', '/nodes/%73cp1', Buffer.of()), 'a path written otherwise'],
    [await node.ask('GET', '/', Buffer.of()),         'no node'],
  ] as const) {
    t.match(answer, { status: 401, body: { code: 'SIGNATURE_WRONG' }, signed: false }, because)
  }
  const [path, other] = ['/nodes/scp1/quarter-hour-files/1', '/nodes/scp1/quarter-hour-files/2']
  const replayed = await node.ask('PUT', other, body, node.signatureOf('PUT', path, body))
  t.equal(replayed.status, 401, 'a signature holds for its own path alone')
  t.match(await node.expected(), { body: { expected: 1 } })
  t.strictSame(crs.alarms(), ['SIGNATURE_WRONG'], 'one alarm, however many come')
  t.equal((await node.file(1, body)).status, 200)
  t.match(await node.file('01', body), { status: 404 }, 'numbers have no leading zeros')
  t.match(await node.ask('PUT', '/nodes/scp1/day-closes/2000-02-30', body), { status: 404 })
})

t.test('a charge id is taken once, whichever file or node brings it again', async t => {
  const crs = await openCrs(t, {
    at: jst('2000-12-01T11:00:00'),
    given: { MCSCP_CRS_NODES: 'scp1,scp2' },
  })
  const record = chargeRecord(MORNING)
  const [token = ''] = record.chargeId.split('-')
  const files = new NodeFiles('scp1', MORNING)
  const other = new NodeFiles('scp2', MORNING)
  await crs.sender().file(
    1,
    files.next(() => [record, record, chargeRecord(MORNING)]),
  )
  t.strictSame(crs.alarms(), ['CHARGE_REPEATED'])
  const again = await crs.sender('scp2').file(
    1,
    other.next(() => [{ ...record, faceValue: yen(1_000) }]),
  )
  t.match(again, { status: 200, body: { count: 1, sumYen: 1_000 } }, 'the file is acknowledged')
  t.match(crs.lines.filter(line => line.alarm === 'CHARGE_REPEATED').at(-1), {
    severity: 'critical',
    node: 'scp2',
    number: 1,
    records: 1,
    shown: [`${chargeId(token as Parameters<typeof chargeId>[0], 1)} at place 1`],
  })
  for (const [sender, one] of [
    ['scp1', files],
    ['scp2', other],
  ] as const) {
    await crs.sender(sender).deliver(one, epochMs(MORNING + 4 * QUARTER_HOUR_MS))
  }
  const [name = ''] = await crs.filesAre(1)
  const lines = crs
    .read(name)
    .split('\n')
    .filter(line => line.startsWith('D'))
  t.equal(lines.length, 2, 'billing gets the first of them')
  t.equal(lines.filter(line => line.includes(token) && line.includes('0003000')).length, 1)
})

t.test('C-04, C-06: a day close is taken when it says what was received', async t => {
  const crs = await openCrs(t, { at: jst('2000-12-02T00:00:10') })
  const node = crs.sender()
  const files = new NodeFiles('scp1', jst('2000-12-01T23:15:00'))
  const [a, b, c] = [files.next(threeCharges), files.next(), files.next(threeCharges)]
  for (const [number, body] of [
    [1, a],
    [2, b],
    [3, c],
  ] as const)
    await node.file(number, body)
  const right = files.dayClose()
  const sums = [{ kind: 'mobilers' as const, faceValue: yen(500), count: 2, sum: yen(1_000) }]
  const wrong = files.dayClose({ sums })
  const next = files.next()
  t.match(await node.expected(), { body: { expected: '2000-12-01' } })
  t.match(
    await node.file(4, next),
    { status: 409, body: { code: 'SEQUENCE_GAP', expected: '2000-12-01' } },
    'it comes before the next day’s first file',
  )
  t.match(await node.dayClose({ ...right, day: '2000-12-02' }), { status: 422, body: { line: 1 } })
  t.match(await node.dayClose(wrong), {
    status: 422,
    body: { code: 'DAY_CLOSE_DIFFERS', why: 'it has 0 records of M 3000 yen, received were 2' },
  })
  t.strictSame(crs.alarms(), ['SEQUENCE_GAP', 'FILE_MALFORMED', 'DAY_CLOSE_DIFFERS'])
  const taken = await node.dayClose(right)
  t.match(taken, {
    status: 200,
    signed: true,
    body: { node: 'scp1', day: '2000-12-01', count: 6, sumYen: 9_000 },
  })
  t.equal((await node.dayClose(right)).text, taken.text, 'a repeat is acknowledged alike')
  t.match(await node.dayClose(wrong), { status: 409, body: { code: 'CONTENT_CHANGED' } })
  t.match(await node.expected(), { body: { expected: 4 } })
})

t.test('C-08: a node that is late is told of, once, until it has come', async t => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
  const clock = new SetClock(MORNING)
  const { store, close } = openCrsStoreHere(freshHome(t), clock)
  let look: (() => void) | undefined
  const later: Later = run => {
    look = run
    return () => {}
  }
  const watch = new LateDeliveries({ store, clock, log, lateMs: 30 * 60_000, later })
  const looked = async () => {
    const now = look
    look = undefined
    now?.()
    await until('the next look', () => look)
    return lines.map(({ msg }) => msg)
  }
  const files = new NodeFiles('scp1', MORNING)
  const deliver = () =>
    store.ask('takeFile', { node: 'scp1', body: files.next(), number: files.number })

  t.strictSame(await looked(), [])
  clock.set(epochMs(MORNING + 45 * 60_000))
  t.strictSame(await looked(), [], 'not yet')
  clock.set(epochMs(MORNING + 45 * 60_000 + 1))
  t.strictSame(await looked(), ['alarm raised'], 'it never sent anything')
  t.strictSame(await looked(), ['alarm raised'], 'once')
  await deliver()
  t.strictSame(await looked(), ['alarm raised', 'alarm cleared'])
  clock.set(epochMs(MORNING + 24 * 60 * 60_000))
  t.equal((await looked()).length, 3, 'late, and silent since the last look')
  await deliver()
  t.equal((await looked()).length, 3, 'it catches up: no second alarm')
  watch.close()
  close()
})

t.test('keys are made at first start, for their owner alone', async t => {
  const crs = await openCrs(t)
  const made = (name: string) => readFileSync(join(crs.home.keys, name), 'utf8')
  for (const name of ['transfer-scp1', 'ftp-billing']) t.match(made(name), /^[\w-]{43}\n$/, name)
})
