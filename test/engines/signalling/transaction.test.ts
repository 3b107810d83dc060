import t from 'tap'
import { readyAs } from '../../../engines/signalling/ready.js'
import { Headers } from '../../../engines/signalling/sip/headers.js'
import { NO_BODY, type SipRequest } from '../../../engines/signalling/sip/message.js'
import { serialise } from '../../../engines/signalling/sip/serialise.js'
import { ClientLayer } from '../../../engines/signalling/transaction/client-layer.js'
import type { ClientUser } from '../../../engines/signalling/transaction/client-user.js'
import { factsOf } from '../../../engines/signalling/transaction/facts.js'
import { ReplyPath } from '../../../engines/signalling/transaction/reply-path.js'
import { ownResponseTo } from '../../../engines/signalling/transaction/response-to.js'
import {
  ServerLayer,
  type ServerRun,
  type ServerUser,
} from '../../../engines/signalling/transaction/server-layer.js'
import { STANDARD_TIMERS } from '../../../engines/signalling/transaction/timers.js'
import { DEFAULT_CONNECTION_LIMITS } from '../../../engines/signalling/transport/flow.js'
import { pathOver } from '../../../engines/signalling/transport/path.js'
import { Transports } from '../../../engines/signalling/transport/transports.js'
import { dnsOf } from '../../support/dns-server.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import { RecordedFlow } from '../../support/recorded-flow.js'

/** Doubling from T1 until 64·T1: timer A. */
const DOUBLING = [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]
/** Doubling from T1 up to T2 until 64·T1: timers E and G. */
const UP_TO_T2 = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

t.test(
  'a request that nobody answers is repeated by its timers, then told as a timeout',
  async t => {
    // biome-ignore format: table
    for (const [method, reliable, sentAt, because] of [
    ['INVITE',  false, DOUBLING, 'timer A doubles without a ceiling'],
    ['OPTIONS', false, UP_TO_T2, 'timer E doubles up to T2'],
    ['INVITE',  true,  [0],      'a reliable transport repeats by itself'],
    ['OPTIONS', true,  [0],      'a reliable transport repeats by itself'],
  ] as const) {
    const { scheduler, flow, send, told } = clientRig(reliable)
    send(method)
    scheduler.pass(31_999)
    t.strictSame(flow.times, sentAt, `${method}: ${because}`)
    t.strictSame(told, [], 'it waits until 64·T1')
    scheduler.pass(1)
    t.strictSame(told, ['timeout'])
    t.equal(flow.watchers.size, 0)
  }
  },
)

t.test('after a provisional response', async t => {
  await t.test('an INVITE waits for ever, in silence', async t => {
    const { scheduler, flow, send, take, told } = clientRig(false)
    send('INVITE')
    take(180)
    scheduler.pass(3_600_000)
    t.strictSame(flow.times, [0])
    t.strictSame(told, [180])
  })
  await t.test('another request goes on every T2, and times out all the same', async t => {
    const { scheduler, flow, send, take, told } = clientRig(false)
    send('OPTIONS')
    take(100)
    scheduler.pass(32_000)
    t.strictSame(flow.times, [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500])
    t.strictSame(told, [100, 'timeout'])
  })
})

t.test(
  'a refusal is acknowledged by the transaction, again for each time it is repeated',
  async t => {
    const { flow, send, take, told } = clientRig(false)
    const invite = send('INVITE')
    take(486)
    take(486)
    t.strictSame(told, [486], 'and told once')
    const [, ack, again] = flow.messages
    t.equal(ack?.kind === 'request' && ack.method, 'ACK')
    t.equal(
      ack?.headers.get('Via'),
      invite.headers.get('Via'),
      '§17.1.1.3: the INVITE\u2019s own Via',
    )
    t.equal(ack?.headers.get('CSeq'), '1 ACK')
    t.match(ack?.headers.get('To'), /;tag=theirs$/, 'To is that of the response')
    t.strictSame(again, ack)
  },
)

t.test('each 2xx of an INVITE is told, as long as another may come', async t => {
  const { scheduler, send, take, told, layer } = clientRig(false)
  send('INVITE')
  take(200)
  take(200)
  t.strictSame(told, [200, 200])
  scheduler.pass(31_999)
  t.equal(layer.size, 1)
  scheduler.pass(1)
  t.equal(layer.size, 0, 'timer M')
  t.notOk(take(200), 'what comes later belongs to nothing')
})

t.test('a flow that breaks is told once, and only until there is an answer', async t => {
  const before = clientRig(true)
  before.send('INVITE')
  before.flow.break()
  before.flow.break()
  t.strictSame(before.told, ['unreachable'])

  const after = clientRig(true)
  after.send('INVITE')
  after.take(180)
  after.flow.break()
  t.strictSame(after.told, [180], 'the answer comes by another connection (§18.2.2)')
  t.equal(after.flow.keepAlives, 1, 'which is opened at once')
  after.take(200)
  after.flow.break()
  t.strictSame(after.told, [180, 200])

  const nobody = clientRig(true)
  nobody.send('INVITE')
  nobody.take(180)
  nobody.flow.break()
  nobody.flow.break()
  t.strictSame(nobody.told, [180, 'unreachable'], 'nobody takes the other one')
})

