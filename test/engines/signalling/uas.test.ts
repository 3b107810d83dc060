import t from 'tap'
import type { SipMessage } from '../../../engines/signalling/sip/message.js'
import { answeredCall, invited, settled, uriOf } from '../../support/agent-calls.js'
import { ask, openAgent, PeerCall, reply, SDP, sending, sentBy } from '../../support/agent-rig.js'
import { tcpPeer, udpPeer, unusedPort, wsPeer } from '../../support/sip-peer.js'

const OPEN = { udp: udpPeer, tcp: tcpPeer, ws: wsPeer } as const

t.test('a call is answered and hung up, over each transport', async t => {
  for (const protocol of ['udp', 'tcp', 'ws'] as const) {
    await t.test(protocol, async t => {
      const rig = await openAgent(t)
      const peer = await OPEN[protocol](t, rig.at(protocol))
      const call = new PeerCall(peer)
      peer.send(call.request('INVITE', { 'Record-Route': '<sip:10.1.1.1;lr>' }, SDP))
      const invite = await rig.requests.next()
      const trying = await peer.response(100)
      t.notMatch(trying.headers.get('To'), /tag/, '100 has no tag')
      t.equal(invite.arrival.protocol, protocol)
      t.equal(invite.dialog, undefined, 'there is no dialog yet')

      const { sent, dialog } = sentBy(invite.respond(reply(180)))
      const ringing = await peer.response(180)
      t.strictSame(
        [...ringing.headers],
        [...sent.message.headers],
        'what was sent is what was said',
      )
      t.equal(dialog?.id, `${call.callId};from-tag=alice`)
      t.equal(dialog?.state, 'early')

      invite.respond(reply(200, {}, SDP))
      const ok = await peer.response(200)
      t.equal(ok.headers.get('Record-Route'), '<sip:10.1.1.1;lr>')
      t.match(ok.headers.get('Contact'), `127.0.0.1:${rig.at(protocol).port}`)
      t.equal(
        ok.headers.get('Content-Type'),
        'application/sdp',
        'a body v=0 is a session description',
      )
      t.equal(ok.headers.get('To'), ringing.headers.get('To'), 'one tag in all answers')
      call.learn(ok)

      peer.send(call.request('ACK'))
      const ack = await rig.acks.next()
      t.equal(ack.invite, invite)
      t.equal(ack.initial, true)
      t.equal(ack.dialog.state, 'confirmed')

      peer.send(call.later('BYE'))
      const bye = await rig.requests.next()
      t.equal(bye.dialog, ack.dialog)
      t.equal(ack.dialog.state, 'ended', 'before the user answers')
      bye.respond(reply(200))
      await peer.response(200)
      t.equal(rig.agent.load.dialogs, 0)
    })
  }
})

t.test('the tag, Contact and CSeq of an answer', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const call = new PeerCall(peer)
  peer.send(call.request('INVITE'))
  await peer.response(100)
  const invite = await rig.requests.next()
  invite.respond(
    reply(183, {
      To: '<sip:someone@else>;tag=chosen',
      Via: 'SIP/2.0/UDP nonsense',
      CSeq: '9 NONSENSE',
      Contact: '<sip:me@10.2.2.2>',
      Server: 'ours',
    }),
  )
  const progress = await peer.response(183)
  t.equal(progress.headers.get('To'), '<sip:1400@example.jp>;tag=chosen', 'the tag alone is taken')
  t.equal(progress.headers.get('CSeq'), '1 INVITE')
  t.match(progress.headers.get('Via'), call.peer.sentBy)
  t.strictSame(progress.headers.all('Contact'), ['<sip:me@10.2.2.2>'])
  t.equal(progress.headers.get('Server'), 'ours')
  invite.respond(reply(486, { To: '<sip:someone@else>;tag=later' }))
  const busy = await peer.response(486)
  t.match(busy.headers.get('To'), /;tag=chosen$/, 'the first answer decides')
  t.equal(invite.respond(reply(486)).outcome, 'no_transaction', 'it is answered once')
  peer.send(call.beside(invite.request, 'ACK', busy.headers.get('To')))
  await settled(rig, peer)
  t.equal(rig.acks.left.length, 0, 'the ACK of a refusal is not told')
  t.equal(rig.agent.load.dialogs, 0, 'the early dialog went with the refusal')
})

