import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parseMessage } from '../../../engines/signalling/sip/parse.js'
import { serialise } from '../../../engines/signalling/sip/serialise.js'
import { STANDARD_TIMERS } from '../../../engines/signalling/transaction/timers.js'
import { answeredCall, invited, settled } from '../../support/agent-calls.js'
import { ask, openAgent, PeerCall, reply, SDP } from '../../support/agent-rig.js'
import { answerAll, answersStill } from '../../support/agent-still-answers.js'
import { dnsOf } from '../../support/dns-server.js'
import { fixtureFolder, skipForWant } from '../../support/fixtures.js'
import { mutatedMessages } from '../../support/sip-fuzz.js'
import { type SipPeer, tcpPeer, udpPeer, wsPeer } from '../../support/sip-peer.js'

/** The same inputs in every run; another number tries others (`FUZZ_SEED`). */
const seed = Number(process.env.FUZZ_SEED ?? 3261)

const folder = fixtureFolder('SIP_TORTURE_DIR')
const torture = ['rfc4475', 'rfc5118']
  .flatMap(part => (folder ? [join(folder, part)] : []))
  .flatMap(part => readdirSync(part).map(file => readFileSync(join(part, file))))

t.test('XS1: after each message of RFC 4475 and RFC 5118 the agent still answers', async t => {
  if (!folder) skipForWant(t, 'SIP_TORTURE_DIR', 3 * 61, 'torture messages')
  for (const [protocol, open] of [
    ['udp', udpPeer],
    ['tcp', tcpPeer],
    ['ws', wsPeer],
  ] as const) {
    const rig = await openAgent(t, { dns: dnsOf({}) })
    answerAll(rig)
    let peer = await open(t, rig.at(protocol))
    for (const bytes of torture) {
      peer.send(bytes)
      // A stream whose message border was lost, or that waits for more, is of no more use.
      if (protocol === 'tcp') {
        peer.close()
        peer = await open(t, rig.at(protocol))
      }
      await answersStill(peer)
    }
    t.pass(`${torture.length} over ${protocol}`)
  }
})

t.test(
  'XS3: 20,000 damaged messages in the middle of calls: nothing stays, the next call is good',
  async t => {
    const rig = await openAgent(t, { dns: dnsOf({}) })
    answerAll(rig)
    const peer = await udpPeer(t, rig.at('udp'))
    let sent = 0
    const messages = fc.sample(mutatedMessages(torture), { numRuns: 20_000, seed })
    for (const bytes of messages) {
      peer.send(bytes)
      if (++sent % 50 === 0) await answersStill(peer)
      if (sent % 500 === 0) rig.scheduler.pass(5_000)
    }
    // Calls that nobody acknowledges end after 64·T1, and their BYE, which nobody answers, after as long again.
    rig.scheduler.pass(2 * 64 * STANDARD_TIMERS.t1Ms)
    await answersStill(peer)
    t.equal(rig.agent.load.dialogs, 0, 'no dialog')
    await callGoes(peer)
    rig.scheduler.pass(64 * STANDARD_TIMERS.t1Ms)
    t.equal(rig.agent.load.transactions, 0, 'no transaction')
    t.equal(rig.scheduler.pending, 0, 'no timer')
  },
)

t.test('a bare CR in what an answer repeats: no answer, which it would break', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    const text = serialise(new PeerCall(peer).request('OPTIONS')).toString('latin1')
    const broken = text.replace(new RegExp(`^(${name}: .*)\\r$`, 'm'), '$1;a=\rb\r')
    t.not(broken, text, name)
    peer.send(Buffer.from(broken, 'latin1'))
  }
  await settled(rig, peer)
  t.equal(rig.notices.filter(({ event }) => event === 'malformed_message').length, 5)
})

/** A call from its INVITE to the answer to its BYE; what else comes meanwhile is passed over. */
async function callGoes(peer: SipPeer) {
  const call = new PeerCall(peer)
  const answered = async (cseq: string) => {
    for (;;) {
      const message = await peer.received.next()
      const { headers } = message
      if (headers.get('Call-ID') !== call.callId || headers.get('CSeq') !== cseq) continue
      if (message.kind === 'response' && message.status === 200) return message
    }
  }
  peer.send(call.request('INVITE', {}, SDP))
  call.learn(await answered('1 INVITE'))
  peer.send(call.request('ACK'))
  peer.send(call.later('BYE'))
  await answered('2 BYE')
}

t.test('XS4: ten copies of an INVITE are one call', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const call = new PeerCall(peer)
  const message = call.request('INVITE', {}, SDP)
  for (let copy = 0; copy < 10; copy++) peer.send(message)
  const invite = await rig.requests.next()
  for (let copy = 0; copy < 10; copy++) await peer.response(100)
  invite.respond(reply(200, {}, SDP))
  call.learn(await peer.response(200))
  for (let copy = 0; copy < 10; copy++) peer.send(message)
  await settled(rig, peer)
  t.equal(rig.agent.load.dialogs, 1)
})

t.test('XS4: BYE at every point of a call ends it, once', async t => {
  await t.test('early: the INVITE gets 487, and cannot be answered any more', async t => {
    const { rig, peer, call, invite } = await invited(t)
    invite.respond(reply(180))
    call.learn(await peer.response(180))
    peer.send(call.later('BYE'))
    await peer.response(487)
    const bye = await rig.requests.next()
    t.equal(bye.dialog, invite.dialog)
    bye.respond(reply(200))
    await peer.response(200)
    t.equal(invite.respond(reply(200)).outcome, 'no_transaction')
    t.equal(rig.agent.load.dialogs, 0)
  })
  await t.test('before the ACK: the 200 is repeated no more', async t => {
    const { rig, peer, call } = await answeredCall(t)
    peer.send(call.later('BYE'))
    ;(await rig.requests.next()).respond(reply(200))
    await peer.response(200)
    rig.scheduler.pass(64_000)
    await settled(rig, peer)
    t.equal(rig.ended.left.length, 0)
  })
  await t.test('twice, crossing ours: 481', async t => {
    const { rig, peer, call, invite } = await answeredCall(t)
    peer.send(call.request('ACK'))
    await rig.acks.next()
    invite.dialog?.send(ask('BYE', ''), () => {})
    await peer.request('BYE')
    peer.send(call.later('BYE'))
    await peer.response(481)
    t.equal(rig.requests.left.length, 0)
  })
})

t.test('Max-Forwards 0 is for proxies: we are where it was going (RFC 3261 §8.2)', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  peer.send(new PeerCall(peer).request('OPTIONS', { 'Max-Forwards': '0' }))
  t.equal((await rig.requests.next()).request.method, 'OPTIONS')
})

t.test('a response with a branch that we never wrote reaches nobody', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const text = [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKguess',
    'From: <sip:a@b>;tag=1',
    'To: <sip:a@b>;tag=2',
    'Call-ID: guess',
    'CSeq: 1 INVITE',
    '',
    '',
  ]
  peer.send(parseMessage(Buffer.from(text.join('\r\n'))))
  await settled(rig, peer)
  t.strictSame(
    rig.notices.map(({ event }) => event),
    ['stray_response'],
  )
})
