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
import { makeHostLookup } from '../../../engines/signalling/transport/host-lookup.js'
import { isHostOf, localTowards } from '../../../engines/signalling/transport/local-host.js'
import { settled, uriOf } from '../../support/agent-calls.js'
import {
  answerOf,
  ask,
  type Fields,
  openAgent,
  PeerCall,
  type Rig,
  reply,
  SDP,
  sending,
} from '../../support/agent-rig.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import { RecordedFlow } from '../../support/recorded-flow.js'
import { type SipPeer, tcpPeer, tcpPlace, udpPeer, wsPeer } from '../../support/sip-peer.js'

t.test('where an answer goes by UDP (RFC 3261 §18.2.2, RFC 3581)', async t => {
  const rig = await openAgent(t)
  const sender = await udpPeer(t, rig.at('udp'))
  const other = await udpPeer(t, rig.at('udp'))
  const [sent, named] = [sender.local.port, other.local.port]
  // biome-ignore format: table
  for (const [sentBy, params, receiver, received, rport, because] of [
    [`127.0.0.1:${named}`,   ';rport', sender, '127.0.0.1', String(sent), 'rport: to where it came from, whatever Via says'],
    [`127.0.0.1:${named}`,   '',       other,  undefined,   undefined,    'without: to the port that Via names'],
    [`10.9.9.9:${named}`,    '',       other,  '127.0.0.1', undefined,    'but never to the address that it names'],
    [`phone.invalid:${named}`, ';rport', sender, '127.0.0.1', String(sent), 'a name counts as another address'],
  ] as const) {
    const call = new PeerCall(sender)
    const via = `SIP/2.0/UDP ${sentBy};branch=z9hG4bK-${call.callId}${params}`
    sender.send(call.request('OPTIONS', { Via: via }))
    const { request } = await respondedTo(rig)
    const answer = await receiver.response(200)
    const seen = answer.headers.get('Via') ?? ''
    t.equal(/received=([^;]+)/.exec(seen)?.[1], received, because)
    t.equal(/rport=(\d+)/.exec(seen)?.[1], rport, because)
    t.equal(request.headers.get('Via'), seen, 'the user sees it too')
  }
})

