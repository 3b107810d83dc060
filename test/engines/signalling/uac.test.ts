import t from 'tap'
import type { ResponseReceived } from '../../../engines/signalling/agent.js'
import { accepting, calling, settled, until, uriOf } from '../../support/agent-calls.js'
import { answerOf, ask, openAgent, sending } from '../../support/agent-rig.js'
import { dnsOf } from '../../support/dns-server.js'
import { Queue } from '../../support/queue.js'
import { udpPeer, unusedPort } from '../../support/sip-peer.js'

t.test('a request of ours is made whole, and what is given stays as it is', async t => {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const uri = `sip:bob@127.0.0.1:${peer.local.port}`
  const ours = `127.0.0.1:${rig.at('udp').port}`

  sending(rig, ask('INVITE', uri))
  const bare = await peer.request('INVITE')
  t.equal(bare.uri, uri)
  t.match(bare.headers.get('Via'), new RegExp(`^SIP/2.0/UDP ${ours};branch=z9hG4bK\\w+;rport$`))
  t.equal(bare.headers.get('Max-Forwards'), '70')
  t.match(bare.headers.get('From'), new RegExp(`^<sip:${ours}>;tag=\\w+$`))
  t.equal(bare.headers.get('To'), `<${uri}>`)
  t.match(bare.headers.get('Call-ID'), /^\w{12,}$/)
  t.equal(bare.headers.get('CSeq'), '1 INVITE')
  t.equal(bare.headers.get('Contact'), `<sip:${ours}>`)

  const { transaction } = sending(
    rig,
    ask('INVITE', uri, {
      From: '"0311112222" <sip:a@b>;tag=mine',
      To: '<sip:c@d>',
      'Call-ID': 'given',
      CSeq: '41 INVITE',
      'Max-Forwards': '5',
      Contact: '<sip:x@y>',
      Subject: 'hello',
    }),
  )
  const whole = await peer.request('INVITE')
  t.strictSame([...whole.headers], [...transaction.sent.message.headers], 'what was sent is shown')
  t.equal(whole.headers.get('From'), '"0311112222" <sip:a@b>;tag=mine')
  t.equal(whole.headers.get('To'), '<sip:c@d>')
  t.equal(whole.headers.get('Call-ID'), 'given')
  t.equal(whole.headers.get('CSeq'), '41 INVITE')
  t.equal(whole.headers.get('Max-Forwards'), '5')
  t.strictSame(whole.headers.all('Contact'), ['<sip:x@y>'])
  t.equal(whole.headers.get('Subject'), 'hello')
  t.equal(transaction.dialog?.id, 'given;from-tag=mine')
})

t.test('a call of ours is answered, acknowledged and hung up', async t => {
  const { rig, peer, invite, transaction, responses } = await calling(t)
  peer.send(answerOf(invite, 100))
  peer.send(answerOf(invite, 180, { To: `${invite.headers.get('To')};tag=bob` }))
  const ringing = await responses.next()
  t.equal(ringing.response.status, 180, '100 is not told')
  t.equal(ringing.transaction, transaction)
  t.equal(ringing.dialog?.state, 'early')
  peer.send(accepting(invite, peer))
  const ok = await responses.next()
  t.equal(ok.response.status, 200)
  t.equal(ok.arrival?.remote.port, peer.local.port)
  const dialog = transaction.dialog
  t.equal(ok.dialog, dialog)
  t.equal(dialog?.id, `${invite.headers.get('Call-ID')};from-tag=${dialog?.localTag}`)
  t.equal(dialog?.state, 'confirmed')
  t.equal(rig.agent.dialog(dialog?.id ?? ''), dialog)
  t.strictSame(rig.agent.dialogsOf(dialog?.callId ?? ''), [dialog])

  peer.send(accepting(invite, peer))
  await settled(rig, peer)
  t.equal(dialog?.ack(ask('ACK', 'sip:placeholder', { 'X-Mine': '1' })).outcome, 'sent')
  const ack = await peer.request('ACK')
  t.equal(ack.uri, `sip:bob@127.0.0.1:${peer.local.port}`, 'to the Contact of the 200')
  t.equal(ack.headers.get('CSeq'), '1 ACK')
  t.equal(ack.headers.get('X-Mine'), '1')
  t.not(ack.headers.get('Via'), invite.headers.get('Via'), 'a branch of its own')
  peer.send(accepting(invite, peer))
  t.strictSame([...(await peer.request('ACK')).headers], [...ack.headers], 'the same ACK again')
  t.equal(dialog?.ack(ask('ACK', '')).outcome, 'nothing_to_acknowledge', 'once')

  const byes = new Queue<ResponseReceived>()
  t.equal(dialog?.send(ask('BYE', 'sip:placeholder'), each => byes.push(each)).outcome, 'sent')
  const bye = await peer.request('BYE')
  t.equal(bye.headers.get('CSeq'), '2 BYE')
  t.match(bye.headers.get('To'), /;tag=bob$/)
  t.equal(dialog?.state, 'ended')
  peer.send(answerOf(bye, 200))
  t.equal((await byes.next()).response.status, 200)
  t.equal(dialog?.send(ask('INFO', ''), () => {}).outcome, 'no_dialog')
  for (const method of ['ACK', 'CANCEL']) t.throws(() => dialog?.send(ask(method, ''), () => {}))
  t.equal(rig.agent.load.dialogs, 0)
})

