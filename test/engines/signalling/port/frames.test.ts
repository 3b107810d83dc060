import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { epochMs } from '../../../../domain/clock.js'
import {
  encodeFrame,
  FrameReader,
  type Reading,
} from '../../../../engines/signalling/port/frame.js'
import {
  formatReplyFrame,
  type Passage,
  type ReplyFrame,
  timeOfDay,
} from '../../../../engines/signalling/port/reply-frame.js'
import { parseRequestFrame } from '../../../../engines/signalling/port/request-frame.js'
import { fixtureFolder, skipForWant } from '../../../support/fixtures.js'
import { connectionsOf, readRecording, sentBy } from '../../../support/wire-recording.js'

const recordings = fixtureFolder('WIRE_CAPTURE_DIR')
const RECORDED = ['drachtio-exercise.cap', 'drachtio-exercise2.cap'] as const

const payloadsOf = (reading: Reading): readonly string[] =>
  reading.outcome === 'payloads' ? reading.payloads : []

t.test('whatever is framed comes out again, however the stream is cut', async t => {
  const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), {
    maxLength: 8,
  })
  const cuts = fc.array(fc.nat(2_000), { maxLength: 12 })
  fc.assert(
    fc.property(texts, cuts, (payloads, where) => {
      const stream = Buffer.concat(payloads.map(encodeFrame))
      const reader = new FrameReader()
      const edges = [0, ...where.map(at => at % (stream.length + 1)), stream.length]
      edges.sort((a, b) => a - b)
      const read = edges.flatMap((at, index) =>
        payloadsOf(reader.read(stream.subarray(edges[index - 1] ?? 0, at))),
      )
      t.matchOnlyStrict(read, payloads)
      t.equal(reader.midFrame, false)
    }),
    { numRuns: 150 },
  )
})

t.test('the length counts bytes of UTF-8, not characters', async t => {
  t.equal(encodeFrame('円').toString('utf8'), '3#円')
  t.strictSame(new FrameReader().read(Buffer.from('3#円3#a|b')), {
    outcome: 'payloads',
    payloads: ['円', 'a|b'],
  })
})

t.test('a stream that is not frames is given up', async t => {
  const max = 12
  // biome-ignore format: table
  for (const [stream, outcome, because] of [
    ['12#abcdefghijkl',      'payloads',     'the longest payload allowed'],
    ['13#abcdefghijklm',     'too_long',     'one byte more'],
    ['9999999',              'payloads',     'seven digits may still be a length'],
    ['99999999',             'too_long',     'eight digits may not'],
    ['abc#xyz',              'not_a_length', 'letters are no length'],
    ['#abc',                 'not_a_length', 'a length is missing'],
    ['0#',                   'not_a_length', 'drachtio-srf dies of an empty frame, so there is none'],
    ['-3#abc',               'not_a_length', 'a sign is no digit'],
    ['3#abc\r\n3#abc',       'not_a_length', 'nothing may stand between two frames'],
  ] as const) {
    t.equal(new FrameReader(max).read(Buffer.from(stream)).outcome, outcome, because)
  }

  const reader = new FrameReader()
  reader.read(Buffer.from('x'))
  t.equal(reader.read(Buffer.from('4#ping')).outcome, 'not_a_length', 'and stays given up')
})

t.test('every kind of frame that an application sends is told apart', async t => {
  // biome-ignore format: table
  for (const [payload, frame] of [
    ['m|authenticate|s3cret|blue,green', { kind: 'authenticate', id: 'm', secret: 's3cret', tags: ['blue', 'green'] }],
    ['m|authenticate|s3cret|',           { kind: 'authenticate', id: 'm', secret: 's3cret', tags: [] }],
    ['m|authenticate|s3cret',            { kind: 'authenticate', id: 'm', secret: 's3cret', tags: [] }],
    ['m|ping',                           { kind: 'ping', id: 'm' }],
    ['m|route|INVITE',                   { kind: 'route', id: 'm', verb: 'invite' }],
    ['m|remove_route|invite',            { kind: 'remove_route', id: 'm', verb: 'invite' }],
    ['m|sip|txn|\r\nSIP/2.0 200 OK\r\n\r\n',
      { kind: 'answer', id: 'm', transactionId: 'txn', dialogId: '', sip: 'SIP/2.0 200 OK\r\n\r\n' }],
    ['m|sip||c1;from-tag=t1\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
      { kind: 'ask', id: 'm', transactionId: '', dialogId: 'c1;from-tag=t1', routeUrl: '', sip: 'BYE sip:placeholder SIP/2.0\r\n\r\n' }],
    ['m|sip|||sip:10.0.0.1\r\nOPTIONS sip:a@b SIP/2.0\r\n\r\n',
      { kind: 'ask', id: 'm', transactionId: '', dialogId: '', routeUrl: 'sip:10.0.0.1', sip: 'OPTIONS sip:a@b SIP/2.0\r\n\r\n' }],
    ['m|sip||\r\nSIP/2.0 200 OK\r\n\r\n', { kind: 'unreadable', id: 'm', reason: 'transaction id missing' }],
    ['m|proxy|txn|remainInDialog|fullResponse||serial|2s|10s|sip:b@h\r\nINVITE sip:b@h SIP/2.0\r\n\r\n',
      { kind: 'proxy', id: 'm', transactionId: 'txn', recordRoute: true, fullResponse: true, followRedirects: false,
        simultaneous: false, provisionalMs: 2_000, finalMs: 10_000, destinations: ['sip:b@h'],
        sip: 'INVITE sip:b@h SIP/2.0\r\n\r\n' }],
    ['m|proxy|txn|||followRedirects|simultaneous|1500ms|soon|sip:b@h|sip:c@h',
      { kind: 'proxy', id: 'm', transactionId: 'txn', recordRoute: false, fullResponse: false, followRedirects: true,
        simultaneous: true, provisionalMs: 1_500, finalMs: undefined, destinations: ['sip:b@h', 'sip:c@h'], sip: '' }],
    ['m|frobnicate|x',                   { kind: 'unreadable', id: 'm', reason: 'Unknown message type' }],
    ['m-6',                              { kind: 'unreadable', id: 'm-6', reason: 'Invalid message format' }],
  ] as const) {
    t.strictSame(parseRequestFrame(payload), frame, payload)
  }
})

