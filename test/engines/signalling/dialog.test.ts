import t from 'tap'
import type { Dialog, ResponseReceived } from '../../../engines/signalling/agent.js'
import {
  answeringState,
  askingState,
  nextHopOf,
  requestIn,
  withResponse,
} from '../../../engines/signalling/dialog/dialog-state.js'
import { flowToCalled, isPrivate } from '../../../engines/signalling/dialog/direct-flow.js'
import { accepting, answeredCall, calling, settled } from '../../support/agent-calls.js'
import { answerOf, ask, begun, type Fields, reply, SDP } from '../../support/agent-rig.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import { Queue } from '../../support/queue.js'
import { RecordedFlow } from '../../support/recorded-flow.js'
import type { Owner } from '../../support/sip-peer.js'

const OUR_END = { protocol: 'udp', local: { host: '127.0.0.1', port: 5060 } } as const

t.test('the route of a request in a dialog (RFC 3261 §12.2.1.1)', async t => {
  const target = 'sip:bob@10.0.0.9:5070'
  // biome-ignore format: table
  for (const [recordRoutes, uri, routes, hop, because] of [
    [[],                                        target,           [],                                        target,            'without proxies, straight to the Contact'],
    [['<sip:p1;lr>'],                           target,           ['<sip:p1;lr>'],                           'sip:p1;lr',       'a loose router gets the target as Request-URI'],
    [['<sip:p1;lr>', '<sip:p2;lr>'],            target,           ['<sip:p2;lr>', '<sip:p1;lr>'],            'sip:p2;lr',       'the caller reverses Record-Route'],
    [['<sip:p1;lr>', '<sip:p2;x=1;method=A>'],  'sip:p2;x=1',     ['<sip:p1;lr>', `<${target}>`],            'sip:p2;x=1;method=A', 'a strict router is the Request-URI, the target goes last'],
  ] as const) {
    const invite = ask('INVITE', 'sip:bob@example.jp', {
      From: '<sip:a@b>;tag=ours',
      To: '<sip:bob@example.jp>',
      'Call-ID': 'c',
    })
    const ok = answerOf(invite, 200, { To: '<sip:bob@example.jp>;tag=theirs' })
    ok.headers.add('Contact', `<${target}>`)
    for (const value of recordRoutes) ok.headers.add('Record-Route', value)
    const state = withResponse(askingState(invite, { number: 7, method: 'INVITE' }), ok)
    const request = requestIn(state, ask('BYE', 'sip:placeholder'), 8, OUR_END)
    t.equal(request.uri, uri, because)
    t.strictSame(request.headers.all('Route'), routes, because)
    t.equal(nextHopOf(state), hop, because)
    t.equal(request.headers.get('To'), '<sip:bob@example.jp>;tag=theirs')
    t.equal(request.headers.get('CSeq'), '8 BYE')
  }
})

t.test(
  'the called side keeps the order of Record-Route, and the Contact of the INVITE',
  async t => {
    const invite = ask('INVITE', 'sip:1400@example.jp', {
      From: '<sip:a@b>;tag=theirs',
      To: '<sip:1400@example.jp>',
      'Call-ID': 'c',
      'Record-Route': '<sip:p1;lr>, <sip:p2;lr>',
      Contact: '<sip:a@10.0.0.8>',
    })
    const state = answeringState(invite, { number: 7, method: 'INVITE' }, 'ours')
    t.strictSame(state.routeSet, ['<sip:p1;lr>', '<sip:p2;lr>'])
    t.equal(state.remoteTarget, 'sip:a@10.0.0.8')
    const request = requestIn(state, ask('BYE', ''), state.localSequence + 1, OUR_END)
    t.equal(request.headers.get('From'), '<sip:1400@example.jp>;tag=ours')
    t.equal(request.headers.get('To'), '<sip:a@b>;tag=theirs')
    t.equal(request.headers.get('CSeq'), '1 BYE', '§12.1.1: our numbers begin of their own')
  },
)