t.test('a refused call is acknowledged by the stack, and its dialog is gone', async t => {
  const { rig, peer, invite, transaction, responses } = await calling(t)
  peer.send(answerOf(invite, 486, { To: `${invite.headers.get('To')};tag=bob` }))
  t.equal((await responses.next()).response.status, 486)
  const ack = await peer.request('ACK')
  t.equal(ack.headers.get('Via'), invite.headers.get('Via'))
  t.equal(transaction.open, false)
  t.equal(transaction.dialog?.state, 'ended')
  t.equal(transaction.dialog?.ack(ask('ACK', '')).outcome, 'nothing_to_acknowledge')
  t.equal(rig.agent.load.dialogs, 0)
})

t.test('a digest retry repeats Call-ID and From with the next CSeq', async t => {
  const { rig, peer, invite, responses } = await calling(t)
  peer.send(answerOf(invite, 401))
  await responses.next()
  await peer.request('ACK')
  const fields = {
    From: invite.headers.get('From') ?? '',
    'Call-ID': invite.headers.get('Call-ID') ?? '',
    CSeq: '2 INVITE',
    Authorization: 'Digest response="1"',
  }
  const retry = sending(rig, ask('INVITE', invite.uri, fields))
  const second = await peer.request('INVITE')
  t.equal(second.headers.get('From'), fields.From)
  peer.send(accepting(second, peer))
  const { dialog } = await retry.responses.next()
  dialog?.ack(ask('ACK', ''))
  const ack = await peer.request('ACK')
  t.equal(ack.headers.get('CSeq'), '2 ACK')
  t.equal(ack.headers.get('Authorization'), fields.Authorization, '§13.2.2.4: same credentials')
  t.equal(rig.agent.send(ask('INVITE', invite.uri, fields), () => {}).outcome, 'dialog_exists')
})