t.test('a response finds its request by branch and method (§17.1.3)', async t => {
  const { send, take } = clientRig(false)
  send('OPTIONS')
  // biome-ignore format: table
  for (const [change, found, because] of [
    [{ branch: 'z9hG4bKother' }, false, 'another branch is another transaction'],
    [{ method: 'CANCEL' },       false, 'a CANCEL has the branch of its INVITE'],
    [{},                         true,  'both agree'],
  ] as const) {
    t.equal(take(200, change), found, because)
  }
})

t.test('a refusal of ours is repeated until its ACK', async t => {
  const { scheduler, take, flow, runs } = serverRig(false)
  take(invite())
  answer(runs[0], 486)
  scheduler.pass(8_000)
  t.strictSame(flow.times, [0, 500, 1_500, 3_500, 7_500], 'timer G doubles up to T2')
  take(ackOf(invite()))
  scheduler.pass(5_000)
  t.equal(flow.times.length, 5, 'no more after the ACK')
})

t.test('a refusal whose ACK never comes is given up after 64·T1', async t => {
  const { scheduler, take, flow, runs, layer } = serverRig(false)
  take(invite())
  answer(runs[0], 486)
  scheduler.pass(32_000)
  t.strictSame(flow.times, UP_TO_T2)
  t.equal(layer.size, 0)
})

t.test(
  'over a reliable transport nothing is repeated, and an answered request is gone',
  async t => {
    const { scheduler, take, flow, runs, layer } = serverRig(true)
    take(options())
    answer(runs[0], 200)
    t.equal(layer.size, 0, 'timer J is 0')
    take(invite())
    answer(runs[1], 486)
    scheduler.pass(31_000)
    t.strictSame(flow.times, [0, 0])
    take(ackOf(invite()))
    t.equal(layer.size, 0, 'timer I is 0')
  },
)

t.test('a repeated request is absorbed, and gets the latest answer there is', async t => {
  // biome-ignore format: table
  for (const [request, answers, sends, because] of [
    [invite(),  [180],      2, 'the INVITE gets its 180 again'],
    [invite(),  [486],      2, 'the INVITE gets its refusal again'],
    [invite(),  [200],      1, 'RFC 6026: the 2xx is repeated by its dialog alone'],
    [options(), [],         0, 'there is nothing to repeat yet'],
    [options(), [200],      2, 'the answer again'],
  ] as const) {
    const { take, flow, runs } = serverRig(false)
    take(request)
    for (const status of answers) answer(runs[0], status)
    take(request)
    t.equal(runs.length, 1, 'it is told once')
    t.equal(flow.times.length, sends, because)
  }
})

t.test('which request belongs to which transaction (§17.2.3)', async t => {
  const first = invite()
  const elsewhere = { branch: 'z9hG4bKother' }
  // biome-ignore format: table
  for (const [second, told, because] of [
    [invite(),                                 [],                 'branch, sent-by and method agree'],
    [invite({ ...elsewhere, cseq: 2 }),        ['request'],        'another branch'],
    [invite({ sentBy: '10.0.0.2', cseq: 2 }),  ['request'],        'another client may choose the same branch'],
    [cancelOf(first),                          ['cancel invite'],  'a CANCEL belongs to the INVITE of its branch'],
    [cancelOf(invite(elsewhere)),              ['cancel nothing'], 'a CANCEL for none of ours'],
    [ackOf(first),                             [],                 'an ACK with the INVITE\u2019s branch is absorbed'],
    [ackOf(invite(elsewhere)),                 ['ack'],            'the ACK of a 2xx has a branch of its own'],
    [invite(elsewhere),                        ['merged'],         '§8.2.2.2: From tag, Call-ID and CSeq agree'],
    [invite({ ...elsewhere, toTag: 'ours' }),  ['request'],        '§8.2.2.2 is about requests without To tag'],
    [invite({ ...elsewhere, fromTag: 'b' }),   ['request'],        'another call'],
  ] as const) {
    const { take, seen } = serverRig(false)
    take(first)
    take(second)
    t.strictSame(seen, ['request', ...told], because)
  }
})

t.test('clients of RFC 2543 write no cookie: the request itself identifies it', async t => {
  const first = invite({ branch: '1' })
  // biome-ignore format: table
  for (const [second, told, because] of [
    [invite({ branch: '1' }),          [],                'all agrees'],
    [invite({ branch: '1', cseq: 2 }), ['request'],       'another CSeq'],
    [invite({ branch: '1', fromTag: 'b' }), ['request'],  'another From tag'],
    [cancelOf(first),                  ['cancel invite'], 'a CANCEL has all of it but the method'],
    [ackOf(first),                     [],                'an ACK has all of it but the To tag'],
  ] as const) {
    const { take, seen, runs } = serverRig(false)
    take(first)
    answer(runs[0], 180)
    take(second)
    t.strictSame(seen, ['request', ...told], because)
  }
})

