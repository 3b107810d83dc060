import t from 'tap'
import { parseCallSessionToken } from '../../domain/call-session.js'
import { parsePin, parseSerialNumber } from '../../domain/card.js'
import { chargeId, ENTRIES_PER_CALL_MAX, parseChargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { CHARGE_KIND_OF, CONTRACT_CLASSES, isContractClass } from '../../domain/contract-class.js'
import {
  addMonths,
  type JstMonth,
  jstDay,
  jstMonth,
  jstText,
  parseJstDay,
  QUARTER_HOUR_MS,
  quarterHourOfDay,
  startOfJstDay,
  startOfJstMonth,
  startOfQuarterHour,
} from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'

const at = (jst: string) => epochMs(Date.parse(`${jst}+09:00`))

t.test('yen are whole and safe', async t => {
  for (const amount of [0, -1, 50_000, Number.MAX_SAFE_INTEGER]) t.equal(yen(amount), amount)
  for (const amount of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    t.throws(() => yen(amount), RangeError, `${amount}`)
  }
})

t.test('a subscriber number is held one way, whatever form it came in', async t => {
  // biome-ignore format: table
  for (const [text, number, because] of [
    ['09012345678',    '09012345678', 'national'],
    ['+819012345678',  '09012345678', 'international'],
    ['07012345678',    '07012345678', '070 is mobile too'],
    ['08012345678',    '08012345678', 'and 080'],
    ['0901234567',     undefined,     'a digit short'],
    ['090123456789',   undefined,     'a digit long'],
    ['0312345678',     undefined,     'a fixed line'],
    ['06012345678',    undefined,     'not yet mobile in this network'],
    ['+8109012345678', undefined,     'country code and trunk prefix both'],
    ['+447911123456',  undefined,     'another country'],
    ['０９０１２３４５６７８', undefined, 'full-width digits'],
    ['09012345678;x',  undefined,     'something after it'],
    ['',               undefined,     'nothing'],
  ] as const) t.equal(parseMsisdn(text), number, because)
})

t.test('S-17, S-18: Table 1 says who may charge, and by which scenario', async t => {
  // biome-ignore format: table
  t.strictSame(CHARGE_KIND_OF, {
    mobile: 'mobilers', satellite: 'mobilers', pocket_dual: 'mobilers', dotchimo: 'mobilers',
    international: 'mobilers', pricall: 'pricall',
    charge_display: undefined, ship: undefined, aircraft: undefined,
  })
  for (const name of CONTRACT_CLASSES) t.ok(isContractClass(name))
  t.notOk(isContractClass('landline'))
})

t.test('a PIN has 14 to 20 digits, a serial number its series and nine', async t => {
  t.equal(parsePin('1'.repeat(13)), undefined, 'one digit too few')
  t.equal(parsePin('1'.repeat(14)), '1'.repeat(14))
  t.equal(parsePin('1'.repeat(20)), '1'.repeat(20))
  t.equal(parsePin('1'.repeat(21)), undefined, 'one digit too many')
  t.equal(parsePin('1234567890123#'), undefined, 'a key that is no digit')
  t.equal(parseSerialNumber('MCA000000123'), 'MCA000000123')
  t.equal(parseSerialNumber('MCA00000123'), undefined)
})

t.test('a charge id is a token and an entry, and nothing else reads as one', async t => {
  const token = parseCallSessionToken('0123456789abcdef0123456789abcdef')
  if (!token) throw new Error('the token did not parse')
  t.equal(parseCallSessionToken('0123456789ABCDEF0123456789abcdef'), undefined, 'upper case')
  t.equal(chargeId(token, 1), `${token}-1`)
  t.equal(parseChargeId(chargeId(token, ENTRIES_PER_CALL_MAX)), `${token}-99`)
  for (const entry of [0, 1.5, -1, ENTRIES_PER_CALL_MAX + 1]) {
    t.throws(() => chargeId(token, entry), RangeError)
  }
  for (const text of [`${token}-0`, `${token}-01`, `${token}-100`, token]) {
    t.equal(parseChargeId(text), undefined, text)
  }
})

t.test('S-13: months, days and quarter-hours are half-open and begin in Japan', async t => {
  // biome-ignore format: table
  for (const [jst, month, day, quarter, because] of [
    ['2000-11-30T23:59:59.999', '2000-11', '2000-11-30', 95, 'the last moment of a month'],
    ['2000-12-01T00:00:00.000', '2000-12', '2000-12-01', 0,  'the first of the next'],
    ['2000-12-31T23:59:59.999', '2000-12', '2000-12-31', 95, 'the last of a year'],
    ['2001-01-01T00:00:00.000', '2001-01', '2001-01-01', 0,  'the first of the next'],
    ['2001-01-01T08:59:59.999', '2001-01', '2001-01-01', 35, 'still the day before in UTC'],
    ['2004-02-29T12:00:00.000', '2004-02', '2004-02-29', 48, 'a leap day'],
    ['2001-01-01T10:14:59.999', '2001-01', '2001-01-01', 40, 'the last moment of a quarter-hour'],
    ['2001-01-01T10:15:00.000', '2001-01', '2001-01-01', 41, 'the first of the next'],
  ] as const) {
    const moment = at(jst)
    t.equal(jstMonth(moment), month, because)
    t.equal(jstDay(moment), day, because)
    t.equal(quarterHourOfDay(moment), quarter, because)
    t.equal(jstText(moment), `${jst}+09:00`, because)
  }
  t.equal(startOfQuarterHour(at('2001-01-01T10:29:59.999')), at('2001-01-01T10:15:00'))
  t.equal(startOfJstDay(jstDay(at('2001-01-01T05:00:00'))), at('2001-01-01T00:00:00'))
  t.equal(startOfJstMonth(jstMonth(at('2004-02-29T05:00:00'))), at('2004-02-01T00:00:00'))
})

t.test('a Japanese day has 96 quarter-hours, whatever the season', async t => {
  for (const day of ['2001-03-25', '2001-10-28', '2001-04-01', '2000-12-31']) {
    const start = at(`${day}T00:00:00`)
    const quarters = Array.from({ length: 96 }, (_, index) =>
      quarterHourOfDay(epochMs(start + index * QUARTER_HOUR_MS)),
    )
    t.strictSame(quarters, [...quarters.keys()], day)
  }
})

t.test('months are counted over the turn of a year', async t => {
  const month = (text: string) => text as JstMonth
  t.equal(addMonths(month('2000-12'), 1), '2001-01')
  t.equal(addMonths(month('2001-01'), -1), '2000-12')
  t.equal(addMonths(month('2000-12'), 24), '2002-12')
  t.equal(addMonths(month('2001-03'), 0), '2001-03')
})

t.test('a day that the calendar does not have is not read', async t => {
  t.equal(parseJstDay('2001-02-28'), '2001-02-28')
  for (const text of ['2001-02-29', '2001-13-01', '2001-1-1', 'today']) {
    t.equal(parseJstDay(text), undefined, text)
  }
})
