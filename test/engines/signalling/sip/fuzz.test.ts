import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parseCSeq } from '../../../../engines/signalling/sip/cseq.js'
import { parseAuth } from '../../../../engines/signalling/sip/digest.js'
import { Headers, splitList } from '../../../../engines/signalling/sip/headers.js'
import { parseNameAddr, tagOf, withTag } from '../../../../engines/signalling/sip/name-addr.js'
import { StreamParser } from '../../../../engines/signalling/sip/parse.js'
import { parseUri, unescapeUri } from '../../../../engines/signalling/sip/uri.js'
import { checkRequest } from '../../../../engines/signalling/sip/validate.js'
import { parseVia } from '../../../../engines/signalling/sip/via.js'
import { fixtureFolder, skipForWant } from '../../../support/fixtures.js'
import { mutatedMessages, validRequests } from '../../../support/sip-fuzz.js'
import {
  assertDatagramHolds,
  assertStreamHolds,
  messageIn,
} from '../../../support/sip-invariants.js'

/** The same inputs in every run; another number tries others (`FUZZ_SEED`). */
const seed = Number(process.env.FUZZ_SEED ?? 3261)

const folder = fixtureFolder('SIP_TORTURE_DIR')
const torture = ['rfc4475', 'rfc5118']
  .flatMap(part => (folder ? [join(folder, part)] : []))
  .flatMap(part => readdirSync(part).map(file => readFileSync(join(part, file))))

t.test('XS3: 12,000 damaged messages: nothing but ParseError, and what is read stays', async t => {
  if (!folder) skipForWant(t, 'SIP_TORTURE_DIR', 61, 'torture messages as seeds')
  fc.assert(fc.property(mutatedMessages(torture), assertDatagramHolds), { numRuns: 12_000, seed })
  t.pass('all held')
})

t.test('4,000 damaged streams, cut anywhere, give the same as uncut', async t => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 })
  fc.assert(fc.property(mutatedMessages(torture), sizes, assertStreamHolds), {
    numRuns: 4_000,
    seed,
  })
  t.pass('all held')
})

t.test('4,000 requests written as oddly as the grammar allows are accepted', async t => {
  const holds = (bytes: Buffer) => {
    assertDatagramHolds(bytes)
    const message = messageIn(bytes)
    return message?.kind === 'request' && checkRequest(message) === undefined
  }
  fc.assert(fc.property(validRequests, holds), { numRuns: 4_000, seed })
  t.pass('all accepted')
})

const SMALL = 16_384
const LARGE = 262_144

/**
 * Sixteen times the text takes 16 times as long when time is linear, 256 when it is quadratic. In between
 * lies what large lists cost besides: memory that is fresh, and its collection, on a busy machine up to 90.
 */
const RATIO_LIMIT = 160

/** What takes this long needs no second look, in microseconds. */
const PATIENCE_US = 2_000_000

/** Below this, collector and clock say more than the parser; squares of 256 KB are far above. In microseconds. */
const NOISE_US = 2_000

// biome-ignore format: table
const HOSTILE: readonly (readonly [start: string, unit: string, end: string])[] = [
  ['', ' ', ''], ['', '\t ', 'x'], ['', ',', ''], ['', ', ', 'x'], ['', ';', ''], ['<sip:a@b>', ';a', ''], ['<sip:a@b>;a', '=', ''],
  ['"', 'a', ''], ['"', '\\"', ''], ['"', '\\', ''], ['', '"', ''], ['', '""', ''], ['', '<', ''], ['', '<>', ''], ['<sip:a@b', '>', ''],
  ['', 'a', ''], ['', 'a ', '<'], ['sip:', 'a', '@b'], ['sip:', '@', ''], ['sip:', 'a:', '@b'], ['sip:a@', '.', ''], ['sip:a@', 'a.', ''],
  ['sip:a@', '1', ''], ['sip:a@[', ':', ']'], ['sip:a@[', '1:', ']'], ['sip:a@[:::1.', '1', ''], ['sip:a@b', ';x=%', ''], ['sip:a@b', ';x', '!'],
  ['sip:a@b?', 'a=b&', ''], ['sip:', '%', ''], ['sip:', '%41', '%'], ['tel:', '1-', 'x'], ['SIP/2.0/UDP ', ' ', 'a'], ['SIP', ' ', '/2.0/UDP a'],
  ['SIP/2.0/UDP a', ' ', ':1'], ['SIP/2.0/', 'A', ''], ['SIP/2.0/UDP a;x=', 'a', ' b'], ['', '0', ' INVITE'], ['1', ' ', 'INVITE '],
  ['Digest ', 'a=b,', 'c'], ['Digest ', ',', ''], ['Digest a', ' ', '=b'], ['', ';tag', ''], ['', '\u00e9', '<'], ['', '-', ''], ['a: ', '\\\0', ''],
]

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  name: parseNameAddr,
  uri: parseUri,
  via: parseVia,
  cseq: parseCSeq,
  auth: parseAuth,
  list: splitList,
  tag: tagOf,
  unescaped: unescapeUri,
  tagged: text => withTag(text, 'x'),
  first: text => new Headers([['Via', text]]).removeFirst('Via'),
}

