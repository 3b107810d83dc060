import t, { type Test } from 'tap'
import { Headers } from '../../../engines/signalling/sip/headers.js'
import { destinationOf } from '../../../engines/signalling/transport/destination.js'
import { nodeDns, type Srv } from '../../../engines/signalling/transport/dns.js'
import { type Dialled, inOrder, locate } from '../../../engines/signalling/transport/locate.js'
import { settled, until } from '../../support/agent-calls.js'
import {
  answerOf,
  ask,
  openAgent,
  PeerCall,
  type Rig,
  reply,
  SDP,
  sending,
} from '../../support/agent-rig.js'
import { type DnsRecords, dnsServer } from '../../support/dns-server.js'
import { type SipPeer, tcpPlace, udpPeer, unusedPort } from '../../support/sip-peer.js'

const srv = (name: string, port: number, priority = 0, weight = 0): Srv => ({
  name,
  port,
  priority,
  weight,
})

const naptr = (service: string, replacement: string, order = 10, preference = 10, flags = 's') => ({
  order,
  preference,
  flags,
  service,
  replacement,
})

// biome-ignore format: table
const ZONE: Record<string, DnsRecords> = {
  'plain.example':          { a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8:0:0:0:0:0:1'] },
  'rules.example':          { a: ['192.0.2.9'], naptr: [naptr('SIP+D2U', '_sip._udp.rules.example', 20), naptr('SIPS+D2T', 'tls.rules.example', 5, 20), naptr('SIP+D2T', '_sip._tcp.rules.example', 5, 10), naptr('SIP+D2S', '_sip._sctp.rules.example', 1), naptr('SIP+D2T', 'a.rules.example', 1, 1, 'a')] },
  '_sip._udp.rules.example': { srv: [srv('one.example', 5070)] },
  '_sip._tcp.rules.example': { srv: [srv('two.example', 5072, 2), srv('one.example', 5071, 1)] },
  'tls.rules.example':      { srv: [srv('one.example', 5073)] },
  'broken.example':         { a: ['192.0.2.9'], naptr: [naptr('SIP+D2U', 'nowhere.example')] },
  'srv.example':            { a: ['192.0.2.9'] },
  '_sip._tcp.srv.example':  { srv: [srv('one.example', 5080)] },
  '_sips._tcp.srv.example': { srv: [srv('two.example', 5081)] },
  'both.example':           {},
  '_sip._udp.both.example': { srv: [srv('one.example', 5090)] },
  '_sip._tcp.both.example': { srv: [srv('two.example', 5091)] },
  'not-here.example':       { a: ['192.0.2.9'] },
  '_sip._udp.not-here.example': { srv: [srv('', 0)] },
  'one.example':            { a: ['192.0.2.11'] },
  'two.example':            { a: ['192.0.2.12'], aaaa: ['2001:db8:0:0:0:0:0:2'] },
  'host':                   { a: ['192.0.2.20'] },
}

t.test('the servers of a URI, in their order (RFC 3263 §4)', async t => {
  const { asked, address } = await dnsServer(t, ZONE)
  const dns = nodeDns([address])
  const all = { udp: [4], tcp: [4], tls: [4] } as const
  const both = { ...all, udp: [4, 6] } as const
  const streams = { ...all, udp: [] } as const
  // biome-ignore format: table
  for (const [uri, speaks, servers, questions, because] of [
    ['sip:plain.example:5062',           all,     'udp 192.0.2.1:5062, udp 192.0.2.2:5062', 1, 'a port: its addresses, by UDP'],
    ['sip:plain.example:5062',           both,    'udp 192.0.2.1:5062, udp 192.0.2.2:5062, udp 2001:db8::1:5062', 2, 'of the families that we listen on'],
    ['sip:plain.example:5062',           streams, 'tcp 192.0.2.1:5062, tcp 192.0.2.2:5062', 1, 'by TCP where there is no UDP'],
    ['sips:plain.example:5062',          all,     'tls 192.0.2.1:5062, tls 192.0.2.2:5062', 1, '§4.1: sips: by TLS'],
    ['sip:plain.example',                all,     'udp 192.0.2.1:5060, udp 192.0.2.2:5060', 5, 'no NAPTR, no SRV of any transport: its addresses'],
    ['sips:plain.example',               all,     'tls 192.0.2.1:5061, tls 192.0.2.2:5061', 3, 'the port of TLS'],
    ['sip:rules.example',                all,     'tcp 192.0.2.11:5071, tcp 192.0.2.12:5072', 4, 'NAPTR: the lowest order that we speak; SRV: the lowest priority'],
    ['sips:rules.example',               all,     'tls 192.0.2.11:5073', 3, '§4.1: of sips: only SIPS services'],
    ['sip:rules.example;transport=udp',  all,     'udp 192.0.2.11:5070', 2, 'a transport is named: no NAPTR'],
    ['sip:rules.example;transport=tcp',  all,     'tcp 192.0.2.11:5071, tcp 192.0.2.12:5072', 3, 'the same'],
    ['sip:broken.example',               all,     'udp 192.0.2.9:5060', 6, 'NAPTR that leads nowhere counts for nothing'],
    ['sip:srv.example',                  all,     'tcp 192.0.2.11:5080', 4, 'SRV of a transport without NAPTR'],
    ['sip:srv.example;transport=tls',    all,     'tls 192.0.2.12:5081', 2, '§4.2: TLS stands under _sips._tcp'],
    ['sip:srv.example:5060',             all,     'udp 192.0.2.9:5060', 1, 'a port: no SRV'],
    ['sip:both.example',                 all,     'udp 192.0.2.11:5090', 3, 'UDP first'],
    ['sip:both.example',                 streams, 'tcp 192.0.2.12:5091', 3, 'of those that we speak'],
    ['sip:not-here.example;transport=udp', all,   '', 1, 'RFC 2782: «.» is decidedly not there'],
    ['sip:host',                         all,     'udp 192.0.2.20:5060', 1, 'a name without a dot is a host'],
    ['sip:nobody.example',               all,     '', 5, 'nobody has that name'],
    ['sip:plain.example;transport=tcp',  { ...all, tcp: [] }, '', 0, 'a transport that we do not speak'],
  ] as const) {
    const destination = destinationOf(uri)
    if (!destination) throw new Error(uri)
    asked.length = 0
    const families = (protocol: Dialled): readonly (4 | 6)[] => speaks[protocol]
    const found = await locate(destination, { dns, chance: () => 0, families })
    const shown = found.map(({ protocol, host, port }) => `${protocol} ${host}:${port}`).join(', ')
    t.equal(shown, servers, because)
    // A busy machine may ask twice.
    t.equal(new Set(asked).size, questions, `${because}: ${asked.join(', ')}`)
  }
})

t.test('a name server that is not there: nobody is found, and nothing breaks', async t => {
  const dns = nodeDns([`127.0.0.1:${await unusedPort('udp')}`])
  const destination = destinationOf('sip:plain.example')
  if (!destination) throw new Error('no destination')
  const families = (): readonly (4 | 6)[] => [4]
  t.strictSame(await locate(destination, { dns, chance: () => 0, families }), [])
})

t.test('servers of one priority take turns by their weight (RFC 2782)', async t => {
  const records = [srv('a', 1, 1, 10), srv('b', 2, 1, 30), srv('z', 3, 1, 0), srv('late', 4, 2, 99)]
  // biome-ignore format: table
  for (const [chance, names, because] of [
    [0,      'z a b late', 'a weight of 0 has the very least chance'],
    [0.03,   'a z b late', 'from 1 to 10: the first'],
    [0.2682, 'a b z late', '10 of the 40, the last of the first'],
    [0.2684, 'b a z late', '11: the second'],
    [0.9999, 'b a z late', 'the last; then of those that are left'],
  ] as const) {
    const ordered = inOrder(records, () => chance).map(({ host }) => host)
    t.equal(ordered[0], names.split(' ')[0], because)
    t.equal(ordered.at(-1), 'late', 'a higher number comes later, whatever its weight')
    t.strictSame([...ordered].sort(), ['a', 'b', 'late', 'z'], 'each once')
  }
  let seed = 1
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const first = new Map<string, number>()
  for (let round = 0; round < 4_000; round++) {
    const [one] = inOrder(records, chance)
    first.set(one?.host ?? '', (first.get(one?.host ?? '') ?? 0) + 1)
  }
  const [a = 0, b = 0] = [first.get('a'), first.get('b')]
  t.ok(b / a > 2.5 && b / a < 3.5, `b three times as often as a: ${b} to ${a}`)
})

/** An agent, and two servers of one domain: the first, and the one behind it. */
async function twoServers(t: Test) {
  const zone: Record<string, DnsRecords> = { 'pbx.example': {}, 'lo.example': { a: ['127.0.0.1'] } }
  const { asked, address } = await dnsServer(t, zone)
  let nowMs = 0
  const rig = await openAgent(t, { dns: nodeDns([address]), monotonicMs: () => nowMs })
  const [first, second] = [await udpPeer(t, rig.at('udp')), await udpPeer(t, rig.at('udp'))]
  zone['_sip._udp.pbx.example'] = {
    srv: [srv('lo.example', first.local.port, 1), srv('lo.example', second.local.port, 2)],
  }
  const later = (ms: number) => {
    nowMs += ms
  }
  return { rig, first, second, asked, later }
}

const PBX = 'sip:bob@pbx.example'

const branchOf = (via: string | undefined) => /branch=([^;]+)/.exec(via ?? '')?.[1]

/** Lets time pass once the request is on its way. */
async function silence(rig: Rig) {
  await until(() => rig.scheduler.pending > 0)
  rig.scheduler.pass(32_000)
}

t.test('the next server is asked when one fails (RFC 3263 §4.3)', async t => {
  for (const method of ['OPTIONS', 'INVITE'] as const) {
    await t.test(`${method}: silence for 64·T1`, async t => {
      const { rig, first, second } = await twoServers(t)
      const { responses } = sending(rig, ask(method, PBX, {}, SDP))
      const asked = await first.request(method)
      await silence(rig)
      const again = await second.request(method)
      t.equal(again.headers.get('Call-ID'), asked.headers.get('Call-ID'), 'the same request')
      t.equal(again.headers.get('CSeq'), asked.headers.get('CSeq'))
      t.not(
        branchOf(again.headers.get('Via')),
        branchOf(asked.headers.get('Via')),
        'with a branch of its own',
      )
      t.equal(again.headers.all('Via').length, 1)
      second.send(answerOf(again, 404))
      t.equal((await responses.next()).response.status, 404)

      const next = sending(rig, ask(method, PBX, {}, SDP))
      const direct = await nextOf(second, method)
      second.send(answerOf(direct, 404))
      t.equal(
        (await next.responses.next()).response.status,
        404,
        'the silent one is tried last for a while',
      )
    })
    await t.test(`${method}: 503`, async t => {
      const { rig, first, second, later } = await twoServers(t)
      const { responses } = sending(rig, ask(method, PBX, {}, SDP))
      first.send(answerOf(await first.request(method), 503, { 'Retry-After': '120 (busy)' }))
      const again = await nextOf(second, method)
      second.send(answerOf(again, 486))
      t.equal((await responses.next()).response.status, 486, '503 is not told')
      for (const [ms, peer, because] of [
        [119_000, second, 'it is left alone for as long as it asked'],
        [1_000, first, 'and no longer'],
      ] as const) {
        later(ms)
        const more = sending(rig, ask(method, PBX, {}, SDP))
        peer.send(answerOf(await nextOf(peer, method), 486))
        t.equal((await more.responses.next()).response.status, 486, because)
      }
    })
    await t.test(`${method}: 503 of all is told`, async t => {
      const { rig, first, second } = await twoServers(t)
      const { responses } = sending(rig, ask(method, PBX, {}, SDP))
      first.send(answerOf(await first.request(method), 503))
      second.send(answerOf(await second.request(method), 503))
      const { response, arrival } = await responses.next()
      t.equal(response.status, 503)
      t.equal(arrival?.remote.port, second.local.port, 'the last one’s')
    })
    await t.test(`${method}: a port that nobody listens on`, async t => {
      const { rig, first, second } = await twoServers(t)
      first.close()
      const { responses } = sending(rig, ask(method, PBX, {}, SDP))
      second.send(answerOf(await second.request(method), 200, { To: '<sip:b@c>;tag=b' }))
      t.equal((await responses.next()).response.status, 200)
    })
  }
  await t.test('a call goes on with the server that took it', async t => {
    const { rig, first, second } = await twoServers(t)
    first.close()
    const { responses, transaction } = sending(rig, ask('INVITE', PBX, {}, SDP))
    const invite = await second.request('INVITE')
    second.send(answerOf(invite, 180, { To: '<sip:b@c>;tag=b' }))
    t.equal((await responses.next()).response.status, 180)
    transaction.cancel()
    const cancel = await second.request('CANCEL')
    t.equal(cancel.headers.get('Via'), invite.headers.get('Via'), 'CANCEL finds it there')
    second.send(answerOf(cancel, 200))
    second.send(answerOf(invite, 487, { To: '<sip:b@c>;tag=b' }))
    t.equal((await responses.next()).response.status, 487)
    t.equal((await second.request('ACK')).headers.get('Via'), invite.headers.get('Via'))
  })
  await t.test('who was withdrawn is not tried elsewhere', async t => {
    const { rig, first, second } = await twoServers(t)
    const { responses, transaction } = sending(rig, ask('INVITE', PBX, {}, SDP))
    const invite = await first.request('INVITE')
    first.send(answerOf(invite, 180))
    await responses.next()
    transaction.cancel()
    first.send(answerOf(await first.request('CANCEL'), 200))
    first.send(answerOf(invite, 503))
    t.equal((await responses.next()).response.status, 503)
    await settled(rig, second)
  })
  await t.test('one that has said something is waited for', async t => {
    const { rig, first, second } = await twoServers(t)
    const { responses } = sending(rig, ask('OPTIONS', PBX))
    first.send(answerOf(await first.request('OPTIONS'), 100))
    await settledAfter(rig, first)
    rig.scheduler.pass(32_000)
    t.equal((await responses.next()).response.status, 408)
    await settled(rig, second)
  })
})

t.test('a proxied request goes to the next server too, its loop mark kept', async t => {
  const { rig, first, second } = await twoServers(t)
  const phone = await udpPeer(t, rig.at('udp'))
  phone.send(new PeerCall(phone).request('OPTIONS'))
  ;(await rig.requests.next()).proxy(
    {
      targets: [PBX],
      forking: 'serial',
      recordRoute: false,
      followRedirects: false,
      patience: {},
      headers: new Headers(),
    },
    { forwarded() {}, heard() {}, answered() {} },
  )
  const one = await first.request('OPTIONS')
  first.send(answerOf(one, 503))
  const again = await second.request('OPTIONS')
  const [before, after] = [one, again].map(each => branchOf(each.headers.get('Via'))?.split('.'))
  t.not(before?.[0], after?.[0])
  t.equal(before?.[1], after?.[1])
  t.equal(again.headers.all('Via').length, 2)
  second.send(answerOf(again, 200))
  await phone.response(200)
})

t.test('what DNS says is kept for 30 s, also that there is nothing', async t => {
  const { rig, first, asked, later } = await twoServers(t)
  const once = async () => {
    const { responses } = sending(rig, ask('OPTIONS', PBX))
    first.send(answerOf(await first.request('OPTIONS'), 200))
    await responses.next()
    return new Set(asked.splice(0)).size
  }
  t.equal(await once(), 3, 'NAPTR, SRV, A')
  t.equal(await once(), 0)
  later(29_999)
  t.equal(await once(), 0)
  later(1)
  t.equal(await once(), 3)
})

t.test('a server of TCP that refuses is passed over', async t => {
  const zone: Record<string, DnsRecords> = { 'lo.example': { a: ['127.0.0.1'] } }
  const { address } = await dnsServer(t, zone)
  const rig = await openAgent(t, { dns: nodeDns([address]) })
  const place = await tcpPlace(t)
  zone['_sip._tcp.pbx.example'] = {
    srv: [srv('lo.example', await unusedPort('tcp'), 1), srv('lo.example', place.at.port, 2)],
  }
  const { responses } = sending(rig, ask('OPTIONS', `${PBX};transport=tcp`))
  const peer = await place.peers.next()
  const question = await peer.request('OPTIONS')
  t.match(question.headers.get('Via'), /^SIP\/2.0\/TCP /)
  peer.send(answerOf(question, 200))
  t.equal((await responses.next()).response.status, 200)
  t.match(rig.notices, [{ event: 'connection_refused' }])
})

/** Waits until all that a peer sent has been taken. */
async function settledAfter(rig: Rig, peer: SipPeer) {
  peer.send(new PeerCall(peer).request('MESSAGE'))
  const question = await rig.requests.next()
  question.respond(reply(299))
  await peer.response(299)
}

/** The next request of a peer; of an INVITE, the ACK of the refusal before it is passed over. */
async function nextOf(peer: SipPeer, method: string) {
  for (;;) {
    const message = await peer.received.next()
    if (message.kind === 'request' && message.method === 'ACK') continue
    if (message.kind === 'request' && message.method === method) return message
    throw new Error('another message was expected')
  }
}