t.test('which answers say where we are, and keep the route', async t => {
  // biome-ignore format: table
  for (const [method, status, contact, route, because] of [
    ['SUBSCRIBE', 202, true,  true,  'it forms a dialog'],
    ['REFER',     202, true,  true,  'it forms a dialog'],
    ['SUBSCRIBE', 489, false, false, 'it forms none'],
    ['OPTIONS',   200, false, false, 'it forms none'],
    ['REGISTER',  200, false, false, 'a registrar lists the phone\u2019s own'],
  ] as const) {
    const rig = await openAgent(t)
    const peer = await udpPeer(t, rig.at('udp'))
    peer.send(new PeerCall(peer).request(method, { 'Record-Route': '<sip:10.1.1.1;lr>' }))
    ;(await rig.requests.next()).respond(reply(status))
    const answer = await peer.response(status)
    t.equal(answer.headers.has('Contact'), contact, `${method} ${status}: ${because}`)
    t.equal(answer.headers.has('Record-Route'), route, `${method} ${status}: ${because}`)
  }
})

t.test('a lost ACK: the 200 is repeated, then the call is ended', async t => {
  const { rig, peer, call, invite } = await answeredCall(t)
  const repeated: SipMessage[] = []
  for (let seconds = 0; seconds < 31.5; seconds += 0.5) {
    rig.scheduler.pass(500)
    await settled(rig, peer, repeated)
  }
  t.equal(repeated.length, 10, 'T1 doubling up to T2: at 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s')
  rig.scheduler.pass(500)
  const bye = await peer.request('BYE')
  t.equal(bye.headers.get('Reason'), 'SIP;cause=200;text="ACK timeout"')
  t.equal(bye.headers.get('From'), call.to)
  t.equal(bye.headers.get('To'), call.from)
  const end = await rig.ended.next()
  t.equal(end.reason, 'ACK timeout')
  t.equal(end.dialog, invite.dialog)
  t.strictSame([...end.bye.message.headers], [...bye.headers])
  t.equal(rig.agent.load.dialogs, 0)
})

t.test('a repeated ACK is told once, and the 200 is repeated no more', async t => {
  const { rig, peer, call } = await answeredCall(t)
  peer.send(call.request('ACK'))
  peer.send(call.request('ACK'))
  await rig.acks.next()
  await settled(rig, peer)
  rig.scheduler.pass(60_000)
  await settled(rig, peer)
  t.equal(rig.acks.left.length, 0)
  t.equal(rig.ended.left.length, 0)
})

t.test('a repeated INVITE is absorbed', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const call = new PeerCall(peer)
  const message = call.request('INVITE')
  peer.send(message)
  const invite = await rig.requests.next()
  await peer.response(100)
  peer.send(message)
  await peer.response(100)
  invite.respond(reply(180))
  await peer.response(180)
  peer.send(message)
  await peer.response(180)
  invite.respond(reply(404))
  await peer.response(404)
  peer.send(message)
  await peer.response(404)
  t.equal(rig.requests.left.length, 0, 'it is told once')
})

t.test('an INVITE that came by two ways is answered once and refused once (482)', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const call = new PeerCall(peer)
  peer.send(call.request('INVITE'))
  await peer.response(100)
  peer.send(call.request('INVITE'))
  const merged = await peer.response(482)
  t.match(merged.headers.get('To'), /;tag=/)
  t.equal(rig.requests.left.length, 1)
  t.ok(rig.notices.some(({ event }) => event === 'merged_request'))
})

