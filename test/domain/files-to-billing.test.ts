import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type CallSessionToken, parseCallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { COMPANIES, parseCompany } from '../../domain/company.js'
import {
  decodeForwardedDayClose,
  encodeForwardedDayClose,
  type ForwardedDaySum,
  forwardedDayCloseName,
} from '../../domain/forwarded-day-close.js'
import {
  decodeHourlyFile,
  encodeHourlyFile,
  HOURLY_LINE_LENGTH,
  type HourlyHeader,
  type HourlyRecord,
  hourlyFileName,
  unmappedOf,
} from '../../domain/hourly-file.js'
import { HOUR_MS, parseJstDay } from '../../domain/jst.js'
import type { Malformed } from '../../domain/line-file.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { decodeTriggerAnswer, encodeTriggerAnswer } from '../../domain/trigger-answer.js'
import { decodeTrigger, encodeTrigger, triggerNames } from '../../domain/trigger-file.js'
import { yen } from '../../domain/yen.js'
import { sha256 } from '../../platform/sha256.js'

const jst = (text: string) => epochMs(Date.parse(`${text}+09:00`))

/** What a parser gave; fails when it gave nothing. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('nothing was parsed')
  return value
}

const golden = (name: string) =>
  readFileSync(new URL(`../../../test/domain/${name}.golden.txt`, import.meta.url), 'latin1')

const TOKEN: CallSessionToken = given(parseCallSessionToken('0123456789abcdef0123456789abcdef'))

const record = (n: number, at: string, changes: Partial<HourlyRecord> = {}): HourlyRecord => ({
  chargeId: chargeId(TOKEN, n),
  msisdn: given(parseMsisdn('09010000001')),
  kind: 'mobilers',
  serial: given(parseSerialNumber(`DEM${`${n}`.padStart(9, '0')}`)),
  faceValue: yen(3_000),
  chargedAt: jst(at),
  company: 3,
  kindCode: '01',
  faceValueCode: '03',
  nodeCode: '001',
  node: 'scp1',
  fileNumber: 42,
  place: n,
  ...changes,
})

const header: HourlyHeader = {
  sequence: 42,
  beganAt: jst('2000-12-01T10:00:00.000'),
  closedAt: jst('2000-12-01T11:00:02.345'),
}

/** In the order of time; every way to be unmapped is among them. */
const records: readonly HourlyRecord[] = [
  record(1, '2000-12-01T10:00:00.000'),
  record(2, '2000-12-01T10:05:00.000', { company: 9, faceValue: yen(500), faceValueCode: '01' }),
  record(3, '2000-12-01T10:15:00.000', { company: undefined, kindCode: undefined, fileNumber: 43 }),
  record(4, '2000-12-01T10:20:00.000', { company: undefined, faceValueCode: undefined }),
  record(5, '2000-12-01T10:30:00.000', { company: undefined, nodeCode: undefined, node: 'osaka' }),
  record(6, '2000-12-01T10:45:00.000', { company: undefined }),
  record(11, '2000-12-01T10:59:59.999', { faceValue: yen(1_000), faceValueCode: '02' }),
]

/** The same hour in form 02, with two late records and a node that was out for half of it. */
const headerOf02: HourlyHeader = {
  ...header,
  closure: {
    openedAt: jst('2000-12-01T10:00:02.001'),
    lastReceivedAt: jst('2000-12-01T11:00:01.999'),
    missing: 2,
  },
}
const lateRecords: readonly HourlyRecord[] = [
  record(21, '2000-11-30T23:59:59.999', { company: 1, node: 'osaka' }),
  record(22, '2000-12-01T09:59:59.999', { company: 1, node: 'osaka' }),
]

const hourly = (one: HourlyHeader, made: Iterable<HourlyRecord>) =>
  [...encodeHourlyFile(one, made, sha256())].join('')
const decodeHourly = (text: string) => decodeHourlyFile(text, sha256())

const day = given(parseJstDay('2000-12-01'))
const close = { sequence: 43, day, closedAt: jst('2000-12-02T00:00:01.500') }
const sumOf = (node: string, faceValue: number, count: number): ForwardedDaySum => ({
  node,
  kind: 'mobilers',
  faceValue: yen(faceValue),
  count,
  sum: yen(faceValue * count),
})
const sums = [sumOf('osaka', 3_000, 1), sumOf('scp1', 500, 1), sumOf('scp1', 3_000, 12)]
const dayClose = (made: Iterable<ForwardedDaySum>) =>
  [...encodeForwardedDayClose(close, made, sha256())].join('')
