import t from 'tap'
import type { Dialog, ResponseReceived } from '../../../engines/signalling/agent.js'
import {
  agreedSession,
  answerSession,
  expireAfterMs,
  refreshAfterMs,
} from '../../../engines/signalling/dialog/session-timer.js'
import { Headers } from '../../../engines/signalling/sip/headers.js'
import {
  accepting,
  answeredCall,
  calling,
  invited,
  settled,
  uriOf,
} from '../../support/agent-calls.js'
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
import { Queue } from '../../support/queue.js'
import { type Owner, type SipPeer, tcpPeer, tcpPlace, udpPeer } from '../../support/sip-peer.js'

const headers = (fields: Fields) => new Headers(Object.entries(fields))

t.test('the session timer of our 2xx (RFC 4028 §9, Table 2)', async t => {
  const timer = { Supported: 'timer' }
  // biome-ignore format: table
  for (const [request, answer, running, header, ours, requires, because] of [
    [{},                                                      {},                            undefined, undefined,             false, false, 'neither speaks of one'],
    [{ ...timer, 'Session-Expires': '1800' },                 {},                            undefined, '1800;refresher=uac',  false, true,  'the caller may as well do it'],
    [{ ...timer, 'Session-Expires': '1800;refresher=uas' },   {},                            undefined, '1800;refresher=uas',  true,  false, 'the caller named us'],
    [{ ...timer, 'Session-Expires': '1800;refresher=uac' },   { 'Session-Expires': '600;refresher=uas' }, undefined, '600;refresher=uac', false, true, 'the caller named itself'],
    [{ 'Session-Expires': '1800' },                           {},                            undefined, '1800;refresher=uas',  true,  false, 'a proxy asked, the caller cannot'],
    [timer,                                                   { 'Session-Expires': '300' },  undefined, '300;refresher=uac',   false, true,  'we ask'],
    [{},                                                      { 'Session-Expires': '300' },  undefined, '300;refresher=uas',   true,  false, 'we ask, and the caller cannot'],
    [{ ...timer, 'Session-Expires': '1800' },                 { 'Session-Expires': '3600' }, undefined, '1800;refresher=uac',  false, true,  'never raised'],
    [{ ...timer, 'Session-Expires': '1800', 'Min-SE': '900' }, { 'Session-Expires': '300' }, undefined, '900;refresher=uac',   false, true,  'never below Min-SE'],
    [timer,                                                   { 'Session-Expires': '89' },   undefined, '90;refresher=uac',    false, true,  'never below 90 s'],
    [timer,                                                   {}, { intervalS: 300, ours: true }, '300;refresher=uas',        true,  false, 'one that runs goes on'],
  ] as const) {
    const session = answerSession(headers(request), headers(answer), running)
    t.equal(session?.sessionExpires, header, because)
    t.equal(session?.timer.ours ?? false, ours, because)
    t.equal(session?.requiresTimer ?? false, requires, because)
  }
})

t.test('what a 2xx of the peer agrees to, and when', async t => {
  // biome-ignore format: table
  for (const [value, timer, refreshMs, expireMs, because] of [
    ['1800;refresher=uac',   { intervalS: 1_800, ours: true },  900_000, 1_768_000, '32 s before the end'],
    ['90 ; refresher = uas', { intervalS: 90, ours: false },    45_000,  60_000,    'a third before the end of a short one'],
    ['30;refresher=uas',     { intervalS: 90, ours: false },    45_000,  60_000,    'nobody may ask for less than 90 s'],
    ['1800',                 { intervalS: 1_800, ours: true },  900_000, 1_768_000, 'nobody named: it is safe to do it'],
    ['soon',                 undefined,                         0,       0,         'it is no number'],
    [undefined,              undefined,                         0,       0,         'there is none'],
  ] as const) {
    const agreed = agreedSession(headers(value === undefined ? {} : { 'Session-Expires': value }))
    t.strictSame(agreed, timer, because)
    if (!agreed) continue
    t.equal(refreshAfterMs(agreed), refreshMs, because)
    t.equal(expireAfterMs(agreed), expireMs, because)
  }
})