t.test('no text makes a reader slower than its length', async t => {
  for (const [start, unit, end] of HOSTILE) {
    const [small, large] = [SMALL, LARGE].map(size => hostile(start, unit, end, size))
    for (const [name, read] of Object.entries(readers)) {
      const ratio = slowdown(
        () => read(small ?? ''),
        () => read(large ?? ''),
      )
      t.ok(
        ratio < RATIO_LIMIT,
        `${name} of ${JSON.stringify([start, unit, end])}: ${ratio.toFixed(1)}`,
      )
    }
  }
})

t.test('XS3: no head makes a message slower than its length', async t => {
  const limits = { headBytes: LARGE * 2, bodyBytes: LARGE, fields: LARGE }
  const parse = (bytes: Buffer) => {
    const [event] = new StreamParser(limits).push(bytes)
    if (event?.kind === 'request') checkRequest(event)
  }
  const lines = HOSTILE.flatMap(([start, unit, end]) => [
    [`Via: ${start}`, unit, end],
    [`m: ${start}`, unit, end],
    [`To: ${start}`, unit, end],
  ])
  // biome-ignore format: table
  const heads = [
    ...lines, ['', 'a', ''], ['', 'a: b\r\n', ''], ['', 'a\r\n', ''], ['a:', '\r\n ', 'b'], ['a:', ' \r\n \t', 'b'], ['', 'Via: SIP/2.0/UDP a\r\n', ''],
    ['a', ' ', ': b'], ['a', ' ', ''], ['', ':', ''], ['', '\r\n b', ''], ['', 'l: 1\r\n', ''], ['a: ', '\r', ''], ['', 'X-A: b\r\nX-a: c\r\n', ''],
  ] as const
  for (const [start = '', unit = '', end = ''] of heads) {
    const [small, large] = [SMALL, LARGE].map(size => head(hostile(start, unit, end, size)))
    const ratio = slowdown(
      () => small && parse(small),
      () => large && parse(large),
    )
    t.ok(ratio < RATIO_LIMIT, `${JSON.stringify([start, unit, end])}: ${ratio.toFixed(1)}`)
  }
})

t.test('no start line makes a message slower than its length', async t => {
  // biome-ignore format: table
  for (const [start, unit, end] of [
    ['OPTIONS', ' ', 'SIP/2.0'], ['OPTIONS ', 'a ', 'SIP/2.0'], ['OPTIONS ', 'SIP/2.0 ', ''], ['OPTIONS ', ' SIP/2.0', ''], ['', 'A', ' sip:a SIP/2.0'],
    ['SIP/2.0 ', ' ', ''], ['SIP/2.0 200', ' ', 'x'], ['SIP/', '2', '.0 200 OK'], ['OPTIONS sip:a SIP/', '2', '.0'], ['OPTIONS sip:a SIP/2.0', ' ', ''],
    ['OPTIONS sip:', '%', ' SIP/2.0'], ['', '\t', ''], ['', '\r\n', 'OPTIONS sip:a SIP/2.0'],
  ] as const) {
    const [small, large] = [SMALL, LARGE].map(size => Buffer.from(`${hostile(start, unit, end, size)}\r\n\r\n`))
    const limits = { headBytes: LARGE * 2, bodyBytes: LARGE, fields: 10 }
    const parse = (bytes: Buffer | undefined) => bytes && new StreamParser(limits).push(bytes)
    const ratio = slowdown(() => parse(small), () => parse(large))
    t.ok(ratio < RATIO_LIMIT, `${JSON.stringify([start, unit, end])}: ${ratio.toFixed(1)}`)
  }
})

t.test('bytes that come one at a time cost no more than their number', async t => {
  const drip = (bytes: Buffer) => {
    const parser = new StreamParser({ headBytes: LARGE * 2, bodyBytes: LARGE, fields: LARGE })
    for (let at = 0; at < bytes.length; at++) parser.push(bytes.subarray(at, at + 1))
  }
  for (const [start, unit] of [
    ['A b SIP/2.0\r\nX: ', 'a'],
    ['A b SIP/2.0\r\nX: ', 'a: b\r\n'],
    ['A b SIP/2.0\r\nX: ', '\r'],
    ['', '\r\n'],
  ] as const) {
    const [small, large] = [SMALL, LARGE].map(size => Buffer.from(hostile(start, unit, '', size)))
    const ratio = slowdown(
      () => small && drip(small),
      () => large && drip(large),
    )
    t.ok(ratio < RATIO_LIMIT, `${JSON.stringify([start, unit])}: ${ratio.toFixed(1)}`)
  }
})

const hostile = (start: string, unit: string, end: string, size: number): string =>
  start + unit.repeat(Math.floor((size - start.length - end.length) / unit.length)) + end

const head = (line: string): Buffer =>
  Buffer.from(
    'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: a\r\n' +
      `CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n${line}\r\n\r\n`,
  )

/**
 * How many times as long the second takes, each at its best so far. A ratio over the limit is measured
 * again: a busy machine passes, a quadratic reader never does.
 */
function slowdown(small: () => unknown, large: () => unknown): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let ratio = Number.POSITIVE_INFINITY
  let spent = 0
  for (let round = 0; round < 30 && ratio >= RATIO_LIMIT && spent < PATIENCE_US; round++) {
    least = Math.min(least, microseconds(small))
    most = Math.min(most, microseconds(large))
    ratio = most < NOISE_US ? 1 : most / least
    spent += most
  }
  return ratio
}

function microseconds(run: () => unknown): number {
  const from = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - from) / 1_000
}
