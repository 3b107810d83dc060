import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { BlockList } from 'node:net'
import t from 'tap'
import { parseNetworks } from '../../../engines/signalling/guard/networks.js'
import {
  BAN_MS,
  REQUESTS_MAX,
  SourceGuard,
  sourceOf,
  WINDOW_MS,
} from '../../../engines/signalling/guard/source-guard.js'
import { parseMessage } from '../../../engines/signalling/sip/parse.js'
import { openAgent, reply } from '../../support/agent-rig.js'
import { Queue } from '../../support/queue.js'

// XS6: who floods or scans is dropped without a word, and nobody else is worse off.

const NOBODY = new BlockList()

t.test('the flood limit is exact: 16 requests in any 2 s, then 300 s of silence', async t => {
  let now = 1_000
  const guard = new SourceGuard({ monotonicMs: () => now, unlimited: NOBODY })
  const ask = (count: number) => Array.from({ length: count }, () => guard.admits('192.0.2.1'))
  t.notOk(ask(REQUESTS_MAX - 1).includes(false))
  now += WINDOW_MS - 1
  t.strictSame(ask(1), [true], 'the sixteenth within 2 s')
  now += 1
  t.notOk(ask(REQUESTS_MAX - 1).includes(false), 'the first fifteen are 2 s old now')
  t.notOk(guard.bars('192.0.2.1'))
  t.strictSame(ask(1), [false], 'one too many')
  t.ok(guard.bars('192.0.2.1'))
  t.notOk(guard.bars('192.0.2.2'), 'another source')
  now += BAN_MS - 1
  t.ok(guard.bars('192.0.2.1'))
  now += 1
  t.notOk(guard.bars('192.0.2.1'))
  t.equal(guard.banned, 0)
})

t.test('what counts as one source, and who is not limited', async t => {
  // biome-ignore format: table
  for (const [host, source, because] of [
    ['192.0.2.1',               '192.0.2.1',       'IPv4: the address'],
    ['::ffff:192.0.2.1',        '192.0.2.1',       'the same, on a socket for both families'],
    ['2001:db8:1:2::1',         '2001:db8:1:2',    'IPv6: a /64 is one subscriber'],
    ['2001:db8:1:2:ffff::1',    '2001:db8:1:2',    'the same'],
    ['2001:0DB8::1',            '2001:db8:0:0',    'in any spelling'],
    ['::1',                     '0:0:0:0',         'with nothing in front'],
    ['2001:db8:1:2:3:4:5:6',    '2001:db8:1:2',    'with nothing left out'],
  ] as const) {
    t.equal(sourceOf(host), source, because)
  }
  const unlimited = parseNetworks('10.0.0.0/8, 2001:db8::/32,192.0.2.7')
  t.ok(unlimited)
  const guard = new SourceGuard({ monotonicMs: () => 0, unlimited: unlimited ?? NOBODY })
  for (const host of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::9', '192.0.2.7']) {
    for (let asked = 0; asked < 100; asked++) guard.admits(host)
    guard.ban(host)
    t.notOk(guard.bars(host), host)
  }
  for (const wrong of ['10.0.0.0/33', 'phones', '10.0.0.1/8/8', '10.0.0.0/x', '::/129']) {
    t.equal(parseNetworks(wrong), undefined, wrong)
  }
  t.equal(parseNetworks('')?.rules.length, 0, 'none is a choice')
})

t.test('no flood of sources fills the memory: the oldest are forgotten', async t => {
  const guard = new SourceGuard({ monotonicMs: () => 0, unlimited: NOBODY })
  const host = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
  for (let index = 0; index < 70_000; index++) guard.ban(host(index))
  t.equal(guard.banned, 65_536)
  t.notOk(guard.bars(host(0)))
  t.ok(guard.bars(host(69_999)))
})