t.test('while a 2xx waits for its ACK, an ACK with the branch of the INVITE counts', async t => {
  const { take, seen, runs } = serverRig(false)
  take(invite())
  answer(runs[0], 200)
  take(ackOf(invite()))
  t.strictSame(seen, ['request', 'ack'], 'RFC 6026 §7.1: in `accepted` it is passed to the TU')
})

interface Shape {
  branch?: string
  sentBy?: string
  fromTag?: string
  toTag?: string
  cseq?: number
}

function request(method: string, shape: Shape = {}): SipRequest {
  const { branch = 'z9hG4bKone', sentBy = '10.0.0.1', fromTag = 'a', toTag, cseq = 1 } = shape
  const headers = new Headers([
    ['Via', `SIP/2.0/UDP ${sentBy}:5060;branch=${branch}`],
    ['From', `<sip:alice@example.jp>;tag=${fromTag}`],
    ['To', `<sip:1400@example.jp>${toTag ? `;tag=${toTag}` : ''}`],
    ['Call-ID', 'one'],
    ['CSeq', `${cseq} ${method}`],
  ])
  return { kind: 'request', method, uri: 'sip:1400@example.jp', headers, body: NO_BODY }
}

const invite = (shape?: Shape) => request('INVITE', shape)
const options = (shape?: Shape) => request('OPTIONS', shape)

/** The same request, with another method and its CSeq. */
function changed(of: SipRequest, method: string): SipRequest {
  const headers = of.headers.clone()
  headers.set('CSeq', `${Number.parseInt(headers.get('CSeq') ?? '', 10)} ${method}`)
  return { ...of, method, headers }
}
const cancelOf = (of: SipRequest) => changed(of, 'CANCEL')
function ackOf(of: SipRequest): SipRequest {
  const ack = changed(of, 'ACK')
  ack.headers.set('To', '<sip:1400@example.jp>;tag=ours')
  return ack
}

function answer(run: ServerRun | undefined, status: number) {
  if (!run) throw new Error('there is no transaction to answer')
  const response = { ...ownResponseTo(run.received.request, 200), status }
  run.answer(status, serialise(response))
}

/** Client transactions over a flow that is recorded. */
function clientRig(reliable: boolean) {
  const scheduler = new HandScheduler()
  const flow = new RecordedFlow(scheduler, reliable)
  const layer = new ClientLayer({
    environment: { scheduler, timers: STANDARD_TIMERS },
    token: () => 'token',
    monotonicMs: () => scheduler.nowMs,
  })
  const told: unknown[] = []
  const user: ClientUser = {
    response: ({ status }) => told.push(status),
    failed: failure => told.push(failure),
  }
  let sent: SipRequest | undefined
  const send = (method: string): SipRequest => {
    sent = request(method)
    const prepared = readyAs(sent, pathOver(flow), 'z9hG4bKone')
    layer.send(prepared, user)
    return sent
  }
  const take = (status: number, { branch, method }: { branch?: string; method?: string } = {}) => {
    const shape = { toTag: 'theirs', ...(branch !== undefined && { branch }) }
    const of = request(method ?? sent?.method ?? '', shape)
    const response = { ...ownResponseTo(of, 200), status }
    const facts = factsOf(response)
    if (!facts) throw new Error('the test made a malformed response')
    return layer.take(response, facts, ARRIVAL)
  }
  return { scheduler, flow, layer, send, take, told }
}

/** Server transactions over a flow that is recorded. */
function serverRig(reliable: boolean) {
  const scheduler = new HandScheduler()
  const flow = new RecordedFlow(scheduler, reliable)
  const environment = { scheduler, timers: STANDARD_TIMERS }
  const runs: ServerRun[] = []
  const seen: string[] = []
  const user: ServerUser = {
    request: run => {
      seen.push('request')
      runs.push(run)
    },
    ack: () => seen.push('ack'),
    cancel: (_run, of) => seen.push(of ? 'cancel invite' : 'cancel nothing'),
    mayComeAgain: () => false,
    merged: () => seen.push('merged'),
  }
  const layer = new ServerLayer(user, { environment, token: () => 'token' })
  const take = (request: SipRequest) => {
    const facts = factsOf(request)
    if (!facts) throw new Error('the test made a malformed request')
    const path = new ReplyPath(flow, facts.via, NO_TRANSPORTS)
    layer.take({ request, facts, arrival: ARRIVAL, flow, path })
  }
  return { scheduler, flow, layer, take, seen, runs }
}

const HERE = { host: '127.0.0.1', port: 5060 }
const ARRIVAL = { protocol: 'udp', remote: HERE, local: HERE, bytes: 0 } as const
const NO_TRANSPORTS = new Transports({
  scheduler: new HandScheduler(),
  limits: DEFAULT_CONNECTION_LIMITS,
  dns: dnsOf({}),
  chance: () => 0,
})
