import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { Aliases } from '../../../engines/signalling/transport/aliases.js'
import { Connections } from '../../../engines/signalling/transport/connections.js'
import {
  DEFAULT_CONNECTION_LIMITS,
  type TransportNotice,
} from '../../../engines/signalling/transport/flow.js'
import { settled, until } from '../../support/agent-calls.js'
import { answerOf, ask, openAgent, PeerCall, reply, sending } from '../../support/agent-rig.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import { RecordedFlow } from '../../support/recorded-flow.js'
import { tcpPeer, tcpPlace, udpPeer, wsPeer } from '../../support/sip-peer.js'

t.test('a connection stands for few Contacts, and for none once it has closed', async t => {
  const aliases = new Aliases()
  const flow = new RecordedFlow(new HandScheduler(), true)
  for (let phone = 1; phone <= 9; phone++)
    aliases.learn(`sip:${phone}@a.invalid;transport=ws`, flow)
  t.equal(aliases.size, 8)
  t.equal(aliases.flowFor('8@a.invalid:5060'), flow)
  t.equal(aliases.flowFor('9@a.invalid:5060'), undefined)
  const fresh = new RecordedFlow(new HandScheduler(), true)
  aliases.learn('sip:8@A.INVALID;transport=ws', fresh)
  t.equal(aliases.flowFor('8@a.invalid:5060'), fresh, 'the latest counts')
  flow.break()
  t.equal(aliases.size, 1, 'but not what has moved')
  fresh.break()
  t.equal(aliases.size, 0)
  const open = new RecordedFlow(new HandScheduler(), true)
  // biome-ignore format: table
  for (const [uri, flow, because] of [
    ['sip:1@a.invalid',        new RecordedFlow(new HandScheduler(), false), 'UDP has no connection'],
    ['sip:1@10.0.0.1',         open, 'an address is somebody\u2019s'],
    ['sip:1@phone.example.jp', open, 'so is a name'],
    ['tel:1',                  open, 'a number has neither'],
  ] as const) {
    aliases.learn(uri, flow)
    t.equal(aliases.size, 0, because)
  }
})

t.test('of two connections with one peer the later is used, until it closes', async t => {
  const notices: TransportNotice[] = []
  const connections = new Connections(
    { protocol: 'tcp', host: '127.0.0.1', port: 5060 },
    {
      receiver: {
        bars: () => false,
        isUnlimited: () => false,
        message() {},
        refused() {},
        noticed: notice => notices.push(notice),
      },
      limits: DEFAULT_CONNECTION_LIMITS,
      scheduler: new HandScheduler(),
    },
  )
  const { closed } = connections.owner
  const made = () => Object.assign(new RecordedFlow(new HandScheduler(), true), { close: () => {} })
  const [first, second, third] = [made(), made(), made()]
  connections.add(first)
  connections.add(second)
  t.equal(connections.with(first.remote), second)
  connections.add(third, 'example.jp')
  t.equal(connections.with(first.remote), second, 'one that proved a domain is for that domain')
  t.equal(connections.with(first.remote, 'EXAMPLE.jp'), third)
  closed(first, undefined)
  t.equal(connections.with(first.remote), second)
  closed(second, new Error('broken'))
  closed(third, undefined)
  t.equal(connections.with(first.remote), undefined)
  t.equal(connections.with(first.remote, 'example.jp'), undefined)
  t.equal(connections.size, 0)
  t.match(notices, [
    { event: 'connection_failed', detail: 'broken', protocol: 'tcp', remote: second.remote },
  ])
})

t.test('one connection serves both ways, and is dialled when there is none', async t => {
  const rig = await openAgent(t)
  const place = await tcpPlace(t)
  const uri = `sip:bob@127.0.0.1:${place.at.port};transport=tcp`
  const first = sending(rig, ask('OPTIONS', uri))
  const peer = await place.peers.next()
  peer.send(answerOf(await peer.request('OPTIONS'), 200))
  await first.responses.next()
  sending(rig, ask('OPTIONS', uri))
  await peer.request('OPTIONS')
  peer.send(new PeerCall(peer).request('OPTIONS'))
  ;(await rig.requests.next()).respond(reply(200))
  await peer.response(200)
  t.equal(place.peers.left.length, 0, 'it was dialled once')
})

t.test('a connection that breaks', async t => {
  await t.test('before an answer: 503 of our own', async t => {
    const rig = await openAgent(t)
    const place = await tcpPlace(t)
    const uri = `sip:bob@127.0.0.1:${place.at.port};transport=tcp`
    const { responses } = sending(rig, ask('OPTIONS', uri))
    const peer = await place.peers.next()
    await peer.request('OPTIONS')
    peer.close()
    t.equal((await responses.next()).response.status, 503)
  })
  await t.test(
    'before our answer: TCP is dialled at the port in Via, WebSocket is not',
    async t => {
      const rig = await openAgent(t)
      const place = await tcpPlace(t)
      const peer = await tcpPeer(t, rig.at('tcp'))
      const via = `SIP/2.0/TCP 127.0.0.1:${place.at.port};branch=z9hG4bK-gone`
      peer.send(new PeerCall(peer).request('OPTIONS', { Via: via }))
      const overTcp = await rig.requests.next()
      peer.close()
      await until(() => rig.agent.load.connections === 0)
      t.equal(overTcp.respond(reply(200)).outcome, 'sent')
      await (await place.peers.next()).response(200)

      const phone = await wsPeer(t, rig.at('ws'))
      phone.send(new PeerCall(phone).request('OPTIONS'))
      const overWs = await rig.requests.next()
      phone.close()
      await until(() => rig.agent.load.connections === 1)
      t.equal(overWs.respond(reply(200)).outcome, 'connection_closed')
    },
  )
})