/** Somebody at an address of loopback of its own. */
async function speaker(owner: { teardown(end: () => unknown): unknown }, host: string, to: number) {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  owner.teardown(() => socket.close())
  const answers = new Queue<number>()
  socket.on('message', bytes => {
    const message = parseMessage(bytes)
    if (message.kind === 'response' && message.status > 100) answers.push(message.status)
  })
  let asked = 0
  const ask = (method: string, headers = '') => {
    const call = `${host}-${++asked}`
    socket.send(
      `${method} sip:1400@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bK${call};rport\r\n` +
        `From: <sip:a@${host}>;tag=${call}\r\nTo: <sip:1400@127.0.0.1>\r\nCall-ID: ${call}\r\n` +
        `CSeq: 1 ${method}\r\nContact: <sip:a@${host}:${socket.address().port}>\r\n${headers}Content-Length: 0\r\n\r\n`,
      to,
      '127.0.0.1',
    )
  }
  return { ask, answers, say: (text: string) => socket.send(text, to, '127.0.0.1') }
}

t.test('a flood is answered sixteen times and then no more; others notice nothing', async t => {
  let now = 0
  const rig = await openAgent(t, { unlimited: NOBODY, monotonicMs: () => now })
  const serve = async (count: number) => {
    for (let served = 0; served < count; served++) (await rig.requests.next()).respond(reply(200))
  }
  const { port } = rig.at('udp')
  const flooder = await speaker(t, '127.0.0.66', port)
  const other = await speaker(t, '127.0.0.67', port)
  for (let sent = 0; sent < 40; sent++) flooder.ask('OPTIONS')
  await serve(REQUESTS_MAX)
  for (let heard = 0; heard < REQUESTS_MAX; heard++) t.equal(await flooder.answers.next(), 200)
  other.ask('OPTIONS')
  await serve(1)
  t.equal(await other.answers.next(), 200, 'another source is served')
  t.strictSame(flooder.answers.left, [], 'no word to the one that is banned')
  t.equal(rig.agent.load.bannedSources, 1)
  t.equal(rig.notices.filter(({ event }) => event === 'source_banned').length, 1, 'noticed once')

  now += BAN_MS
  flooder.ask('OPTIONS')
  await serve(1)
  t.equal(await flooder.answers.next(), 200, 'after 300 s it is heard again')
})

t.test('what comes in a call does not count, what fits no call does', async t => {
  const rig = await openAgent(t, { unlimited: NOBODY, monotonicMs: () => 0 })
  const caller = await speaker(t, '127.0.0.68', rig.at('udp').port)
  caller.ask('INVITE')
  const invite = await rig.requests.next()
  invite.respond(reply(200))
  t.equal(await caller.answers.next(), 200)
  const { localTag = '' } = invite.dialog ?? {}
  const call = '127.0.0.68-1'
  for (let key = 2; key < 42; key++) {
    caller.say(
      `INFO sip:1400@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.68;branch=z9hG4bKi${key};rport\r\n` +
        `From: <sip:a@127.0.0.68>;tag=${call}\r\nTo: <sip:1400@127.0.0.1>;tag=${localTag}\r\n` +
        `Call-ID: ${call}\r\nCSeq: ${key} INFO\r\nContent-Length: 0\r\n\r\n`,
    )
    const info = await rig.requests.next()
    t.equal(info.request.method, 'INFO')
    info.respond(reply(200))
  }
  t.equal(rig.agent.load.bannedSources, 0)
})

t.test('scanners and noise are dropped; a scanner is not even answered once', async t => {
  const rig = await openAgent(t, { unlimited: NOBODY, monotonicMs: () => 0 })
  const { port } = rig.at('udp')
  const scanner = await speaker(t, '127.0.0.69', port)
  const noisy = await speaker(t, '127.0.0.70', port)
  const other = await speaker(t, '127.0.0.71', port)
  scanner.ask('OPTIONS', 'User-Agent: friendly-scanner\r\n')
  scanner.ask('OPTIONS')
  for (let sent = 0; sent < 40; sent++) noisy.say(`OPTIONS sip:a SIP/2.0\r\nnoise ${sent}\r\n\r\n`)
  other.ask('OPTIONS')
  const served = await rig.requests.next()
  t.match(served.request.headers.get('Call-ID'), /^127\.0\.0\.71/, 'nobody else came through')
  served.respond(reply(200))
  t.equal(await other.answers.next(), 200)
  t.strictSame(scanner.answers.left, [])
  const details = rig.notices.flatMap(({ event, detail }) =>
    event === 'source_banned' ? [detail] : [],
  )
  t.strictSame(details, ['scanner', 'malformed'])
})