t.test('addresses that no stranger can send to', async t => {
  // biome-ignore format: table
  for (const [host, isSo] of [
    ['10.1.2.3', true],    ['172.15.0.1', false], ['172.16.0.1', true],  ['172.31.0.1', true],  ['172.32.0.1', false],
    ['192.168.0.1', true], ['192.169.0.1', false], ['100.63.0.1', false], ['100.64.0.1', true], ['100.127.0.1', true],
    ['100.128.0.1', false], ['127.0.0.1', true],  ['169.254.0.1', true], ['11.0.0.1', false],   ['fd00::1', true],
    ['fe80::1', true],     ['2001:db8::1', false], ['::1', true],        ['phone.example.jp', false],
  ] as const) {
    t.equal(isPrivate(host), isSo, host)
  }
})

t.test('a called peer behind a NAT is answered where it speaks from', async t => {
  const source = { host: '198.51.100.7', port: 40_000 }
  // biome-ignore format: table
  for (const [contact, from, over, instead, because] of [
    ['sip:b@192.168.0.7',  source,                           'udp',      true,  'nobody outside can send to a private address'],
    ['sip:b@203.0.113.9',  source,                           'udp',      false, 'the Contact may be another machine of theirs'],
    ['sip:b@192.168.0.7',  { host: '10.0.0.9', port: 5060 }, 'udp',      false, 'we are within such a network ourselves'],
    ['sip:b@x.invalid',    source,                           'accepted', true,  'the connection that it opened'],
    ['sip:b@203.0.113.9',  source,                           'dialled',  false, 'one of ours tells nothing of its Contact'],
  ] as const) {
    const flow = new RecordedFlow(new HandScheduler(), over !== 'udp', over !== 'dialled')
    const udp = new RecordedFlow(new HandScheduler(), false)
    const found = flowToCalled(contact, from, flow, { udpFlowTo: () => udp })
    t.equal(found, instead ? (over === 'udp' ? udp : flow) : undefined, because)
  }
})

t.test('requests of the peer in a dialog', async t => {
  await t.test('are told with it, and our answer needs no tag', async t => {
    const { rig, peer, call, invite } = await talking(t)
    peer.send(call.later('INFO', { 'Content-Type': 'application/dtmf-relay' }))
    const info = await rig.requests.next()
    t.equal(info.dialog, invite.dialog)
    info.respond(reply(200))
    const ok = await peer.response(200)
    t.equal(ok.headers.get('To'), call.to)
    t.notOk(ok.headers.has('Contact'))
  })
  await t.test('with a tag that is not ours, or another of theirs: 481', async t => {
    const { rig, peer, call } = await talking(t)
    peer.send(call.later('INFO', { To: '<sip:1400@example.jp>;tag=nobody' }))
    await peer.response(481)
    peer.send(call.later('INFO', { From: '<sip:alice@example.jp>;tag=nobody' }))
    await peer.response(481)
    peer.send(call.later('INVITE', { 'Call-ID': 'nobody' }))
    await peer.response(481)
    t.equal(rig.requests.left.length, 0)
  })
  await t.test('with a lower CSeq: 500; a gap is in order', async t => {
    const { rig, peer, call } = await talking(t)
    call.cseq = 41
    peer.send(call.later('INFO'))
    ;(await rig.requests.next()).respond(reply(200))
    await peer.response(200)
    call.cseq = 40
    peer.send(call.later('INFO', { CSeq: '41 INFO' }))
    const late = await peer.response(500)
    t.ok(Number(late.headers.get('Retry-After')) <= 10)
    t.equal(rig.requests.left.length, 0)
  })
  await t.test('after its end: 481', async t => {
    const { peer, call, invite } = await talking(t)
    invite.dialog?.send(ask('BYE', ''), () => {})
    await peer.request('BYE')
    peer.send(call.later('INFO'))
    await peer.response(481)
  })
})