const decodeDayClose = (text: string) => decodeForwardedDayClose(text, sha256())

const trigger = { number: 7, lastSequence: 41, madeAt: jst('2000-12-01T11:05:00.000') }
const answer = {
  trigger: 7,
  lastSequence: 41,
  files: [
    { sequence: 42, name: hourlyFileName(header), length: 3_968, sha256: 'a5'.repeat(32) },
    { sequence: 43, name: forwardedDayCloseName(close), length: 640, sha256: '5a'.repeat(32) },
  ],
}
const decodeAnswer = (text: string) => decodeTriggerAnswer(text, sha256())

t.test('the nine companies are numbered from north to south', async t => {
  t.equal(
    COMPANIES.map(({ code, ja }) => `${code}${ja}`).join(' '),
    '1北海道 2東北 3中央 4東海 5北陸 6関西 7中国 8四国 9九州',
  )
  for (const { code } of COMPANIES) t.equal(parseCompany(`${code}`), code)
  for (const text of ['0', '10', '', 'x', '03']) t.equal(parseCompany(text), undefined, text)
})

t.test('each file has the bytes that its format says', async t => {
  t.equal(hourly(header, records), golden('hourly-file'))
  t.equal(hourly(headerOf02, [...lateRecords, ...records]), golden('hourly-file-02'))
  t.equal(dayClose(sums), golden('forwarded-day-close'))
  t.equal(encodeTrigger(trigger), golden('trigger'))
  t.equal(encodeTriggerAnswer(answer, sha256()), golden('trigger-answer'))
  for (const name of ['hourly-file', 'hourly-file-02', 'forwarded-day-close', 'trigger-answer']) {
    const lines = golden(name).split('\n').slice(0, -1)
    t.ok(
      lines.every(line => line.length === HOURLY_LINE_LENGTH),
      `${name} has lines of one length`,
    )
  }
  t.equal(hourlyFileName(header), '0000000042-2000120110.txt')
  t.equal(forwardedDayCloseName(close), '0000000043-20001201-close.txt')
  t.strictSame(triggerNames(7), {
    sending: '0000000007.tmp',
    sent: '0000000007.trg',
    answer: '0000000007.ans',
  })
})

t.test('what is written is read back as it was', async t => {
  t.match(decodeDayClose(dayClose(sums)), { outcome: 'whole', close, sums })
  t.match(decodeDayClose(dayClose([])), {
    outcome: 'whole',
    sums: [],
    trailer: { count: 0, sum: 0 },
  })
  t.strictSame(decodeTrigger(encodeTrigger(trigger)), { outcome: 'whole', trigger })
  t.strictSame(decodeAnswer(encodeTriggerAnswer(answer, sha256())), { outcome: 'whole', answer })
  const empty = { ...answer, files: [] }
  const read = decodeAnswer(encodeTriggerAnswer(empty, sha256()))
  t.strictSame(read, { outcome: 'whole', answer: empty }, 'an empty answer is an answer too')

  const code = (length: number) => fc.stringMatching(new RegExp(`^[0-9A-Z]{${length}}$`))
  const drawn = fc.record({
    at: fc.integer({ min: -2 * HOUR_MS, max: HOUR_MS - 1 }),
    place: fc.integer({ min: 1, max: 99_999_999 }),
    fileNumber: fc.integer({ min: 1, max: 9_999_999_999 }),
    faceValue: fc.integer({ min: 1, max: 9_999_999 }),
    company: fc.option(fc.constantFrom(...COMPANIES.map(({ code }) => code)), { nil: undefined }),
    codes: fc.tuple(code(2), code(2), code(3)),
    lost: fc.integer({ min: 0, max: 7 }),
    node: fc.stringMatching(/^[a-z0-9-]{1,16}$/),
  })
  fc.assert(
    fc.property(fc.array(drawn, { maxLength: 30 }), ones => {
      const made = ones.map(({ at, codes: [kind, value, node], lost, ...one }, index) => ({
        ...record((index % 99) + 1, '2000-12-01T10:00:00'),
        ...one,
        faceValue: yen(one.faceValue),
        chargedAt: epochMs(header.beganAt + at),
        kindCode: one.company === undefined && lost & 1 ? undefined : kind,
        faceValueCode: one.company === undefined && lost & 2 ? undefined : value,
        nodeCode: one.company === undefined && lost & 4 ? undefined : node,
      }))
      const text = (a: HourlyRecord) => `${a.fileNumber}`.padStart(10, '0')
      made.sort(
        (a, b) =>
          a.chargedAt - b.chargedAt ||
          (a.node < b.node ? -1 : a.node > b.node ? 1 : 0) ||
          text(a).localeCompare(text(b)) ||
          a.place - b.place,
      )
      const read = decodeHourly(hourly(header, made))
      if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
      const sections = [...made].sort((a, b) => (a.company ?? 10) - (b.company ?? 10))
      t.strictSame(read.records, sections, 'section by section, each in order of time')
      t.strictSame(read.header, header)
      t.equal(
        read.trailer.sum,
        made.reduce((sum, { faceValue }) => sum + faceValue, 0),
      )
    }),
    { numRuns: 60 },
  )
})