t.test('a phone that cannot be dialled is reached over the connection it opened', async t => {
  await t.test('WebSocket: once its registration was accepted', async t => {
    const rig = await openAgent(t)
    const phone = await wsPeer(t, rig.at('ws'))
    const uri = `sip:09011112222@${phone.local.host};transport=ws`
    const before = sending(rig, ask('OPTIONS', uri))
    rig.scheduler.pass(0)
    t.equal((await before.responses.next()).response.status, 503, 'nobody has registered')

    await register(rig, phone, `<${uri}>`, 401)
    const refused = sending(rig, ask('OPTIONS', uri))
    rig.scheduler.pass(0)
    t.equal((await refused.responses.next()).response.status, 503, 'nor was it accepted')

    await register(rig, phone, `<${uri}>`, 200)
    const { responses, transaction } = sending(rig, ask('INVITE', uri, {}, SDP))
    const invite = await phone.request('INVITE')
    t.match(invite.headers.get('Via'), /^SIP\/2.0\/WS 127.0.0.1:\d+;branch=/)
    t.match(invite.headers.get('Contact'), /;transport=ws>/)
    phone.send(answerOf(invite, 200, { To: '<sip:x@y>;tag=bob', Contact: `<${uri}>` }))
    const { dialog } = await responses.next()
    dialog?.ack(ask('ACK', ''))
    await phone.request('ACK')
    dialog?.send(ask('BYE', ''), () => {})
    await phone.request('BYE')
    t.equal(transaction.sent.protocol, 'ws')

    phone.close()
    await until(() => rig.agent.load.connections === 0)
    const after = sending(rig, ask('OPTIONS', uri))
    rig.scheduler.pass(0)
    t.equal((await after.responses.next()).response.status, 503, 'it has gone')
  })
  await t.test('TCP: by the address that it came from', async t => {
    const rig = await openAgent(t)
    const phone = await tcpPeer(t, rig.at('tcp'))
    await register(rig, phone, '<sip:09011112222@192.168.0.7:5060;transport=tcp>', 200)
    const source = `sip:127.0.0.1:${phone.local.port};transport=tcp`
    const uri = 'sip:09011112222@192.168.0.7:5060;transport=tcp'
    const { responses } = sending(rig, ask('OPTIONS', uri), source)
    const question = await phone.request('OPTIONS')
    t.equal(question.uri, uri)
    phone.send(answerOf(question, 200))
    t.equal((await responses.next()).response.status, 200)
    t.equal(rig.agent.load.connections, 1)
  })
  await t.test('nobody takes the calls of an address by registering it', async t => {
    const rig = await openAgent(t)
    const phone = await tcpPeer(t, rig.at('tcp'))
    const place = await tcpPlace(t)
    const uri = `sip:1400@127.0.0.1:${place.at.port};transport=tcp`
    await register(rig, phone, `<${uri}>`, 200)
    sending(rig, ask('OPTIONS', uri))
    await (await place.peers.next()).request('OPTIONS')
  })
  await t.test('a phone that registers again is reached over its new connection', async t => {
    const rig = await openAgent(t)
    const [old, fresh] = [await wsPeer(t, rig.at('ws')), await wsPeer(t, rig.at('ws'))]
    const uri = `sip:09011112222@${old.local.host};transport=ws`
    await register(rig, old, `<${uri}>`, 200)
    await register(rig, fresh, `<${uri}>`, 200)
    old.close()
    await until(() => rig.agent.load.connections === 1)
    sending(rig, ask('OPTIONS', uri))
    await fresh.request('OPTIONS')
  })
  await t.test('a call that it made: BYE over the same connection', async t => {
    for (const open of [wsPeer, tcpPeer]) {
      const rig = await openAgent(t)
      const protocol = open === wsPeer ? 'ws' : 'tcp'
      const phone = await open(t, rig.at(protocol))
      const { dialog } = await answered(rig, phone, { Contact: '<sip:a@192.168.0.7:5060>' })
      dialog?.send(ask('BYE', ''), () => {})
      await phone.request('BYE')
    }
  })
  await t.test('by UDP from behind a NAT: to where its datagrams come from', async t => {
    const rig = await openAgent(t)
    const phone = await udpPeer(t, rig.at('udp'))
    const via = 'SIP/2.0/UDP 192.168.0.7:5060;branch=z9hG4bK-nat;rport'
    const contact = '<sip:a@192.168.0.7:5060>'
    const { dialog } = await answered(rig, phone, { Contact: contact, Via: via })
    dialog?.send(ask('BYE', ''), () => {})
    t.equal((await phone.request('BYE')).uri, 'sip:a@192.168.0.7:5060')
  })
})

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
      receiver: { message() {}, refused() {}, noticed: notice => notices.push(notice) },
      limits: { ...DEFAULT_CONNECTION_LIMITS, connections: 2 },
      scheduler: new HandScheduler(),
    },
  )
  const { closed } = connections.owner
  const made = () => Object.assign(new RecordedFlow(new HandScheduler(), true), { close: () => {} })
  const [first, second] = [made(), made()]
  connections.add(first)
  t.ok(connections.admits(first.remote, 'closed'), 'one more is within the limit')
  connections.add(second)
  t.equal(connections.with(first.remote), second)
  t.notOk(connections.admits(first.remote, 'closed'), 'a third is not')
  closed(first, undefined)
  t.equal(connections.with(first.remote), second)
  closed(second, new Error('broken'))
  t.equal(connections.with(first.remote), undefined)
  t.equal(connections.size, 0)
  t.match(notices, [
    { event: 'too_many_connections', detail: 'closed', protocol: 'tcp', remote: first.remote },
    { event: 'connection_failed', detail: 'broken', protocol: 'tcp', remote: second.remote },
  ])
})