t.test('re-INVITE of the peer', async t => {
  await t.test(
    'gets 100, its 200 is acknowledged of its own, and the target is refreshed',
    async t => {
      const { rig, peer, call, invite } = await talking(t)
      const moved = '<sip:alice@127.0.0.1:9>'
      peer.send(call.later('INVITE', { Contact: moved }, SDP))
      await peer.response(100)
      const again = await rig.requests.next()
      t.equal(again.dialog, invite.dialog)
      t.not(again, invite)
      again.respond(reply(200, {}, SDP))
      const ok = await peer.response(200)
      t.match(ok.headers.get('Contact'), String(rig.at('udp').port))
      t.equal(invite.dialog?.remoteTarget, 'sip:alice@127.0.0.1:9')
      peer.send(call.request('ACK'))
      const ack = await rig.acks.next()
      t.equal(ack.invite, again)
      t.equal(ack.initial, false)
    },
  )
  await t.test('refused: the call goes on, with the target as it was', async t => {
    const { rig, peer, call, invite } = await talking(t)
    peer.send(call.later('INVITE', { Contact: '<sip:alice@127.0.0.1:9>' }, SDP))
    await peer.response(100)
    ;(await rig.requests.next()).respond(reply(488))
    await peer.response(488)
    t.equal(invite.dialog?.state, 'confirmed')
    t.not(invite.dialog?.remoteTarget, 'sip:alice@127.0.0.1:9')
  })
  await t.test('cancelled: told, and the call goes on', async t => {
    const { rig, peer, call, invite } = await talking(t)
    const message = call.later('INVITE', {}, SDP)
    peer.send(message)
    await peer.response(100)
    peer.send(call.beside(message, 'CANCEL'))
    await peer.response(200)
    await peer.response(487)
    t.equal((await rig.cancels.next()).invite.dialog, invite.dialog)
    t.equal(invite.dialog?.state, 'confirmed')
  })
  await t.test('while another of theirs is unanswered: 500; while ours is: 491', async t => {
    const { rig, peer, call, invite } = await talking(t)
    peer.send(call.later('INVITE', {}, SDP))
    await peer.response(100)
    peer.send(call.later('INVITE', {}, SDP))
    await peer.response(500)
    ;(await rig.requests.next()).respond(reply(488))
    await peer.response(488)
    invite.dialog?.send(ask('INVITE', '', {}, SDP), () => {})
    await peer.request('INVITE')
    peer.send(call.later('INVITE', {}, SDP))
    await peer.response(491)
    t.equal(rig.requests.left.length, 0)
  })
  await t.test('unanswered when they hang up: 487', async t => {
    const { rig, peer, call } = await talking(t)
    peer.send(call.later('INVITE', {}, SDP))
    await peer.response(100)
    const again = await rig.requests.next()
    peer.send(call.later('BYE'))
    await peer.response(487)
    t.equal(again.open, false)
    t.equal((await rig.requests.next()).request.method, 'BYE')
  })
  await t.test('whose 200 is never acknowledged ends the call', async t => {
    const { rig, peer, call } = await talking(t)
    peer.send(call.later('INVITE', {}, SDP))
    await peer.response(100)
    ;(await rig.requests.next()).respond(reply(200, {}, SDP))
    rig.scheduler.pass(32_000)
    t.equal((await rig.ended.next()).reason, 'ACK timeout')
  })
})

