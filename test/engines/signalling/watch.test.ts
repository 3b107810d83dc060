import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { epochMs } from '../../../domain/clock.js'
import { hepPacket } from '../../../engines/signalling/watch/hep.js'
import { masked } from '../../../engines/signalling/watch/masked.js'
import { MessageCounts } from '../../../engines/signalling/watch/message-counts.js'
import { Metrics } from '../../../platform/metrics/metrics.js'
import { Queue } from '../../support/queue.js'
import { openRig } from '../../support/signalling-rig.js'

/** The chunks of a HEP packet, by type. */
function chunksOf(packet: Buffer): Map<number, Buffer> {
  const chunks = new Map<number, Buffer>()
  let at = 6
  while (at < packet.length) {
    const length = packet.readUInt16BE(at + 4)
    chunks.set(packet.readUInt16BE(at + 2), packet.subarray(at + 6, at + length))
    at += length
  }
  return chunks
}

t.test('keys are masked, whatever carries them, and nothing else is', async t => {
  const message = (head: string, body: string) => `${head}\r\nContent-Length: 9\r\n\r\n${body}`
  const info = 'INFO sip:1400@h SIP/2.0'
  // biome-ignore format: table
  for (const [head, body, shown, because] of [
    [`${info}\r\nContent-Type: application/dtmf-relay`, 'Signal=5\r\nDuration=160',  'Signal=x\r\nDuration=xxx', 'the usual form'],
    [`${info}\r\nContent-Type: application/dtmf-relay`, 'Signal= A\r\nDuration=160', 'Signal= x\r\nDuration=xxx', 'A to D are keys too'],
    [`${info}\r\nc: application/dtmf`,                  '#',                         'x',                         'bare'],
    [`${info}\r\nc: application/dtmf`,                  '*',                         'x',                         'a mask is no key, so that each can be told'],
    [`${info}\r\nContent-Type: application/dtmf`,       'C',                         'x',                         'bare, a letter'],
    [`${info}\r\nContent-Type: text/plain`,             '1234',                      'xxxx',                      'an INFO of any kind'],
    ['NOTIFY sip:a@h SIP/2.0\r\nContent-Type: application/kpml-response+xml', 'digits="9"', 'digits="x"',          'RFC 4730'],
    ['SIP/2.0 200 OK\r\nCSeq: 3 INFO',                  '1234',                      'xxxx',                      'an answer that echoes it'],
    ['INVITE sip:1400@h SIP/2.0\r\nCSeq: 1 INVITE',     'v=0\r\nm=audio 4000',       'v=0\r\nm=audio 4000',       'a session description has no keys'],
  ] as const) {
    const bytes = Buffer.from(message(head, body))
    t.equal(masked(bytes).toString(), message(head, shown), because)
    t.equal(masked(bytes).length, bytes.length)
  }
  // The parser takes a bare LF for a line end, and line breaks before a message.
  for (const lineEnd of ['\n', '\r\n']) {
    const lines = ['', '', info, 'Content-Type: application/dtmf-relay', '', 'Signal=5']
    const shown = masked(Buffer.from(lines.join(lineEnd))).toString()
    t.equal(shown, lines.with(-1, 'Signal=x').join(lineEnd), JSON.stringify(lineEnd))
  }
})

t.test('a packet has every chunk that HOMER wants', async t => {
  const payload = Buffer.from('OPTIONS sip:a SIP/2.0\r\nCall-ID: one@h\r\n\r\n')
  const passage = {
    direction: 'in',
    protocol: 'tcp',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '192.0.2.2', port: 40_000 },
    bytes: payload,
  } as const
  const packet = hepPacket(passage, payload, epochMs(1_700_000_000_123), 7)
  t.equal(packet.toString('latin1', 0, 4), 'HEP3')
  t.equal(packet.readUInt16BE(4), packet.length)
  const chunks = chunksOf(packet)
  // biome-ignore format: table
  for (const [type, hex, because] of [
    [1,  '02',                     'IPv4'],
    [2,  '06',                     'TCP'],
    [3,  'c0000202',               'from the peer'],
    [4,  'c0000201',               'to us'],
    [7,  '9c40',                   'its port'],
    [8,  '13c4',                   'our port'],
    [9,  '6553f100',               'seconds'],
    [10, '0001e078',               'microseconds'],
    [11, '01',                     'SIP'],
    [12, '00000007',               'who captured it'],
    [15, payload.toString('hex'),  'the message'],
    [17, Buffer.from('one@h').toString('hex'), 'the Call-ID joins the messages of a call'],
  ] as const) {
    t.equal(chunks.get(type)?.toString('hex'), hex, because)
  }
  const six = { ...passage, direction: 'out', local: { host: '2001:db8::1', port: 1 } } as const
  const outward = chunksOf(
    hepPacket({ ...six, remote: { host: '::2', port: 2 } }, payload, epochMs(0), 1),
  )
  t.equal(outward.get(1)?.toString('hex'), '0a', 'IPv6')
  t.equal(outward.get(5)?.toString('hex'), '20010db8000000000000000000000001', 'from us')
  t.equal(outward.get(6)?.toString('hex'), '00000000000000000000000000000002')
  const both = { ...passage, remote: { host: '::ffff:192.0.2.2', port: 3 } }
  const mapped = chunksOf(hepPacket(both, payload, epochMs(0), 1))
  t.equal(mapped.get(1)?.toString('hex'), '02', 'IPv4 seen by a socket for both families')
  t.equal(mapped.get(3)?.toString('hex'), 'c0000202')
})