t.test('C-07, C-08: form 02 tells how the file came about; form 01 is read as ever', async t => {
  const first = decodeHourly(golden('hourly-file'))
  t.match(first, { outcome: 'whole', header })
  t.notOk('header' in first && 'closure' in first.header, 'form 01 does not tell')
  const second = decodeHourly(golden('hourly-file-02'))
  t.match(second, { outcome: 'whole', header: headerOf02, trailer: { late: 2, count: 9 } })
  const silent = { openedAt: header.beganAt, lastReceivedAt: undefined, missing: 0 }
  const empty = decodeHourly(hourly({ ...header, closure: silent }, []))
  t.match(empty, { outcome: 'whole', header: { closure: silent }, trailer: { late: 0 } })
  const lines = golden('hourly-file-02').split('\n').slice(0, -2)
  const summary = golden('hourly-file-02').split('\n').at(-2)?.slice(0, 63).trimEnd() ?? ''
  t.equal(resealed(lines, summary), golden('hourly-file-02'))
  // biome-ignore format: table
  for (const [from, to, because] of [
    ['004000002', '002000002', 'closed in time, and quarter-hours are missing'],
    ['004000002', '004000000', 'closed by hand, and nothing is missing'],
    ['20001201100002001', '20001301100002001', 'opened in a month 13'],
    ['20001201110001999', '20001232110001999', 'last grown on a day 32'],
    ['H02', 'H03', 'a form that nobody knows'],
  ] as const) {
    const [head = '', ...others] = lines
    const read = decodeHourly(resealed([head.replace(from, to), ...others], summary))
    t.match(read, { outcome: 'malformed', line: 1 }, because)
  }
  t.equal(decodeHourly(resealed(lines, summary.replace(/2$/, '1'))).outcome, 'malformed', 'late')
})

t.test('a record stands in section 0 with the first reason that holds', async t => {
  const read = decodeHourly(hourly(header, records))
  t.equal(read.outcome, 'whole')
  if (read.outcome !== 'whole') return
  t.strictSame(read.records.filter(({ company }) => company === undefined).map(unmappedOf), [
    'kind',
    'face_value',
    'node',
    'company',
  ])
  const wrong = record(1, '2000-12-01T10:00:00', { nodeCode: undefined })
  t.throws(() => hourly(header, [wrong]), RangeError, 'never with a company')
  t.throws(() => hourly(header, [record(1, '2000-12-01T10:00:00', { kindCode: '1' })]), RangeError)
})

/** Every other character at every place, and every length: none may be taken for whole. */
function refusesEveryChange(t: Test, name: string, decode: (text: string) => { outcome: string }) {
  const text = golden(name)
  t.equal(decode(text).outcome, 'whole', `${name} itself is whole`)
  const refused = (changed: string) => decode(changed).outcome === 'malformed'
  const changes = [...text].flatMap((character, at) =>
    [...'1M ?a\n']
      .filter(other => other !== character)
      .map(other => text.slice(0, at) + other + text.slice(at + 1)),
  )
  t.equal(
    changes.filter(refused).length,
    changes.length,
    `${name}: each of ${changes.length} changes`,
  )
  const lengths = [...text].map((_, length) => text.slice(0, length))
  t.equal(
    lengths.filter(refused).length,
    lengths.length,
    `${name}: each of ${lengths.length} lengths`,
  )
  t.ok(refused(`${text} `) && refused(`${text}\n`) && refused(text + text), `${name}: and more`)
}

