import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import {
  type DayClose,
  type DaySum,
  dayCloseFileName,
  decodeDayClose,
  encodeDayClose,
} from '../../domain/day-close.js'
import { type JstDay, jstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { LINE_LENGTH } from '../../domain/quarter-hour-file.js'
import { yen } from '../../domain/yen.js'
import { sha256 } from '../../platform/sha256.js'
import { jst } from '../support/scp-desk.js'

const encode = (close: DayClose, sums: readonly DaySum[]) =>
  [...encodeDayClose(close, sums, sha256())].join('')

const decode = (text: string) => decodeDayClose(text, sha256())

const sumOf = (kind: DaySum['kind'], faceValue: number, count: number): DaySum => ({
  kind,
  faceValue: yen(faceValue),
  count,
  sum: yen(faceValue * count),
})

const close: DayClose = {
  node: 'scp1',
  day: '2000-12-01' as JstDay,
  closedAt: jst('2000-12-02T00:00:00.012'),
  firstNumber: 4,
  lastNumber: 99,
}
const sums = [sumOf('mobilers', 1_000, 12), sumOf('mobilers', 3_000, 40), sumOf('pricall', 500, 1)]

t.test('C-06: a day close has the bytes that its format says', async t => {
  const golden = readFileSync(
    new URL('../../../test/domain/day-close.golden.txt', import.meta.url),
    'latin1',
  )
  t.equal(encode(close, sums), golden)
  t.ok(golden.split('\n').every(line => line === '' || line.length === LINE_LENGTH))
  t.equal(dayCloseFileName(close), 'scp1-20001201-close.txt')
  const [header = '', , trailer = ''] = encode(close, []).split('\n')
  t.equal(header.slice(0, 27), 'C01scp1            20001201')
  t.equal(trailer, '', 'a day on which nothing was charged has a close too')
})

t.test('what is written is read back as it was', async t => {
  const whole = fc
    .record({
      node: fc.stringMatching(/^[a-z0-9-]{1,16}$/),
      at: fc.integer({ min: jst('1990-01-01T00:00:00'), max: jst('2099-12-30T00:00:00') }),
      late: fc.integer({ min: 0, max: 10_000_000 }),
      firstNumber: fc.integer({ min: 1, max: 9_000_000_000 }),
      files: fc.integer({ min: 1, max: 96 }),
      amounts: fc.uniqueArray(
        fc.record({
          faceValue: fc.integer({ min: 1, max: 9_999_999 }),
          pricall: fc.boolean(),
          count: fc.integer({ min: 1, max: 99_999 }),
        }),
        { maxLength: 12, selector: ({ faceValue, pricall }) => `${pricall} ${faceValue}` },
      ),
    })
    .map(({ node, at, late, firstNumber, files, amounts }) => {
      const day = jstDay(epochMs(at))
      const closedAt = epochMs(startOfJstDay(nextJstDay(day)) + late)
      const ordered = amounts.toSorted(
        (a, b) => Number(a.pricall) - Number(b.pricall) || a.faceValue - b.faceValue,
      )
      return {
        close: { node, day, closedAt, firstNumber, lastNumber: firstNumber + files - 1 },
        sums: ordered.map(({ faceValue, pricall, count }) =>
          sumOf(pricall ? 'pricall' : 'mobilers', faceValue, count),
        ),
      }
    })
  fc.assert(
    fc.property(whole, one => {
      const read = decode(encode(one.close, one.sums))
      if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
      t.strictSame({ close: read.close, sums: read.sums }, one)
    }),
    { numRuns: 50 },
  )
})

t.test('a day close in which anything is not as written is refused whole', async t => {
  const text = encode(close, sums)
  const changed = Array.from({ length: text.length }, (_, at) => {
    const other = text[at] === '1' ? '2' : '1'
    return text.slice(0, at) + other + text.slice(at + 1)
  })
  t.ok(
    changed.every(one => decode(one).outcome === 'malformed'),
    'every single character changed',
  )
  t.ok(
    changed.every((_, length) => decode(text.slice(0, length)).outcome === 'malformed'),
    'cut off at every length',
  )
  const [one = sumOf('mobilers', 1, 1), two = one] = sums
  // biome-ignore format: table
  for (const [badClose, badSums, why] of [
    [{ ...close, closedAt: jst('2000-12-01T23:59:59.999') }, sums,                        /before its end/],
    [{ ...close, lastNumber: 100 },                          sums,                        /1 to 96 files/],
    [{ ...close, lastNumber: 3 },                            sums,                        /1 to 96 files/],
    [{ ...close, firstNumber: 0 },                           sums,                        /1 to 96 files/],
    [close,                                                  [two, one],                  /before the line above/],
    [close,                                                  [one, one],                  /before the line above/],
    [close,                                                  [{ ...one, sum: yen(11_999) }], /count times face value/],
    [close,                                                  [{ ...one, count: 0, sum: yen(0) }], /sums up nothing/],
  ] as const) {
    t.match(decode(encode(badClose, badSums)), { outcome: 'malformed', why })
  }
})