t.test('who does not answer, and who cannot', async t => {
  await t.test('silence for 64·T1: 408 of our own', async t => {
    for (const method of ['INVITE', 'OPTIONS']) {
      const rig = await openAgent(t)
      const peer = await udpPeer(t, rig.at('udp'))
      const { responses, transaction } = sending(rig, ask(method, uriOf(peer)))
      await peer.request(method)
      rig.scheduler.pass(32_000)
      const { response, arrival } = await responses.next()
      t.equal(response.status, 408)
      t.equal(arrival, undefined, 'it came from nowhere')
      t.equal(response.headers.get('CSeq'), transaction.sent.message.headers.get('CSeq'))
      t.equal(transaction.open, false)
      t.equal(rig.agent.load.dialogs, 0)
    }
  })
  // biome-ignore format: table
  for (const [protocol, method, because] of [
    ['udp', 'INVITE',  'the kernel says that nobody listens there'],
    ['udp', 'OPTIONS', 'the same'],
    ['tcp', 'INVITE',  'the connection is refused'],
    ['tcp', 'OPTIONS', 'the same'],
  ] as const) {
    await t.test(`a refused ${protocol} port, ${method}: 503 of our own at once`, async t => {
      const rig = await openAgent(t)
      const port = await unusedPort(protocol)
      const uri = `sip:bob@127.0.0.1:${port};transport=${protocol}`
      const { responses } = sending(rig, ask(method, uri))
      t.equal(responses.left.length, 0, 'not from within the call that sends')
      const { response, arrival } = await responses.next()
      t.equal(response.status, 503, because)
      t.equal(arrival, undefined)
      t.ok(rig.notices.every(({ event }) => event === 'connection_refused'))
      t.ok(rig.notices.length > 0)
    })
  }
  await t.test('a name that nobody has: 503 of our own', async t => {
    const rig = await openAgent(t, { dns: dnsOf({}) })
    const { responses } = sending(rig, ask('OPTIONS', 'sip:bob@nobody.example'))
    await until(() => rig.scheduler.pending > 0)
    rig.scheduler.pass(0)
    t.equal((await responses.next()).response.status, 503)
    t.equal(rig.agent.load.transactions, 0)
  })
  await t.test('a name that somebody has', async t => {
    const rig = await openAgent(t, { dns: dnsOf({ 'somebody.example': ['127.0.0.1'] }) })
    const peer = await udpPeer(t, rig.at('udp'))
    const uri = `sip:bob@somebody.example:${peer.local.port}`
    const { transaction } = sending(rig, ask('OPTIONS', uri))
    t.equal((await peer.request('OPTIONS')).uri, uri)
    t.equal(transaction.sent.remote.host, 'somebody.example')
  })
  await t.test('a peer that comes back is reached again', async t => {
    const rig = await openAgent(t)
    const gone = await udpPeer(t, rig.at('udp'))
    gone.close()
    const uri = uriOf(gone)
    t.equal((await sending(rig, ask('OPTIONS', uri)).responses.next()).response.status, 503)
    const back = await udpPeer(t, rig.at('udp'), gone.local.port)
    const { responses } = sending(rig, ask('OPTIONS', uri))
    back.send(answerOf(await back.request('OPTIONS'), 200))
    t.equal((await responses.next()).response.status, 200)
  })
})

t.test('where a request cannot go', async t => {
  const rig = await openAgent(t, { listen: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }] })
  const { port } = rig.at('udp')
  // biome-ignore format: table
  for (const [uri, nextHop, outcome, because] of [
    ['tel:0312345678',                 undefined,        'bad_uri',      'a number has no address'],
    ['nonsense',                       undefined,        'bad_uri',      'it is no URI'],
    ['tel:0312345678',                 'nonsense',       'bad_uri',      'nor is the next hop'],
    ['sip:bob@10.0.0.1;transport=tcp', undefined,        'no_transport', 'we do not listen on TCP'],
    ['sips:bob@10.0.0.1',              undefined,        'no_transport', 'we do not listen on TLS'],
    ['sip:bob@10.0.0.1;transport=x',   undefined,        'no_transport', 'nobody knows that transport'],
    ['tel:0312345678',                 'sip:127.0.0.1:9', 'sent',        'the next hop has an address'],
  ] as const) {
    const options = nextHop === undefined ? {} : { nextHop }
    t.equal(rig.agent.send(ask('OPTIONS', uri), () => {}, options).outcome, outcome, because)
  }
  t.equal(rig.agent.isSelf(`sip:1@127.0.0.1:${port}`), true)
  t.equal(rig.agent.isSelf(`sip:1@localhost:${port}`), true)
  t.equal(rig.agent.isSelf('sip:1@127.0.0.1:1'), false)
  t.equal(rig.agent.isSelf(`sip:1@10.0.0.1:${port}`), false)
  t.equal(rig.agent.isSelf(`sip:1@127.0.0.1:${port};transport=tcp`), false)
  t.strictSame(rig.agent.addressTowards('sip:127.0.0.1:9'), {
    protocol: 'udp',
    host: '127.0.0.1',
    port,
  })
})