t.test('only the 2xx speaks of the session timer', async t => {
  const { peer, invite } = await invited(t, { Supported: 'timer', 'Session-Expires': '90' })
  invite.respond(reply(180))
  t.notOk((await peer.response(180)).headers.has('Session-Expires'))
  invite.respond(reply(486))
  t.notOk((await peer.response(486)).headers.has('Session-Expires'))
})

t.test('session timers', async t => {
  await t.test('theirs to refresh, and not done: BYE, and the user is told', async t => {
    const { rig, peer, dialog } = await talking(t, {
      Supported: 'timer',
      'Session-Expires': '90;refresher=uac',
    })
    rig.scheduler.pass(59_999)
    await settled(rig, peer)
    rig.scheduler.pass(1)
    const bye = await peer.request('BYE')
    t.equal(bye.headers.get('Reason'), 'SIP;cause=200;text="Session timer expired"')
    const end = await rig.ended.next()
    t.equal(end.reason, 'Session timer expired')
    t.equal(end.dialog, dialog)
  })
  await t.test('each refresh of theirs starts it anew', async t => {
    const { rig, peer, call } = await talking(t, {
      Supported: 'timer',
      'Session-Expires': '90;refresher=uac',
    })
    rig.scheduler.pass(59_999)
    const refresh = { Supported: 'timer', 'Session-Expires': '90;refresher=uac' }
    peer.send(call.later('UPDATE', refresh))
    ;(await rig.requests.next()).respond(reply(200))
    const ok = await peer.response(200)
    t.equal(ok.headers.get('Session-Expires'), '90;refresher=uac')
    t.equal(ok.headers.get('Require'), 'timer')
    rig.scheduler.pass(59_999)
    await settled(rig, peer)
    rig.scheduler.pass(1)
    await peer.request('BYE')
  })
  await t.test('ours to refresh: by UPDATE if they take it', async t => {
    const { rig, peer } = await talking(t, {
      Supported: 'timer',
      Allow: 'INVITE, ACK, BYE, UPDATE',
      'Session-Expires': '90;refresher=uas',
    })
    rig.scheduler.pass(45_000)
    const update = await peer.request('UPDATE')
    t.equal(update.headers.get('Session-Expires'), '90;refresher=uac')
    t.equal(update.body.length, 0)
    peer.send(answerOf(update, 200, { 'Session-Expires': '90;refresher=uac' }))
    await settled(rig, peer)
    rig.scheduler.pass(45_000)
    t.equal((await peer.request('UPDATE')).headers.get('CSeq'), '2 UPDATE', 'and again')
  })
  await t.test('else by re-INVITE with the same description', async t => {
    const { rig, peer } = await talking(t, {
      Supported: 'timer',
      'Session-Expires': '90;refresher=uas',
    })
    rig.scheduler.pass(45_000)
    const again = await peer.request('INVITE')
    t.strictSame(again.body, SDP)
    peer.send(answerOf(again, 200, { 'Session-Expires': '90;refresher=uac' }, SDP))
    await peer.request('ACK')
    t.equal(rig.ended.left.length, 0)
  })
  await t.test(
    'a re-INVITE of the user’s refreshes too, and the next refresh counts from it',
    async t => {
      const { rig, peer, dialog } = await talking(t, {
        Supported: 'timer',
        Allow: 'UPDATE',
        'Session-Expires': '90;refresher=uas',
      })
      rig.scheduler.pass(44_999)
      const other = Buffer.from(String(SDP).replace('4000', '5000'))
      const responses = new Queue<ResponseReceived>()
      dialog.send(ask('INVITE', '', {}, other), each => responses.push(each))
      const again = await peer.request('INVITE')
      t.equal(again.headers.get('Session-Expires'), '90;refresher=uac')
      peer.send(answerOf(again, 200, { 'Session-Expires': '90;refresher=uac' }, SDP))
      await responses.next()
      dialog.ack(ask('ACK', ''))
      await peer.request('ACK')
      rig.scheduler.pass(44_999)
      await settled(rig, peer)
      rig.scheduler.pass(1)
      await peer.request('UPDATE')
    },
  )
  await t.test('a description given in an ACK is the one that is given again', async t => {
    const rig = await openAgent(t)
    const peer = await udpPeer(t, rig.at('udp'))
    const { responses } = sending(rig, ask('INVITE', uriOf(peer)))
    const invite = await peer.request('INVITE')
    const ok = accepting(invite, peer)
    ok.headers.add('Session-Expires', '90;refresher=uac')
    peer.send({ ...ok, body: SDP })
    const { dialog } = await responses.next()
    const answer = Buffer.from(String(SDP).replace('4000', '6000'))
    dialog?.ack(ask('ACK', '', {}, answer))
    t.equal((await peer.request('ACK')).headers.get('Content-Type'), 'application/sdp')
    rig.scheduler.pass(45_000)
    t.strictSame((await peer.request('INVITE')).body, answer)
  })
  // biome-ignore format: table
  for (const [status, ends, because] of [
    [481, true,  'the dialog is gone on their side'],
    [408, true,  'so it is'],
    [500, false, 'it is tried again'],
  ] as const) {
    await t.test(`a refresh of ours that gets ${status}: ${because}`, async t => {
      const { rig, peer } = await talking(t, {
        Supported: 'timer',
        Allow: 'UPDATE',
        'Session-Expires': '90;refresher=uas',
      })
      rig.scheduler.pass(45_000)
      peer.send(answerOf(await peer.request('UPDATE'), status))
      if (ends) t.equal((await rig.ended.next()).reason, 'Session timer expired')
      else await settled(rig, peer)
      rig.scheduler.pass(4_000)
      await peer.request(ends ? 'BYE' : 'UPDATE')
    })
  }
  await t.test('agreed by the one we called', async t => {
    const { rig, peer, invite, responses } = await calling(t)
    const ok = accepting(invite, peer)
    ok.headers.add('Session-Expires', '90;refresher=uas')
    peer.send(ok)
    const { dialog } = await responses.next()
    dialog?.ack(ask('ACK', ''))
    await peer.request('ACK')
    dialog?.send(ask('INVITE', '', {}, SDP), () => {})
    const hold = await peer.request('INVITE')
    t.equal(hold.headers.get('Session-Expires'), '90;refresher=uas', 'a re-INVITE keeps it going')
    peer.send(answerOf(hold, 488))
    await peer.request('ACK')
    rig.scheduler.pass(60_000)
    await peer.request('BYE')
  })
  await t.test('of less than 90 s: 422 with the least we take', async t => {
    const { rig, peer, call } = await talking(t)
    for (const method of ['UPDATE', 'INVITE']) {
      peer.send(call.later(method, { Supported: 'timer', 'Session-Expires': '89' }))
      const refused = await peer.response(422)
      t.equal(refused.headers.get('Min-SE'), '90')
    }
    peer.send(call.later('UPDATE', { Supported: 'timer', 'Session-Expires': '90' }))
    t.equal((await rig.requests.next()).request.method, 'UPDATE', '90 s is allowed')
  })
})