t.test('a datagram that is too large fails alone', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const other = sending(rig, ask('OPTIONS', uriOf(peer)))
  const question = await peer.request('OPTIONS')
  sending(rig, ask('MESSAGE', uriOf(peer), { 'Content-Type': 'text/plain' }, Buffer.alloc(70_000)))
  await until(() => rig.notices.some(({ event }) => event === 'send_failed'))
  t.equal(other.responses.left.length, 0)
  peer.send(answerOf(question, 200))
  t.equal((await other.responses.next()).response.status, 200)
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

t.test('what is no message', async t => {
  await t.test('UDP: is noticed, and answered when it can be', async t => {
    const rig = await openAgent(t)
    const peer = await udpPeer(t, rig.at('udp'))
    peer.send(Buffer.from('hello'))
    const call = new PeerCall(peer)
    const broken = call.request('INVITE')
    broken.headers.remove('Call-ID')
    peer.send(broken)
    const refused = await peer.response(400)
    t.match(refused.reason, /Call-ID/)
    t.match(refused.headers.get('To'), /;tag=/)
    peer.send(call.request('OPTIONS', { From: 'nonsense <' }))
    await peer.response(400)
    const stray = answerOf(call.request('OPTIONS'), 200)
    peer.send(stray)
    peer.send(call.request('ACK', { To: '<sip:a@b>;tag=x' }))
    await settled(rig, peer)
    const events = rig.notices.map(({ event }) => event)
    t.strictSame(events, [
      'malformed_message',
      'malformed_message',
      'malformed_message',
      'stray_response',
      'stray_ack',
    ])
  })
  await t.test('TCP: whose border is lost closes the connection', async t => {
    const rig = await openAgent(t)
    const peer = await tcpPeer(t, rig.at('tcp'))
    const text = serialisedWithoutLength(peer)
    peer.send(Buffer.from(text))
    await peer.response(400)
    await until(() => rig.agent.load.connections === 0)
  })
  await t.test('WebSocket: without subprotocol, or over plain HTTP', async t => {
    const rig = await openAgent(t)
    const url = `//127.0.0.1:${rig.at('ws').port}`
    const socket = new WebSocket(`ws:${url}`)
    const [error] = await once(socket, 'error')
    t.match(error.message, '400')
    t.equal((await fetch(`http:${url}`)).status, 426)
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
    rig.scheduler.pass(31_999)
    t.equal(rig.agent.load.connections, 4)
    rig.scheduler.pass(1)
    await until(() => rig.agent.load.connections === 1)
    await settled(rig, whole)
    t.ok(silent && phone)
  })
  await t.test('a WebSocket phone that answers no ping is dropped', async t => {
    const rig = await openAgent(t)
    const phone = await wsPeer(t, rig.at('ws'))
    await settled(rig, phone)
    rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.messageMs)
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

t.test('which address of ours a peer is told', async t => {
  const all = { protocol: 'udp', host: '0.0.0.0', port: 5060 } as const
  // biome-ignore format: table
  for (const [point, remote, host, because] of [
    [{ ...all, host: '10.0.0.1' },                      '10.9.9.9',  '10.0.0.1',  'the one it is bound to'],
    [{ ...all, host: '10.0.0.1', advertise: 'sip.jp' }, '10.9.9.9',  'sip.jp',    'the one that was configured'],
    [all,                                               '127.0.0.1', '127.0.0.1', 'bound to all: loopback to loopback'],
    [{ ...all, host: '::' },                            '::1',       '::1',       'the same in IPv6'],
  ] as const) {
    t.strictSame(localTowards(point, remote), { host, port: point.port }, because)
  }
  t.not(localTowards(all, '198.51.100.1').host, '0.0.0.0', 'never the wildcard')
  t.equal(isHostOf(all, '127.0.0.1'), true)
  t.equal(isHostOf(all, '198.51.100.1'), false)
  t.equal(isHostOf({ ...all, host: '127.0.0.1' }, '127.0.0.2'), false)
})

t.test('host names are looked up by the system, and kept', async t => {
  let nowMs = 0
  const lookup = makeHostLookup(() => nowMs)
  const find = (host: string) =>
    new Promise<string | undefined>(resolve => lookup(host, 4, resolve))
  t.equal(await find('10.0.0.1'), '10.0.0.1', 'an address is its own answer')
  t.strictSame(await Promise.all([find('localhost'), find('LOCALHOST')]), [
    '127.0.0.1',
    '127.0.0.1',
  ])
  let at = 'later'
  lookup('localhost', 4, address => {
    at = address ?? 'nobody'
  })
  t.equal(at, '127.0.0.1', 'kept: at once')
  nowMs += 30_000
  at = 'later'
  lookup('localhost', 4, address => {
    at = address ?? 'nobody'
  })
  t.equal(at, 'later', 'no longer kept')
})

t.test('IPv6', async t => {
  const listen = (['udp', 'tcp'] as const).map(protocol => ({ protocol, host: '::1', port: 0 }))
  const one = await openAgent(t, { listen })
  const two = await openAgent(t, { listen })
  for (const protocol of ['udp', 'tcp'] as const) {
    const uri = `sip:bob@[::1]:${two.at(protocol).port};transport=${protocol}`
    const { responses } = sending(one, ask('INVITE', uri, {}, SDP))
    const invite = await two.requests.next()
    t.match(invite.request.headers.get('Contact'), /^<sip:\[::1\]:\d+/)
    invite.respond(reply(200, {}, SDP))
    const { dialog, arrival } = await responses.next()
    t.equal(arrival?.remote.host, '::1')
    dialog?.ack(ask('ACK', ''))
    await two.acks.next()
    dialog?.send(ask('BYE', ''), () => {})
    t.equal((await two.requests.next()).request.method, 'BYE')
  }
})

/** Registers a phone's Contact, and answers it with this status. */
async function register(rig: Rig, phone: SipPeer, contact: string, status: number) {
  phone.send(new PeerCall(phone).request('REGISTER', { Contact: contact }))
  ;(await rig.requests.next()).respond(reply(status))
  await phone.response(status)
}

/** A call of a phone's that is answered and acknowledged. */
async function answered(rig: Rig, phone: SipPeer, fields: Fields) {
  const call = new PeerCall(phone)
  phone.send(call.request('INVITE', fields, SDP))
  ;(await rig.requests.next()).respond(reply(200, {}, SDP))
  await phone.response(100)
  call.learn(await phone.response(200))
  phone.send(call.request('ACK'))
  return rig.acks.next()
}

async function respondedTo(rig: Rig) {
  const transaction = await rig.requests.next()
  transaction.respond(reply(200))
  return transaction
}

function serialisedWithoutLength(peer: SipPeer): string {
  const request = new PeerCall(peer).request('OPTIONS')
  const lines = [...request.headers].map(([name, value]) => `${name}: ${value}\r\n`)
  return `OPTIONS ${request.uri} SIP/2.0\r\n${lines.join('')}\r\n`
}

/** Lets what is under way in the kernel come in, until something holds. */
async function until(holds: () => boolean) {
  while (!holds()) await new Promise(setImmediate)
}