t.test('our own CANCEL', async t => {
  await t.test('waits for a provisional response, and has the branch of its INVITE', async t => {
    const { rig, peer, invite, transaction, responses } = await calling(t)
    const reason = ask('CANCEL', '', { Reason: 'Q.850;cause=16' }).headers
    const sent = transaction.cancel(reason)
    t.equal(transaction.cancel(), undefined, 'once')
    await settled(rig, peer)
    peer.send(answerOf(invite, 100))
    const cancel = await peer.request('CANCEL')
    t.strictSame([...cancel.headers], [...(sent?.message.headers ?? [])])
    t.equal(cancel.uri, invite.uri)
    t.equal(cancel.headers.get('Via'), invite.headers.get('Via'))
    t.equal(cancel.headers.get('CSeq'), '1 CANCEL')
    t.equal(cancel.headers.get('Reason'), 'Q.850;cause=16')
    peer.send(answerOf(cancel, 200))
    peer.send(answerOf(invite, 487))
    t.equal((await responses.next()).response.status, 487)
    await peer.request('ACK')
    t.equal(transaction.cancel(), undefined, 'it is over')
  })
  await t.test('is not sent to a peer that never spoke', async t => {
    const { rig, peer, transaction, responses } = await calling(t)
    transaction.cancel()
    rig.scheduler.pass(32_000)
    t.equal((await responses.next()).response.status, 408)
    const heard = peer.received.drain()
    t.notOk(heard.some(message => message.kind === 'request' && message.method === 'CANCEL'))
  })
  await t.test('whose INVITE never ends: 487 of our own after 64·T1', async t => {
    const { rig, peer, invite, transaction, responses } = await calling(t)
    peer.send(answerOf(invite, 180))
    await responses.next()
    transaction.cancel()
    peer.send(answerOf(await peer.request('CANCEL'), 200))
    await settled(rig, peer)
    rig.scheduler.pass(32_000)
    const { response, arrival } = await responses.next()
    t.equal(response.status, 487)
    t.equal(arrival, undefined)
  })
  await t.test('crossing a 200: ACK, BYE, and the user is told', async t => {
    const { rig, peer, invite, transaction, responses } = await calling(t)
    peer.send(answerOf(invite, 180))
    await responses.next()
    transaction.cancel()
    await peer.request('CANCEL')
    peer.send(accepting(invite, peer))
    await peer.request('ACK')
    const bye = await peer.request('BYE')
    const reason = 'ACK-BYE due to cancel race condition'
    t.equal(bye.headers.get('Reason'), `SIP;cause=200;text="${reason}"`)
    t.equal((await responses.next()).response.status, 200)
    const end = await rig.ended.next()
    t.equal(end.reason, reason)
    t.equal(end.dialog, transaction.dialog)
    t.equal(rig.agent.load.dialogs, 0)
    peer.send(accepting(invite, peer))
    await peer.request('ACK')
  })
  await t.test('is for INVITE alone', async t => {
    const rig = await openAgent(t)
    const peer = await udpPeer(t, rig.at('udp'))
    t.equal(sending(rig, ask('OPTIONS', uriOf(peer))).transaction.cancel(), undefined)
  })
})

t.test('a forked call: the first to answer has it, the others are released', async t => {
  const { rig, peer, invite, responses, transaction } = await calling(t)
  for (const tag of ['one', 'two']) peer.send(accepting(invite, peer, 180, tag))
  await responses.next()
  await responses.next()
  peer.send(accepting(invite, peer, 200, 'one'))
  t.equal((await responses.next()).response.status, 200)
  t.equal(transaction.dialog?.remoteTag, 'one')
  peer.send(accepting(invite, peer, 200, 'two'))
  const ack = await peer.request('ACK')
  t.match(ack.headers.get('To'), /tag=two$/)
  const bye = await peer.request('BYE')
  t.match(bye.headers.get('To'), /tag=two$/)
  peer.send(answerOf(bye, 200))
  peer.send(accepting(invite, peer, 200, 'two'))
  await peer.request('ACK')
  await settled(rig, peer)
  t.equal(responses.left.length, 0)
  t.equal(transaction.dialog?.state, 'confirmed')
})