t.test('the time of day has six decimals and is UTC', async t => {
  t.equal(timeOfDay(epochMs(Date.parse('2001-02-03T04:05:06.789+09:00'))), '19:05:06.789000')
})

t.test('every recorded frame of the real server is formatted to the byte', async t => {
  if (!recordings) return skipForWant(t, 'WIRE_CAPTURE_DIR', 2, 'recordings')
  let frames = 0
  for (const name of RECORDED) {
    const segments = readRecording(join(recordings, name))
    for (const connection of connectionsOf(segments)) {
      const stream = sentBy(segments, connection, 'S')
      for (const payload of payloadsOf(new FrameReader().read(stream))) {
        const read = readReplyFrame(payload)
        if (!read) continue
        frames += 1
        const [id, frame] = read
        t.equal(formatReplyFrame(id, frame).toString('utf8'), payload)
      }
    }
  }
  t.equal(frames, 145, 'all frames of both recordings but the reply to a proxied request')
})

t.test('every recorded frame of the real application is understood', async t => {
  if (!recordings) return skipForWant(t, 'WIRE_CAPTURE_DIR', 2, 'recordings')
  const counts: Record<string, number> = {}
  for (const name of RECORDED) {
    const segments = readRecording(join(recordings, name))
    for (const connection of connectionsOf(segments)) {
      const reading = new FrameReader().read(sentBy(segments, connection, 'C'))
      for (const payload of payloadsOf(reading)) {
        const { kind } = parseRequestFrame(payload)
        counts[kind] = (counts[kind] ?? 0) + 1
      }
    }
  }
  t.strictSame(counts, {
    authenticate: 6,
    unreadable: 3,
    ping: 2,
    route: 24,
    remove_route: 2,
    answer: 21,
    ask: 24,
    proxy: 1,
  })
})

/** Reads what the engine sends back into fields: the other half of `formatReplyFrame`. */
function readReplyFrame(payload: string): [id: string, frame: ReplyFrame] | undefined {
  const end = payload.indexOf('\r\n')
  const [id = '', type, ...fields] = (end < 0 ? payload : payload.slice(0, end)).split('|')
  const message = Buffer.from(end < 0 ? '' : payload.slice(end + 2))
  const field = (at: number) => fields[at] ?? ''
  const passage = (at: number): Passage => ({
    bytes: Number(field(at)),
    protocol: field(at + 1),
    address: field(at + 2),
    port: Number(field(at + 3)),
    time: field(at + 4),
  })
  const source = (at: number) => (field(at) === 'network' ? 'network' : 'application')

  if (type === 'sip') {
    const [host, port] = [field(8), field(9)]
    const receivedOn = port === '' ? {} : { receivedOn: { host, port: Number(port) } }
    const ids = { transactionId: field(6), dialogId: field(7), ...receivedOn }
    return [id, { kind: 'delivery', source: source(0), passage: passage(1), ...ids, message }]
  }
  if (type?.startsWith('cdr:')) {
    const event = type.slice(4) as 'attempt' | 'start' | 'stop'
    const detail = field(2) as 'uas'
    return [id, { kind: 'call_event', event, source: source(0), time: field(1), detail, message }]
  }
  const [to = '', word, ...rest] = fields
  if (word === 'NO' || word === 'NOK') {
    return [id, { kind: 'refused', to, word, reason: field(2) }]
  }
  if (fields.at(-2) !== 'Msg sent:') {
    return message.length > 0 ? undefined : [id, { kind: 'ok', to, fields: rest }]
  }
  const transactionId = field(8)
  return field(9) === 'Msg sent:'
    ? [id, { kind: 'request_sent', to, passage: passage(3), transactionId, message }]
    : [
        id,
        {
          kind: 'answer_sent',
          to,
          passage: passage(3),
          transactionId,
          dialogId: field(9),
          message,
        },
      ]
}
