import t from 'tap'
import type { ServerTransaction } from '../../../engines/signalling/agent.js'
import { CallGate } from '../../../engines/signalling/call-gate.js'
import { openAgent, PeerCall, reply, SDP } from '../../support/agent-rig.js'
import type { AppRequest, AppResponse } from '../../support/drachtio-application.js'
import { Queue } from '../../support/queue.js'
import { sdp } from '../../support/raw-phone.js'
import { openRig } from '../../support/signalling-rig.js'
import { udpPeer } from '../../support/sip-peer.js'

t.test('M-05, XS9: a gate lets through what the rate and the queue behind it allow', async t => {
  const told: number[] = []
  const rate = { callsASecond: 10, burst: 2 }
  const gate = new CallGate({ rate, waitingMax: 8 }, refused => told.push(refused))
  // biome-ignore format: table
  for (const [nowMs, waiting, answeredMs, isLetIn, because] of [
    [    0, 0, undefined, true,  'the first after a silence'],
    [    0, 1, undefined, true,  'and the second, which may come with it'],
    [    0, 2, undefined, false, 'a third is more than the rate'],
    [   99, 2, undefined, false, 'it still is'],
    [  100, 2, undefined, true,  'a tenth of a second later there is a place'],
    [ 1000, 7, undefined, true,  'the last place of the queue'],
    [ 2000, 8, undefined, false, 'the queue is full, whatever the rate'],
    [ 3000, 2, 1_001,     false, 'a slow application has a quarter of it'],
    [ 3000, 1, 1_001,     true,  'which is two'],
    [ 4000, 7, 1_000,     true,  'one that is not slow any more has all of it'],
  ] as const) {
    if (answeredMs !== undefined) gate.answered(answeredMs)
    t.equal(gate.take(waiting, nowMs), isLetIn, because)
  }
  t.equal(gate.refused, 4)
  t.equal(gate.takeUntold(), 4, 'the next call that is let through tells of all')
  t.equal(gate.takeUntold(), 0, 'once')
  t.strictSame(told, [1, 3, 4], 'the log hears of it once a second at most')
})

t.test(
  'XS9: a call too many gets 503 and when to come again, and nothing is kept of it',
  async t => {
    const requests = new Queue<ServerTransaction>()
    const notices: string[] = []
    let tooMany = false
    const rig = await openAgent(t, {
      handlers: {
        request: transaction => requests.push(transaction),
        ...{ ack: () => {}, cancel: () => {}, dialogEnded: () => {} },
        refusesCall: () => tooMany,
        noticed: ({ event }) => notices.push(event),
      },
    })
    const peer = await udpPeer(t, rig.at('udp'))
    const first = new PeerCall(peer)
    const invite = first.request('INVITE', {}, SDP)
    peer.send(invite)
    const letIn = await requests.next()
    await peer.response(100)

    tooMany = true
    const kept = rig.agent.load.transactions
    const second = new PeerCall(peer)
    const refused = second.request('INVITE', {}, SDP)
    const answers = []
    for (const copy of [refused, refused]) {
      peer.send(copy)
      answers.push(await peer.response(503))
    }
    const [answer, again] = answers
    const wait = Number(answer?.headers.get('Retry-After'))
    t.ok(wait >= 5 && wait <= 30, `Retry-After: ${wait} s, from 5 to 30 by chance`)
    const to = answer?.headers.get('To')
    t.match(to, /;tag=\w+/)
    t.equal(again?.headers.get('To'), to, 'RFC 3261 §8.2.7: a copy gets the same tag')
    second.to = to ?? ''
    peer.send(second.request('ACK'))
    peer.send(invite)
    await peer.response(100)
    t.equal(rig.agent.load.transactions, kept, 'a copy of the call that was let in is no new one')
    t.strictSame(notices, [], 'the ACK of a refusal ends where the refusal was made')

    letIn.respond(reply(200, {}, SDP))
    first.learn(await peer.response(200))
    peer.send(first.request('ACK'))
    first.cseq++
    peer.send(first.request('BYE'))
    const bye = await requests.next()
    t.equal(bye.request.method, 'BYE', 'calls that there are go on')
    bye.respond(reply(200))
    peer.send(new PeerCall(peer).request('OPTIONS'))
    t.equal((await requests.next()).request.method, 'OPTIONS', 'and what is no call is heard')
  },
)

t.test('M-05: the application learns with the next call how many it never saw', async t => {
  const rig = await openRig(t, { gate: { waitingMax: 1 } })
  const invites = new Queue<[AppRequest, AppResponse]>()
  await rig.application({ invite: (req, res) => invites.push([req, res]) })
  const phone = await rig.phone()
  const claim = { 'X-Refused-Before': '999' }
  phone.ask('INVITE', 'first', { body: sdp(4_000), headers: claim })
  const [first, answer] = await invites.next()
  t.notOk(first.has('X-Refused-Before'), 'nobody else can say so')
  t.equal((await phone.response()).status, 100)
  for (const callId of ['second', 'third']) {
    phone.ask('INVITE', callId, { body: sdp(4_000) })
    t.equal((await phone.answer()).status, 503, 'one waits for its first word already')
  }
  answer.send(180)
  t.equal((await phone.answer()).status, 180)
  phone.ask('INVITE', 'fourth', { body: sdp(4_000), headers: claim })
  const [fourth, busy] = await invites.next()
  t.equal(fourth.get('X-Refused-Before'), '2')
  busy.send(486)
  answer.send(486)
  t.equal(rig.engine.refusedCalls(), 2)
})
