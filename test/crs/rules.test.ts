import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadCodeTables } from '../../crs/code-tables-folder.js'
import { CodeConverter, type CodeTables } from '../../crs/rules/code-tables.js'
import { firstDifference } from '../../crs/rules/day-difference.js'
import { type Delivered, expectedOf } from '../../crs/rules/delivery.js'
import { type Close, heldOpenBy, nextClose } from '../../crs/rules/next-close.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { unmappedOf } from '../../domain/hourly-file.js'
import { type JstDay, jstText, parseJstDay } from '../../domain/jst.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { DEMONSTRATION_RANGES } from '../../switch-sim/mls/subscribers/demonstration.js'
import { chargeRecord, jst } from '../support/crs-desk.js'
import { freshHome } from '../support/fresh-home.js'

/** What a parser gave; fails when it gave nothing. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('nothing was parsed')
  return value
}

const day = (text: string): JstDay => given(parseJstDay(text))
const phone = (text: string): Msisdn => given(parseMsisdn(text))

const delivered = (until: string, changes: Partial<Delivered> = {}): Delivered => ({
  beganAt: jst('2000-12-01T10:15:00'),
  lastNumber: 7,
  until: jst(until),
  nextSequence: 1,
  closedThrough: undefined,
  ...changes,
})

t.test('a node sends its files in order, and each day’s close between two days', async t => {
  // biome-ignore format: table
  for (const [node, expected, because] of [
    [undefined,                                    1,            'nothing was sent yet'],
    [delivered('2000-12-01T23:45:00'),             8,            'within a day'],
    [delivered('2000-12-02T00:00:00'),             '2000-12-01', 'the day has ended'],
    [delivered('2000-12-02T00:00:00', { closedThrough: day('2000-12-01') }), 8, 'and is closed'],
    [delivered('2000-12-03T00:00:00', { closedThrough: day('2000-12-01') }), '2000-12-02', 'the next day too'],
    [delivered('2001-01-01T00:00:00', { closedThrough: day('2000-12-30') }), '2000-12-31', 'over a year'],
  ] as const) {
    t.equal(expectedOf(node), expected, because)
  }
})

/** A close as text, for tables. */
const told = (close: Close | undefined) =>
  close && (close.kind === 'day' ? close.day : jstText(close.beganAt).slice(0, 13))

t.test('C-03, C-04: 24 hours and a day close, day after day', async t => {
  const hour = (text: string): Close => ({ kind: 'hour', beganAt: jst(`${text}:00:00`) })
  const closed = (text: string): Close => ({ kind: 'day', day: day(text) })
  const one = delivered('2000-12-01T12:00:00')
  const other = delivered('2000-12-01T12:00:00', { beganAt: jst('2000-12-01T09:59:00') })
  // biome-ignore format: table
  for (const [last, nodes, next, because] of [
    [undefined,             [],                undefined,       'no node is there'],
    [undefined,             [one, undefined],  undefined,       'a node has not told when it began'],
    [undefined,             [one],             '2000-12-01T10', 'the hour in which the node began'],
    [undefined,             [one, other],      '2000-12-01T09', 'in which the first of them began'],
    [hour('2000-12-01T10'), [one],             '2000-12-01T11', 'hour after hour'],
    [hour('2000-12-01T23'), [one],             '2000-12-01',    'after hour 23 the day'],
    [closed('2000-12-01'),  [one],             '2000-12-02T00', 'after the day the next one'],
    [hour('2000-12-31T23'), [one],             '2000-12-31',    'the last day of a year'],
    [closed('2000-12-31'),  [one, undefined],  '2001-01-01T00', 'once begun, it goes on'],
  ] as const) {
    t.equal(told(nextClose(last, nodes)), next, because)
  }
  const held = (close: Close, nodes: Record<string, Delivered | undefined>) =>
    heldOpenBy(close, new Map(Object.entries(nodes)))
  const ten = hour('2000-12-01T10')
  const late = delivered('2000-12-01T11:15:00', { beganAt: jst('2000-12-01T11:00:00') })
  const dayAfter = delivered('2000-12-02T00:15:00', { beganAt: jst('2000-12-02T00:00:00') })
  const ended = delivered('2000-12-02T00:00:00')
  const ready = delivered('2000-12-02T00:00:00', { closedThrough: day('2000-12-01') })
  // biome-ignore format: table
  for (const [close, nodes, heldBy, because] of [
    [ten,                   { a: delivered('2000-12-01T11:00:00') }, [],    'all four quarter-hours are there'],
    [ten,                   { a: delivered('2000-12-01T10:45:00') }, ['a'], 'the last is missing'],
    [ten,                   { a: one, b: undefined },                ['b'], 'a node that never sent anything'],
    [ten,                   { a: one, b: late },                     [],    'one that began after the hour'],
    [closed('2000-12-01'),  { a: ended, b: ready },                  ['a'], 'its close of the day is missing'],
    [closed('2000-12-01'),  { a: ready },                            [],    'all are there'],
    [closed('2000-12-01'),  { a: ready, b: dayAfter },               [],    'one that began after the day'],
    [closed('2000-12-02'),  { a: delivered('2000-12-02T23:45:00', { closedThrough: day('2000-12-01') }) }, ['a'], 'not yet ended'],
  ] as const) {
    t.strictSame(held(close, nodes), heldBy, because)
  }
})