t.test('a connection that broke: the peer is asked whether it still has the call', async t => {
  // biome-ignore format: table
  for (const [status, ends, because] of [
    [200, false, 'it only closed the connection'],
    [481, true,  'it was killed, and started anew'],
  ] as const) {
    await t.test(`the refresh gets ${status}: ${because}`, async t => {
      const { rig, place, peer } = await callingByTcp(t, { 'Session-Expires': '90;refresher=uac' })
      await broken(rig, peer)
      rig.scheduler.pass(1_000)
      const again = await place.peers.next()
      const agreed = status === 200 ? { 'Session-Expires': '90;refresher=uac' } : {}
      again.send(answerOf(await again.request('UPDATE'), status, agreed))
      if (ends) t.equal((await rig.ended.next()).reason, 'Session timer expired')
      else await settled(rig, again)
      t.equal(rig.agent.load.dialogs, ends ? 0 : 1)
      if (ends) return
      await broken(rig, again)
      rig.scheduler.pass(1_000)
      await (await place.peers.next()).request('UPDATE')
    })
  }
  await t.test('nobody is there: every second again, until the session expires', async t => {
    const { rig, place, peer } = await callingByTcp(t, { 'Session-Expires': '90;refresher=uas' })
    place.close()
    await broken(rig, peer)
    const refused = () => rig.notices.filter(({ event }) => event === 'connection_refused').length
    for (let second = 1; second <= 3; second++) {
      rig.scheduler.pass(1_000)
      await until(() => refused() === second)
      await turn()
    }
    t.equal(rig.agent.load.dialogs, 1, 'it may come again')
    rig.scheduler.pass(57_000)
    t.equal((await rig.ended.next()).reason, 'Session timer expired')
  })
  await t.test('without a session timer nobody knows: it is left alone', async t => {
    const { rig, peer } = await callingByTcp(t, {})
    await broken(rig, peer)
    rig.scheduler.pass(60_000)
    t.equal(rig.agent.load.dialogs, 1)
    t.equal(rig.agent.load.connections, 0)
  })
  await t.test('of a caller: the same, by its Contact', async t => {
    const rig = await openAgent(t)
    const place = await tcpPlace(t)
    const peer = await tcpPeer(t, rig.at('tcp'))
    const call = new PeerCall(peer)
    const session = { Supported: 'timer', Allow: 'UPDATE', 'Session-Expires': '90;refresher=uac' }
    const Contact = `<sip:alice@127.0.0.1:${place.at.port};transport=tcp>`
    peer.send(call.request('INVITE', { ...session, Contact }, SDP))
    ;(await rig.requests.next()).respond(reply(200, {}, SDP))
    await peer.response(100)
    call.learn(await peer.response(200))
    peer.send(call.request('ACK'))
    await rig.acks.next()
    await broken(rig, peer)
    rig.scheduler.pass(1_000)
    const again = await place.peers.next()
    again.send(answerOf(await again.request('UPDATE'), 481))
    await rig.ended.next()
  })
})