t.test('keep-alives', async t => {
  await t.test('TCP: a double CRLF is answered by one (RFC 5626 §4.4.1)', async t => {
    const rig = await openAgent(t)
    const socket = connect(rig.at('tcp').port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write('\r\n\r\n')
    t.equal(String((await once(socket, 'data'))[0]), '\r\n')
  })
  await t.test('WebSocket: the same', async t => {
    const rig = await openAgent(t)
    const socket = new WebSocket(`ws://127.0.0.1:${rig.at('ws').port}`, 'sip')
    t.teardown(() => socket.terminate())
    await once(socket, 'open')
    socket.send('\r\n\r\n')
    t.equal(String((await once(socket, 'message'))[0]), '\r\n')
  })
  await t.test('UDP: empty lines and empty datagrams are no message', async t => {
    const rig = await openAgent(t)
    const peer = await udpPeer(t, rig.at('udp'))
    for (const text of ['\r\n\r\n', '\0\0\0\0', '']) peer.send(Buffer.from(text))
    await settled(rig, peer)
    t.strictSame(rig.notices, [])
  })
})

t.test('limits of connections', async t => {
  const limits = { ...DEFAULT_CONNECTION_LIMITS, connections: 2 }
  await t.test('too many: the next is closed, and there is room again when one ends', async t => {
    for (const protocol of ['tcp', 'ws'] as const) {
      const rig = await openAgent(t, { limits })
      const open = protocol === 'tcp' ? tcpPeer : wsPeer
      const first = await open(t, rig.at(protocol))
      await open(t, rig.at(protocol))
      await until(() => rig.agent.load.connections === 2)
      await open(t, rig.at(protocol)).catch(() => {})
      await until(() => rig.notices.some(({ event }) => event === 'too_many_connections'))
      first.close()
      await until(() => rig.agent.load.connections === 1)
      const next = await open(t, rig.at(protocol))
      await settled(rig, next)
    }
  })
  await t.test('one that says nothing, or never finishes, is closed', async t => {
    const rig = await openAgent(t)
    const silent = await tcpPeer(t, rig.at('tcp'))
    const slow = await tcpPeer(t, rig.at('tcp'))
    const phone = await wsPeer(t, rig.at('ws'))
    const whole = await tcpPeer(t, rig.at('tcp'))
    await settled(rig, whole)
    await settled(rig, slow)
    slow.send(Buffer.from('OPTIONS sip:'))
    await until(() => rig.agent.load.connections === 4)
    await settled(rig, whole)
    rig.scheduler.pass(9_999)
    t.equal(rig.agent.load.connections, 4)
    rig.scheduler.pass(1)
    await until(() => rig.agent.load.connections === 3)
    rig.scheduler.pass(21_999)
    t.equal(rig.agent.load.connections, 3, 'a message must end in 10 s, and the first come in 32 s')
    rig.scheduler.pass(1)
    await until(() => rig.agent.load.connections === 1)
    await settled(rig, whole)
    t.ok(silent && phone)
  })
  await t.test('a WebSocket phone that answers no ping is dropped', async t => {
    const rig = await openAgent(t)
    const phone = await wsPeer(t, rig.at('ws'))
    await settled(rig, phone)
    rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.firstMs)
    await settled(rig, phone)
    rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.pingMs)
    t.equal(rig.agent.load.connections, 1, 'it was heard')
    rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.pingMs)
    await until(() => rig.agent.load.connections === 0)
  })
  await t.test('one that is silent for long is closed', async t => {
    const rig = await openAgent(t, { limits: { ...limits, idleMs: 20 } })
    await tcpPeer(t, rig.at('tcp'))
    await until(() => rig.agent.load.connections === 1)
    await until(() => rig.agent.load.connections === 0)
  })
  await t.test('one that takes nothing is dropped', async t => {
    const rig = await openAgent(t, { limits: { ...limits, backlogBytes: 100_000 } })
    const place = await tcpPlace(t)
    const uri = `sip:bob@127.0.0.1:${place.at.port};transport=tcp`
    sending(rig, ask('OPTIONS', uri))
    const peer = await place.peers.next()
    peer.pause()
    const large = Buffer.alloc(60_000, 'x')
    const fields = { 'Content-Type': 'text/plain' }
    for (let sent = 0; sent < 400 && rig.agent.load.connections > 0; sent++) {
      sending(rig, ask('MESSAGE', uri, fields, large))
      await new Promise(setImmediate)
    }
    await until(() => rig.agent.load.connections === 0)
    t.pass('dropped')
  })
})