t.test('re-INVITE of ours', async t => {
  await t.test(
    'has the next CSeq, refreshes the target, and is acknowledged by the user',
    async t => {
      const { peer, call, dialog } = await talking(t)
      const responses = new Queue<ResponseReceived>()
      const transaction = begun(
        dialog.send(ask('INVITE', '', {}, SDP), each => responses.push(each)),
      )
      const again = await peer.request('INVITE')
      t.equal(again.headers.get('CSeq'), '1 INVITE')
      t.equal(again.headers.get('From'), call.to)
      t.ok(again.headers.has('Contact'))
      const moved = { Contact: `<sip:moved@127.0.0.1:${peer.local.port}>` }
      peer.send(answerOf(again, 200, moved))
      const { response, dialog: told } = await responses.next()
      t.equal(response.status, 200)
      t.equal(told, dialog)
      t.equal(dialog.remoteTarget, `sip:moved@127.0.0.1:${peer.local.port}`)
      dialog.ack(ask('ACK', ''))
      const ack = await peer.request('ACK')
      t.equal(ack.uri, dialog.remoteTarget)
      t.equal(ack.headers.get('CSeq'), '1 ACK')
      peer.send(answerOf(again, 200, moved))
      await peer.request('ACK')
      t.equal(transaction.open, false)
    },
  )
  await t.test('refused or unanswered leaves the call alone', async t => {
    const { peer, dialog } = await talking(t)
    const responses = new Queue<ResponseReceived>()
    dialog.send(ask('INVITE', '', {}, SDP), each => responses.push(each))
    peer.send(answerOf(await peer.request('INVITE'), 488))
    await responses.next()
    await peer.request('ACK')
    t.equal(dialog.state, 'confirmed')
  })
})

t.test('our BYE', async t => {
  await t.test('as the called side waits for the ACK of our 200 (§15)', async t => {
    const { rig, peer, call, invite } = await answeredCall(t)
    const byes = new Queue<ResponseReceived>()
    const { dialog } = invite
    dialog?.send(ask('BYE', ''), each => byes.push(each))
    t.equal(dialog?.state, 'ended')
    await settled(rig, peer)
    peer.send(call.request('ACK'))
    peer.send(answerOf(await peer.request('BYE'), 200))
    t.equal((await byes.next()).response.status, 200)
    t.equal(rig.agent.load.dialogs, 0)
  })
  await t.test('goes out after 64·T1 when that ACK never comes, and only once', async t => {
    const { rig, peer, invite } = await answeredCall(t)
    invite.dialog?.send(ask('BYE', ''), () => {})
    rig.scheduler.pass(32_000)
    let repeats = 0
    for (;;) {
      const message = await peer.received.next()
      if (message.kind === 'request') {
        t.equal(message.method, 'BYE')
        break
      }
      repeats++
    }
    t.equal(repeats, 10, 'the 200 was repeated until then')
    t.equal(rig.ended.left.length, 0, 'the user ended it')
    t.equal(rig.agent.load.dialogs, 0)
  })
  await t.test('as the calling side is preceded by the ACK that the user owes', async t => {
    const { peer, invite, responses } = await calling(t)
    peer.send(accepting(invite, peer))
    const { dialog } = await responses.next()
    dialog?.send(ask('BYE', ''), () => {})
    await peer.request('ACK')
    await peer.request('BYE')
  })
})

t.test('UPDATE while another of theirs is unanswered: 500 (RFC 3311 §5.2)', async t => {
  const { rig, peer, call } = await talking(t)
  peer.send(call.later('UPDATE'))
  const first = await rig.requests.next()
  peer.send(call.later('UPDATE'))
  await peer.response(500)
  first.respond(reply(200))
  await peer.response(200)
  peer.send(call.later('UPDATE'))
  t.ok(await rig.requests.next())
})

t.test('UPDATE of ours refreshes the target when it is accepted, and only then', async t => {
  const { rig, peer, dialog } = await talking(t)
  const before = dialog.remoteTarget
  const contact = `<sip:moved@127.0.0.1:${peer.local.port}>`
  for (const [status, target] of [
    [488, before],
    [200, contact.slice(1, -1)],
  ] as const) {
    dialog.send(ask('UPDATE', ''), () => {})
    const update = await peer.request('UPDATE')
    t.ok(update.headers.has('Contact'))
    peer.send(answerOf(update, status, { Contact: contact }))
    await settled(rig, peer)
    t.equal(dialog.remoteTarget, target)
  }
})

/** A call of a peer's that is answered and acknowledged. */
async function talking(t: Owner, fields: Fields = {}) {
  const all = await answeredCall(t, fields)
  all.peer.send(all.call.request('ACK'))
  const { dialog }: { dialog: Dialog } = await all.rig.acks.next()
  return { ...all, dialog }
}