t.test('HOMER sees a call message by message, and no key of it', async t => {
  const collector = createSocket('udp4')
  collector.bind(0, '127.0.0.1')
  await once(collector, 'listening')
  t.teardown(() => collector.close())
  const seen = new Queue<string>()
  collector.on('message', packet => seen.push(chunksOf(packet).get(15)?.toString() ?? ''))
  const rig = await openRig(t, {
    collector: { host: '127.0.0.1', port: collector.address().port },
  })
  await rig.application({ info: (_req, res) => res.send(200) })
  const phone = await rig.phone()
  const headers = { 'Content-Type': 'application/dtmf-relay' }
  phone.ask('INFO', 'seen-1', { headers, body: 'Signal=7\r\nDuration=100' })
  t.equal((await phone.answer()).status, 200)
  const [asked, answered] = [await seen.next(), await seen.next()]
  t.match(asked, /^INFO /)
  t.match(asked, /Signal=x\r\n/)
  t.notMatch(asked, /Signal=7/)
  t.match(answered, /^SIP\/2\.0 200/)
})

t.test('Prometheus is told what the engine holds and what it coped with', async t => {
  const rig = await openRig(t)
  await rig.application({ options: (_req, res) => res.send(200) })
  const phone = await rig.phone()
  phone.say('OPTIONS sip:a SIP/2.0\r\nnoise\r\n\r\n')
  phone.ask('OPTIONS', 'metrics-1')
  // The noise is answered too, 400, in whatever way it can be.
  while ((await phone.answer()).status !== 200);
  const metrics = new Metrics()
  rig.engine.registerMetrics(metrics)
  const told = await metrics.text()
  t.match(told, /^mcscp_sip_transactions \d+$/m)
  t.match(told, /^mcscp_sip_connections 0$/m)
  t.match(told, /^mcscp_sip_banned_sources 0$/m)
  t.match(told, /^mcscp_signalling_calls_refused_total 0$/m)
  t.match(told, /^mcscp_sip_noticed_total\{event="malformed_message"\} 1$/m)
})

t.test('Prometheus is told of every message by method and class', async t => {
  const rig = await openRig(t)
  await rig.application({
    invite: (_req, res) => res.send(486),
    options: (_req, res) => res.send(200),
  })
  const phone = await rig.phone()
  phone.ask('OPTIONS', 'counted-1')
  t.equal((await phone.answer()).status, 200)
  phone.ask('INVITE', 'counted-2')
  const busy = await phone.answer()
  phone.askIn(busy, 'ACK', 1, {
    headers: { Via: busy.headers.get('Via') ?? '' },
  })
  phone.ask('DANCE', 'counted-3')
  t.equal((await phone.answer()).status, 503)
  const metrics = new Metrics()
  rig.engine.registerMetrics(metrics)
  const told = (await metrics.text()).split('\n').filter(line => /^mcscp_sip_re/.test(line))
  t.strictSame(told.sort(), [
    'mcscp_sip_requests_in_total{method="ACK"} 1',
    'mcscp_sip_requests_in_total{method="INVITE"} 1',
    'mcscp_sip_requests_in_total{method="OPTIONS"} 1',
    'mcscp_sip_requests_in_total{method="other"} 1',
    'mcscp_sip_responses_out_total{method="INVITE",class="1xx"} 1',
    'mcscp_sip_responses_out_total{method="INVITE",class="4xx"} 1',
    'mcscp_sip_responses_out_total{method="OPTIONS",class="2xx"} 1',
    'mcscp_sip_responses_out_total{method="other",class="5xx"} 1',
  ])
})

t.test('a message is counted by what it begins with and what CSeq names', async t => {
  const counts = new MessageCounts()
  const [local, remote] = [
    { host: '192.0.2.1', port: 5060 },
    { host: '192.0.2.2', port: 5060 },
  ]
  // biome-ignore format: table
  for (const [text, direction, because] of [
    ['SIP/2.0 200 OK\r\nCSeq: 7 BYE\r\n\r\n',         'in',  'as everybody writes it'],
    ['SIP/2.0 202 OK\r\ncseq :\t7  BYE\r\n\r\n',      'in',  'blanks, small letters'],
    ['SIP/2.0 404 No\nCSEQ: 1 BYE\n\n',                 'in',  'bare line feeds'],
    ['SIP/2.0 180 Hm\r\n\r\n',                         'in',  'no CSeq at all'],
    ['SIP/2.0 999 Hm\r\nCSeq: 1 BYE\r\n\r\n',         'in',  'no class: not counted'],
    ['BYE sip:a SIP/2.0\r\nCSeq: 1 INFO\r\n\r\n',      'out', 'a request is what it says first'],
    ['SUBSCRIBERS sip:a SIP/2.0\r\n\r\n',              'out', 'longer than any'],
    ['noise',                                          'out', 'nothing like a message'],
  ] as const) {
    counts.passed({ direction, protocol: 'udp', local, remote, bytes: Buffer.from(text) })
    t.pass(because)
  }
  t.strictSame(counts.responses('in'), [
    { labels: { method: 'BYE', class: '2xx' }, value: 2 },
    { labels: { method: 'BYE', class: '4xx' }, value: 1 },
    { labels: { method: 'other', class: '1xx' }, value: 1 },
  ])
  t.strictSame(counts.requests('out'), [
    { labels: { method: 'BYE' }, value: 1 },
    { labels: { method: 'other' }, value: 2 },
  ])
  t.strictSame([counts.requests('in'), counts.responses('out')], [[], []])
})