t.test('a file in which anything is not as written is refused whole', async t => {
  refusesEveryChange(t, 'forwarded-day-close', decodeDayClose)
  refusesEveryChange(t, 'trigger-answer', decodeAnswer)
  refusesEveryChange(t, 'hourly-file', decodeHourly)
  refusesEveryChange(t, 'hourly-file-02', decodeHourly)
})

/** The lines of a file with a trailer that fits them, the count and sum as given. */
function resealed(lines: readonly string[], summary: string): string {
  const before = `${lines.join('\n')}\n${summary.padEnd(63)}`
  const digest = sha256()
  digest.update(before)
  return `${before}${digest.hex()}\n`
}

t.test('what is wrong with an hourly file is told with its line', async t => {
  const lines = golden('hourly-file').split('\n').slice(0, -2)
  const summary = golden('hourly-file').split('\n').at(-2)?.slice(0, 24) ?? ''
  t.equal(resealed(lines, summary), golden('hourly-file'), 'the seal below is the format’s own')
  const [head = '', north = ''] = lines
  const central = lines.findIndex(line => line.startsWith('B3'))
  const errors = lines.findIndex(line => line.startsWith('B0'))
  /** The file with one line changed, by a text in it. */
  const changed = (at: number, from: string | RegExp, to: string) =>
    lines.map((line, index) =>
      index === at ? line.replace(from, to).padEnd(127).slice(0, 127) : line,
    )
  const swapped = (at: number) =>
    lines.map((line, index) => lines[index === at ? at + 1 : index === at + 1 ? at : index] ?? line)
  t.ok(head && north && central > 0 && errors > central)
  // biome-ignore format: table
  for (const [made, line, why, because] of [
    [changed(0, 'H01', 'H03'),                     1, /form 03/,            'another form'],
    [changed(0, 'H01', 'X01'),                     1, /not a header/,       'no header'],
    [changed(0, '0000000042', '0000000000'),       1, /sequence/,           'sequences begin with 1'],
    [changed(0, '2000120110', '2000123210'),       1, /calendar/,           'no such day'],
    [changed(0, '01100000000', '01100000001'),     1, /within an hour/,     'not on the hour'],
    [changed(0, '110002345', '105959999'),         1, /before its end/,     'closed too early'],
    [lines.slice(1),                               1, /not a header/,       'no header at all'],
    [changed(1, 'B1', 'B2'),                       2, /section 1 must/,     'a section is missing'],
    [[...lines.slice(0, 1), ...lines.slice(3)],    2, /section 1 must/,     'a section is left out'],
    [[...lines, 'B1'.padEnd(127)],       lines.length + 1, /after the last/, 'a section too many'],
    [lines.slice(0, -1),                 lines.length,     /missing/,        'the last total is missing'],
    [changed(central + 1, 'D3', 'D4'),   central + 2, /another section/,    'a record of another company'],
    [changed(central + 1, '09010000001', '05010000001'), central + 2, /not of its kind/, 'no subscriber number'],
    [changed(central + 1, '0003000', '0000000'), central + 2, /not of its kind/, 'worth nothing'],
    [changed(central + 1, 'scp1', 'SCP1'), central + 2, /not of its kind/,  'no name of a node'],
    [changed(central + 1, /01(?=scp1)/, '00'), central + 2, /not of its kind/, 'entries begin with 1'],
    [changed(central + 1, /00000001 +$/, '00000000'), central + 2, /not of its kind/, 'places begin with 1'],
    [changed(central + 2, '105959999', '110000000'), central + 3, /after the end/, 'of the next hour'],
    [changed(central + 1, 'D30103', 'D3??03'), central + 2, /codes do not say/, 'unmapped, yet with a company'],
    [changed(errors + 1, 'KD', 'CO'),    errors + 2,  /codes do not say/,   'another reason than its codes show'],
    [changed(errors + 1, 'KD', 'XX'),    errors + 2,  /not a record/,       'no reason'],
    [swapped(central + 1),               central + 3, /before the line/,    'not in order of time'],
    [[...lines.slice(0, central + 2), ...lines.slice(central + 1)], central + 3, /before the line/, 'a record twice'],
    [changed(central + 3, '0000000002', '0000000003'), central + 4, /total of section 3/, 'a count that differs'],
    [changed(central + 3, '0000000004000', '0000000004001'), central + 4, /total of section 3/, 'a sum that differs'],
  ] as const) {
    t.match(decodeHourly(resealed(made, summary)), { outcome: 'malformed', line, why }, because)
  }
  const other = summary.replace(/\d$/, digit => `${(Number(digit) + 1) % 10}`)
  const read = decodeHourly(resealed(lines, other))
  t.match(read, { outcome: 'malformed', line: lines.length + 1, why: /totals/ })
  const early = record(1, '2000-11-30T23:59:59.999')
  t.equal(
    decodeHourly(hourly(header, [early])).outcome,
    'whole',
    'C-07: a late record keeps its time',
  )
})

