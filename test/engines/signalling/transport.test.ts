import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { nodeDns } from '../../../engines/signalling/transport/dns.js'
import { isHostOf, localTowards } from '../../../engines/signalling/transport/local-host.js'
import { accepting, settled, until, uriOf } from '../../support/agent-calls.js'
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
import {
  type SipPeer,
  tcpPeer,
  tcpPlace,
  udpPeer,
  unusedPort,
  wsPeer,
} from '../../support/sip-peer.js'

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
  await t.test(
    'WebSocket: the pages of the origins that are named, and what is no page',
    async t => {
      const origins = ['http://127.0.0.1:14080']
      const rig = await openAgent(t, {
        listen: [{ protocol: 'ws', host: '127.0.0.1', port: 0, origins }],
      })
      const url = `ws://127.0.0.1:${rig.at('ws').port}`
      // biome-ignore format: table
      for (const [origin, opens, because] of [
      ['http://127.0.0.1:14080',             true,  'the page that is named'],
      [undefined,                            true,  'no page: a handset'],
      ['http://127.0.0.1:14081',             false, 'another port is another page'],
      ['https://127.0.0.1:14080',            false, 'another scheme'],
      ['http://127.0.0.1:14080.example.org', false, 'a name that begins so'],
      ['null',                               false, 'a page that hides'],
      ['',                                   false, 'nothing'],
    ] as const) {
      const socket = new WebSocket(url, 'sip', { ...(origin === undefined ? {} : { headers: { origin } }) })
      const came = await once(socket, 'open').then(
        () => 'open',
        (error: Error) => error.message,
      )
      t.match(came, opens ? 'open' : '403', because)
      socket.terminate()
    }
    },
  )
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

t.test('addresses of names are those that the system has, its hosts file among them', async t => {
  const dns = nodeDns()
  t.strictSame(await dns.addresses('localhost', 4), ['127.0.0.1'])
})

t.test('a request over 1,300 bytes goes by TCP (RFC 3261 §18.1.1)', async t => {
  const place = await tcpPlace(t)
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'), place.at.port)
  const fields = { 'Content-Type': 'text/plain', 'X-Padding': 'x'.repeat(400) }
  const withBody = (bytes: number) => ask('MESSAGE', uriOf(peer), fields, Buffer.alloc(bytes, 'x'))
  const bytesOf = (request: ReturnType<typeof ask>) => sending(rig, request).transaction.sent.bytes
  const besideBody = bytesOf(withBody(400)) - 400
  await peer.request('MESSAGE')
  const exactly = withBody(1_300 - besideBody)
  t.equal(bytesOf(exactly), 1_300)
  t.match((await peer.request('MESSAGE')).headers.get('Via'), /^SIP\/2.0\/UDP /)

  const over = { ...exactly, body: Buffer.concat([exactly.body, Buffer.from('y')]) }
  const { transaction, responses } = sending(rig, over)
  t.equal(transaction.sent.protocol, 'tcp', 'it is told so at once')
  const stream = await place.peers.next()
  const message = await stream.request('MESSAGE')
  t.match(message.headers.get('Via'), new RegExp(`^SIP/2.0/TCP 127.0.0.1:${rig.at('tcp').port};`))
  t.equal(message.headers.get('Via'), transaction.sent.message.headers.get('Via'))
  stream.send(answerOf(message, 200))
  t.equal((await responses.next()).response.status, 200)
  await settled(rig, peer)
})

t.test('who takes no TCP gets a large request by UDP', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const large = { 'X-Padding': 'x'.repeat(1_300) }
  for (const uri of [uriOf(peer), `${uriOf(peer)};transport=udp`]) {
    const { responses } = sending(rig, ask('INVITE', uri, large, SDP))
    const invite = await peer.request('INVITE')
    t.match(invite.headers.get('Via'), /^SIP\/2.0\/UDP .*;rport$/, 'Via says so again')
    t.equal(invite.headers.all('Via').length, 1)
    peer.send(accepting(invite, peer))
    const { dialog } = await responses.next()
    t.equal(dialog?.ack(ask('ACK', '', large)).outcome, 'sent')
    t.match((await peer.request('ACK')).headers.get('Via'), /^SIP\/2.0\/UDP /, 'the ACK too')
    peer.send(accepting(invite, peer))
    await peer.request('ACK')
    dialog?.send(ask('BYE', ''), () => {})
    peer.send(answerOf(await peer.request('BYE'), 200))
  }
  const refusals = rig.notices.map(({ event, protocol }) => `${event} ${protocol}`)
  t.strictSame([...new Set(refusals)], ['connection_refused tcp'])
})

t.test('a large call whose connection broke when it rang is not begun again by UDP', async t => {
  const place = await tcpPlace(t)
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'), place.at.port)
  const large = { 'X-Padding': 'x'.repeat(1_300) }
  const { responses } = sending(rig, ask('INVITE', uriOf(peer), large, SDP))
  const stream = await place.peers.next()
  stream.send(accepting(await stream.request('INVITE'), peer, 180))
  t.equal((await responses.next()).response.status, 180)
  place.close()
  stream.close()
  t.equal((await responses.next()).response.status, 503)
  await settled(rig, peer)
})

t.test('where there is no TCP, or no such peer at all, a large request still ends', async t => {
  const large = { 'X-Padding': 'x'.repeat(1_300) }
  const alone = await openAgent(t, { listen: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }] })
  const peer = await udpPeer(t, alone.at('udp'))
  sending(alone, ask('OPTIONS', uriOf(peer), large))
  await peer.request('OPTIONS')
  const rig = await openAgent(t)
  const gone = `sip:bob@127.0.0.1:${await unusedPort('udp')}`
  const { responses } = sending(rig, ask('OPTIONS', gone, large))
  t.equal((await responses.next()).response.status, 503)
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