/** A call of ours over TCP, answered with a session timer or without, and acknowledged. */
async function callingByTcp(t: Owner, session: Fields) {
  const rig = await openAgent(t)
  const place = await tcpPlace(t)
  const uri = `sip:bob@127.0.0.1:${place.at.port};transport=tcp`
  const { responses } = sending(rig, ask('INVITE', uri, { Supported: 'timer' }, SDP))
  const peer = await place.peers.next()
  const invite = await peer.request('INVITE')
  const To = `${invite.headers.get('To')};tag=bob`
  peer.send(answerOf(invite, 200, { To, Contact: `<${uri}>`, Allow: 'UPDATE', ...session }, SDP))
  const { dialog } = await responses.next()
  dialog?.ack(ask('ACK', ''))
  await peer.request('ACK')
  return { rig, place, peer }
}

/** Breaks a connection, and waits until the agent knows. */
async function broken(rig: Rig, peer: SipPeer) {
  peer.close()
  await until(() => rig.agent.load.connections === 0)
}

const turn = () => new Promise(resolve => setImmediate(resolve))

async function until(holds: () => boolean) {
  while (!holds()) await turn()
}

/** A call of a peer's that is answered and acknowledged. */
async function talking(t: Owner, fields: Fields = {}) {
  const all = await answeredCall(t, fields)
  all.peer.send(all.call.request('ACK'))
  const { dialog }: { dialog: Dialog } = await all.rig.acks.next()
  return { ...all, dialog }
}