t.test('what is wrong with a day close, a trigger or an answer is told too', async t => {
  const seal = (name: string, length: number) => {
    const lines = golden(name).split('\n').slice(0, -2)
    const summary = golden(name).split('\n').at(-2)?.slice(0, length) ?? ''
    return (at: number, from: string, to: string): string =>
      resealed(
        lines.map((line, index) => (index === at ? line.replace(from, to) : line)),
        summary,
      )
  }
  const closed = seal('forwarded-day-close', 24)
  const answered = seal('trigger-answer', 11)
  const triggered = (from: string, to: string) => golden('trigger').replace(from, to)
  t.equal(decodeDayClose(closed(0, '', '')).outcome, 'whole')
  t.equal(decodeAnswer(answered(0, '', '')).outcome, 'whole')
  // biome-ignore format: table
  const cases: [Malformed | { outcome: 'whole' }, line: number, why: RegExp, because: string][] = [
    [decodeDayClose(closed(0, 'C01', 'C02')),               1, /form 02/,         'another form'],
    [decodeDayClose(closed(0, '20001201 ', '20001301 ')),   1, /calendar/,        'no such day'],
    [decodeDayClose(closed(0, '20001202', '20001201')),     1, /before its end/,  'closed too early'],
    [decodeDayClose(closed(0, '0000000043', '0000000000')), 1, /sequence/,        'sequences begin with 1'],
    [decodeDayClose(closed(1, 'osaka', 'zsaka')),           3, /before the line/, 'not in order'],
    [decodeDayClose(closed(1, 'osaka', 'Osaka')),           2, /not of its kind/, 'no name of a node'],
    [decodeDayClose(closed(1, '0000000001', '0000000002')), 2, /count times/,     'a sum that differs'],
    [decodeDayClose(closed(1, '0003000', '0000000')),       2, /sums up nothing/, 'worth nothing'],
    [decodeTrigger(triggered('R01', 'R02')),                1, /form 02/,         'another form'],
    [decodeTrigger(triggered('0000000007', '0000000000')),  1, /number/,          'numbers begin with 1'],
    [decodeTrigger(triggered('20001201', '20001131')),      1, /calendar/,        'no such day'],
    [decodeTrigger(triggered('\n', '')),                    1, /not a trigger/,   'cut off'],
    [decodeTrigger(''),                                     1, /not a trigger/,   'nothing at all'],
    [decodeAnswer(answered(0, 'A01', 'A02')),               1, /form 02/,         'another form'],
    [decodeAnswer(answered(0, '0000000002', '0000000003')), 4, /number of files/, 'a file is missing'],
    [decodeAnswer(answered(0, '0000000041', '0000000040')), 2, /gap/,             'the first is missing'],
    [decodeAnswer(answered(2, '43-2000', '44-2000')),       3, /not the name/,    'name and sequence differ'],
    [decodeAnswer(answered(2, '-close.txt', '-xlose.txt')), 3, /not the name/,    'another name'],
  ]
  for (const [read, line, why, because] of cases) {
    t.match(read, { outcome: 'malformed', line, why }, because)
  }
})