t.test('C-06: the first difference of a day is told', async t => {
  const right = {
    firstNumber: 1,
    lastNumber: 96,
    sums: [
      { kind: 'mobilers', faceValue: yen(3_000), count: 12 },
      { kind: 'pricall', faceValue: yen(1_000), count: 1 },
    ],
  } as const
  const [most, least] = right.sums
  t.equal(firstDifference(right, right), undefined)
  t.equal(firstDifference({ ...right, sums: [least, most] }, right), undefined)
  // biome-ignore format: table
  for (const [told, why] of [
    [{ ...right, firstNumber: 2 },                     /names 2 as the day's first file, received was 1/],
    [{ ...right, lastNumber: 95 },                     /names 95 as the day's last file, received was 96/],
    [{ ...right, sums: [{ ...most, count: 13 }, least] }, /13 records of M 3000 yen, received were 12/],
    [{ ...right, sums: [most] },                       /0 records of P 1000 yen, received were 1/],
    [{ ...right, sums: [...right.sums, { ...least, faceValue: yen(500) }] }, /1 records of P 500 yen, received were 0/],
  ] as const) {
    t.match(firstDifference(told, right), why)
  }
})

const TABLES: CodeTables = {
  chargeKinds: { mobilers: '01' },
  faceValues: { 1000: '02', 3000: '03' },
  nodes: { scp1: '001' },
  numberRanges: [
    {
      first: phone('09010000000'),
      last: phone('09010000099'),
      from: day('2000-01-01'),
      until: day('2001-01-01'),
      company: 3,
    },
    {
      first: phone('09010000050'),
      last: phone('09010000199'),
      from: day('2001-01-01'),
      until: undefined,
      company: 9,
    },
    {
      first: phone('09010000100'),
      last: phone('09010000100'),
      from: day('2000-01-01'),
      until: day('2000-06-01'),
      company: 1,
    },
  ],
}

t.test(
  'C-10: the company follows from number and day, both ends of each counted right',
  async t => {
    const converter = new CodeConverter(TABLES)
    // biome-ignore format: table
    for (const [number, at, company, because] of [
    ['09009999999', '2000-12-01', undefined, 'before every range'],
    ['09010000000', '2000-12-01', 3,         'the first number'],
    ['09010000099', '2000-12-31', 3,         'the last number, on the last day'],
    ['09010000099', '2001-01-01', 9,         'from its day on, the next range'],
    ['09010000049', '2001-01-01', undefined, 'its range has ended'],
    ['09010000050', '2000-12-31', 3,         'the range that is to come does not hold yet'],
    ['09010000100', '2000-05-31', 1,         'a range of one number'],
    ['09010000100', '2000-06-01', undefined, 'after it'],
    ['09010000100', '2001-01-01', 9,         'and within another later'],
    ['09010000199', '2030-01-01', 9,         'a range without end'],
    ['09010000200', '2030-01-01', undefined, 'after every range'],
    ['09010000000', '1999-12-31', undefined, 'before its first day'],
  ] as const) {
    t.equal(converter.companyOf(phone(number), day(at)), company, `${number} ${at}: ${because}`)
  }
  },
)

t.test(
  'C-02: codes are converted, and what no table maps keeps its record with the reason',
  async t => {
    const converter = new CodeConverter(TABLES)
    const coded = (changes: Partial<ChargeRecord>, node = 'scp1', tables = converter) =>
      tables.coded({
        ...chargeRecord(jst('2000-12-31T23:59:59.999'), changes),
        ...{ node, fileNumber: 1, place: 1 },
      })
    const whole = coded({})
    t.match(whole, { kindCode: '01', faceValueCode: '03', nodeCode: '001', company: 3 })
    t.equal(unmappedOf(whole), undefined)
    t.equal(unmappedOf(coded({ chargedAt: jst('2001-01-01T00:00:00') })), 'company')
    t.equal(unmappedOf(coded({ faceValue: yen(500) })), 'face_value')
    t.equal(unmappedOf(coded({}, 'scp2')), 'node')
    t.equal(
      unmappedOf(coded({ faceValue: yen(500) }, 'scp2')),
      'face_value',
      'the first that holds',
    )
    t.equal(unmappedOf(coded({}, 'toString')), 'node', 'names of every object are none of a table')
    const none = new CodeConverter({ ...TABLES, chargeKinds: {} })
    t.equal(unmappedOf(coded({}, 'scp2', none)), 'kind')
  },
)

t.test('the product’s tables are right, and cover every demonstration subscriber', async t => {
  const tables = loadCodeTables(freshHome(t))
  const converter = new CodeConverter(tables)
  const companies = new Set<number>()
  for (const { first, last } of DEMONSTRATION_RANGES) {
    for (let number = Number(first); number <= Number(last); number++) {
      const company = converter.companyOf(phone(`0${number}`), day('2000-12-01'))
      if (company === undefined) t.fail(`0${number} has no company`)
      else companies.add(company)
    }
  }
  t.strictSame([...companies].sort(), [1, 2, 3, 4, 5, 6, 7, 8, 9], 'all nine are seen')
  t.equal(converter.companyOf(phone('09000000001'), day('2000-12-01')), undefined)
  t.equal(converter.companyOf(phone('08010000000'), day('2002-02-28')), undefined)
  t.equal(converter.companyOf(phone('08010000000'), day('2002-03-01')), 3)
  for (const value of ['500', '1000', '3000', '5000']) t.ok(tables.faceValues[value], value)
})

t.test('every mistake of the tables is listed at once, each by file and line', async t => {
  const home = freshHome(t)
  const put = (file: string, ...lines: string[]) =>
    writeFileSync(join(home.codeTables, file), `${lines.join('\n')}\n`)
  const mistakes = () => {
    try {
      loadCodeTables(home)
      return []
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'CODE_TABLE_INVALID') throw error
      return error.message.split('\n').map(line => line.replace(`${home.codeTables}/`, '').trim())
    }
  }
  t.strictSame(mistakes(), [], 'an empty folder leaves the product’s')
  put('nodes.csv', '# ours', '', 'node, code', ' kyoto , A01 ')
  t.strictSame(loadCodeTables(home).nodes, { kyoto: 'A01' }, 'a table takes the place of its like')

  put('charge-kinds.csv', 'charge_kind,code', 'mobilers,1', 'prepaid,02', 'pricall,02,x')
  put('face-values.csv', 'face_value_yen,code', '1000,02', '1000,03', '0,04', '3000,02', '500,a1')
  put('nodes.csv', 'name,code', 'kyoto,A01')
  put(
    'companies.csv',
    'first,last,from,until,company',
    '09010000000,09019999999,1999-01-01,,3',
    '9010000000,09019999999,1999-01-01,,3',
    '09020000001,09020000000,1999-01-01,,3',
    '09020000000,09020000000,1999-02-30,,3',
    '09020000000,09020000000,1999-01-01,x,3',
    '09020000000,09020000000,1999-01-01,1999-01-01,3',
    '09020000000,09020000000,1999-01-01,,0',
    '09015000000,09015000000,2005-01-01,2006-01-01,4',
    '09010000000,09010000000,1998-01-01,1999-01-01,4',
  )
  put('companys.csv', '')
  t.strictSame(
    mistakes().slice(1),
    [
      'charge-kinds.csv, line 2: its code must be 2 of 0-9 and A-Z',
      'charge-kinds.csv, line 3: it names no charge kind',
      'charge-kinds.csv, line 4: it must have 2 fields',
      'face-values.csv, line 3: 1000 stands above already',
      'face-values.csv, line 4: it names no amount of 1 to 9999999 yen',
      'face-values.csv, line 5: the code 02 stands above already',
      'face-values.csv, line 6: its code must be 2 of 0-9 and A-Z',
      'nodes.csv, line 1: the first line must name the columns node,code',
      'companies.csv, line 3: first and last must be numbers as 09010000000',
      'companies.csv, line 4: it ends before it begins',
      'companies.csv, line 5: from must be a day as 2000-12-01',
      'companies.csv, line 6: until must be a day, or empty',
      'companies.csv, line 7: it holds on no day',
      'companies.csv, line 8: the company must be 1 to 9',
      'companies.csv, line 9: it claims numbers that line 2 has for the same days',
      'companys.csv: no table has that name',
    ],
    'each once',
  )
  t.equal(mistakes()[0], 'The code tables have 16 mistakes:')
  t.ok(
    readFileSync(join(PRODUCT_FOLDER, 'crs/tables/companies.csv'), 'utf8').includes(
      'DEMONSTRATION',
    ),
  )
})