t.test('CANCEL', async t => {
  await t.test(
    'before any answer: 200, 487, and the user is told; there was no dialog',
    async t => {
      const { rig, peer, call, invite } = await invited(t)
      peer.send(call.beside(invite.request, 'CANCEL'))
      const ok = await peer.response(200)
      t.equal(ok.headers.get('CSeq'), '1 CANCEL')
      const terminated = await peer.response(487)
      t.equal(terminated.headers.get('CSeq'), '1 INVITE')
      t.equal(ok.headers.get('To'), terminated.headers.get('To'), '§9.2: the same tag')
      const cancel = await rig.cancels.next()
      t.equal(cancel.invite, invite)
      t.equal(invite.dialog, undefined)
      t.equal(invite.open, false)
      t.equal(invite.respond(reply(200)).outcome, 'no_transaction')
    },
  )
  await t.test('after 180: the early dialog ends', async t => {
    const { rig, peer, call, invite } = await invited(t)
    const { dialog } = sentBy(invite.respond(reply(180)))
    await peer.response(180)
    peer.send(call.beside(invite.request, 'CANCEL'))
    await peer.response(200)
    await peer.response(487)
    const cancel = await rig.cancels.next()
    t.equal(cancel.invite.dialog, dialog)
    t.equal(dialog?.state, 'ended')
    t.equal(rig.agent.load.dialogs, 0)
  })
  await t.test('repeated: answered again, told once', async t => {
    const { rig, peer, call, invite } = await invited(t)
    const cancel = call.beside(invite.request, 'CANCEL')
    peer.send(cancel)
    await peer.response(200)
    await peer.response(487)
    peer.send(cancel)
    await peer.response(200)
    t.equal(rig.cancels.left.length, 1)
  })
  await t.test('after a refusal: 200, and no effect', async t => {
    const { rig, peer, call, invite } = await invited(t)
    invite.respond(reply(404))
    await peer.response(404)
    peer.send(call.beside(invite.request, 'CANCEL'))
    await peer.response(200)
    t.equal(rig.cancels.left.length, 0)
  })
  await t.test('after 200: 481, and BYE once the ACK has come', async t => {
    const { rig, peer, call, invite } = await answeredCall(t)
    peer.send(call.beside(invite.request, 'CANCEL', '<sip:1400@example.jp>'))
    await peer.response(481)
    await settled(rig, peer)
    t.equal(rig.ended.left.length, 0, '§15: no BYE before the ACK')
    peer.send(call.request('ACK'))
    await rig.acks.next()
    const bye = await peer.request('BYE')
    t.equal(bye.headers.get('Reason'), 'SIP;cause=200;text="CANCEL after 200 OK"')
    t.equal((await rig.ended.next()).reason, 'CANCEL after 200 OK')
  })
  await t.test('for an INVITE that we do not know: 481', async t => {
    const { rig, peer, call } = await invited(t)
    peer.send(call.beside(call.request('INVITE'), 'CANCEL'))
    await peer.response(481)
    t.equal(rig.cancels.left.length, 0)
  })
})

t.test('a request that nobody answers is forgotten', async t => {
  const { rig, peer, invite } = await invited(t)
  rig.scheduler.pass(63_999)
  t.equal(invite.open, true)
  rig.scheduler.pass(1)
  t.equal(invite.open, false)
  t.equal(invite.respond(reply(200)).outcome, 'no_transaction')
  await settled(rig, peer)
  t.ok(rig.notices.some(({ event }) => event === 'request_forgotten'))
})

t.test('an INVITE that is ringing is not forgotten', async t => {
  const { rig, invite } = await invited(t)
  invite.respond(reply(180))
  rig.scheduler.pass(600_000)
  t.equal(invite.respond(reply(200)).outcome, 'sent')
})

t.test('a second INVITE with Call-ID and From tag of a live call cannot be answered', async t => {
  const { rig, peer, call } = await answeredCall(t)
  const again = new PeerCall(peer)
  peer.send(again.request('INVITE', { 'Call-ID': call.callId, CSeq: '7 INVITE' }))
  const invite = await rig.requests.next()
  t.equal(invite.respond(reply(200)).outcome, 'dialog_exists')
  t.equal(invite.respond(reply(482)).outcome, 'sent', 'it can be refused')
})

t.test('reliable provisional answers (RFC 3262)', async t => {
  await t.test('are repeated until their PRACK', async t => {
    const { rig, peer, call, invite } = await invited(t, { Supported: '100rel' })
    const { sent } = sentBy(invite.respond(reply(183, { Require: '100rel' }, SDP)))
    const progress = await peer.response(183)
    const rseq = progress.headers.get('RSeq')
    t.match(rseq, /^\d+$/)
    t.equal(sent.message.headers.get('RSeq'), rseq)
    rig.scheduler.pass(1_500)
    await peer.response(183)
    await peer.response(183)
    call.learn(progress)
    peer.send(call.later('PRACK', { RAck: `${rseq} 1 INVITE` }))
    const prack = await rig.requests.next()
    t.equal(prack.request.method, 'PRACK')
    t.equal(prack.dialog, invite.dialog)
    prack.respond(reply(200))
    await peer.response(200)
    peer.send(call.later('PRACK', { RAck: `${rseq} 1 INVITE` }))
    await peer.response(481)
    rig.scheduler.pass(40_000)
    await settled(rig, peer)
  })
  await t.test('may get their PRACK after the 200 when they describe nothing', async t => {
    const { rig, peer, call, invite } = await invited(t, { Supported: '100rel' })
    invite.respond(reply(183, { Require: '100rel' }))
    const progress = await peer.response(183)
    invite.respond(reply(200, {}, SDP))
    call.learn(await peer.response(200))
    peer.send(call.later('PRACK', { RAck: `${progress.headers.get('RSeq')} 1 INVITE` }))
    t.equal((await rig.requests.next()).request.method, 'PRACK')
  })
  await t.test('keep a 200 back until the session they describe is acknowledged', async t => {
    const { rig, peer, call, invite } = await invited(t, { Supported: '100rel' })
    invite.respond(reply(183, { Require: '100rel' }, SDP))
    const progress = await peer.response(183)
    const { sent } = sentBy(invite.respond(reply(200, {}, SDP)))
    t.equal(invite.respond(reply(200, {}, SDP)).outcome, 'no_transaction', 'answered once')
    rig.scheduler.pass(500)
    await peer.response(183)
    call.learn(progress)
    peer.send(call.later('PRACK', { RAck: `${progress.headers.get('RSeq')} 1 INVITE` }))
    const ok = await peer.response(200)
    t.strictSame([...ok.headers], [...sent.message.headers])
    t.equal(ok.headers.get('CSeq'), '1 INVITE')
    t.equal(invite.dialog?.state, 'confirmed')
    const prack = await rig.requests.next()
    t.equal(prack.request.method, 'PRACK')
    prack.respond(reply(200))
    peer.send(call.request('ACK', { CSeq: '1 ACK' }))
    t.equal((await rig.acks.next()).invite, invite)
  })
  await t.test('without a PRACK a 200 that was kept back is none', async t => {
    const { rig, peer, invite } = await invited(t, { Supported: '100rel' })
    invite.respond(reply(183, { Require: '100rel' }, SDP))
    invite.respond(reply(200, {}, SDP))
    rig.scheduler.pass(32_000)
    let last = await peer.received.next()
    while (last.kind === 'response' && last.status === 183) last = await peer.received.next()
    t.match(last, { status: 504 })
    const end = await rig.ended.next()
    t.equal(end.reason, 'PRACK timeout')
    t.equal(end.dialog, invite.dialog)
  })
  await t.test('a caller may withdraw while a 200 is kept back', async t => {
    const { rig, peer, call, invite } = await invited(t, { Supported: '100rel' })
    invite.respond(reply(183, { Require: '100rel' }, SDP))
    await peer.response(183)
    invite.respond(reply(200, {}, SDP))
    peer.send(call.beside(invite.request, 'CANCEL', call.to))
    await peer.response(200)
    await peer.response(487)
    t.equal((await rig.cancels.next()).invite, invite)
  })
  await t.test('without a PRACK the INVITE is refused with 504', async t => {
    const { rig, peer, invite } = await invited(t, { Require: '100rel' })
    invite.respond(reply(180))
    const ringing = await peer.response(180)
    t.ok(ringing.headers.has('RSeq'), 'the caller requires it, so every 1xx is reliable')
    rig.scheduler.pass(32_000)
    let last = await peer.received.next()
    while (last.kind === 'response' && last.status === 180) last = await peer.received.next()
    t.match(last, { status: 504 })
    t.equal(invite.open, false)
  })
  await t.test('cannot be given to a caller that does not support them', async t => {
    const { invite } = await invited(t)
    t.equal(invite.respond(reply(183, { Require: '100rel' })).outcome, 'no_100rel')
    t.equal(invite.respond(reply(183)).outcome, 'sent')
  })
})

t.test('closing ends everything at once and tells nothing more', async t => {
  const { rig, peer, call } = await answeredCall(t)
  const silent = sending(rig, ask('INVITE', uriOf(peer)))
  await rig.agent.close()
  rig.scheduler.pass(100_000)
  t.match(rig.agent.load, { transactions: 0, dialogs: 0, connections: 0 })
  t.equal(silent.responses.left.length, 0)
  t.equal(rig.ended.left.length, 0)
  t.ok(call)
})

t.test('a listen point that is taken: none is opened', async t => {
  for (const protocol of ['udp', 'tcp', 'ws'] as const) {
    const rig = await openAgent(t)
    const free = await unusedPort('tcp')
    const listen = [
      { protocol: 'tcp', host: '127.0.0.1', port: free },
      { protocol, host: '127.0.0.1', port: rig.at(protocol).port },
    ] as const
    await t.rejects(openAgent(t, { listen }), { code: 'EADDRINUSE' }, protocol)
    const again = await openAgent(t, { listen: listen.slice(0, 1) })
    t.equal(again.at('tcp').port, free, 'the first was closed again')
  }
})
