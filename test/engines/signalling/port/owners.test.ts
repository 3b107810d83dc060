import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sdp } from '../../../support/raw-phone.js'
import { openRig } from '../../../support/signalling-rig.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

const transactionIdOf = (payload = ''): string => payload.split('\r\n', 1)[0]?.split('|')[8] ?? ''

/** Lets events come until it is so. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await setImmediate()
}

const startLineOf = (payload = ''): string => payload.split('\r\n')[1] ?? ''

t.test('two applications take new calls in turn, and keep the calls they took', async t => {
  const rig = await openRig(t)
  const answeredBy = (name: string) => ({
    invite: (_: unknown, res: { send(status: number, options: object): void }) =>
      res.send(200, { headers: { 'X-By': name }, body: ANSWER }),
    info: (_: unknown, res: { send(status: number, options: object): void }) =>
      res.send(200, { headers: { 'X-By': name } }),
  })
  await rig.application(answeredBy('one'))
  await rig.application(answeredBy('two'))
  const phone = await rig.phone()
  const took: string[] = []
  for (const callId of ['own-1', 'own-2', 'own-3', 'own-4']) {
    phone.ask('INVITE', callId, { body: OFFER })
    const ok = await phone.answer()
    phone.askIn(ok, 'ACK', 1)
    const by = ok.headers.get('X-By') ?? ''
    took.push(by)
    phone.askIn(ok, 'INFO', 2)
    t.equal((await phone.answer()).headers.get('X-By'), by, 'its owner, not the next in turn')
  }
  t.strictSame(took.sort(), ['one', 'one', 'two', 'two'])
})

t.test('without an application a new call is refused', async t => {
  const rig = await openRig(t)
  const phone = await rig.phone()
  phone.ask('INVITE', 'own-5', { body: OFFER })
  t.equal((await phone.answer()).status, 503)

  const wire = await rig.wire('invite')
  wire.close()
  await once(wire.socket, 'close')
  const other = await rig.wire('options')
  await other.ask('m|ping')
  phone.ask('INVITE', 'own-6', { body: OFFER })
  t.equal((await phone.answer()).status, 503, 'nor with one that has gone, or takes something else')
})

t.test('when an application is lost, everything it held is released at once', async t => {
  const rig = await openRig(t)
  const wire = await rig.wire('invite')
  const [ringing, talking] = [await rig.phone(), await rig.phone()]
  const [called, answering] = [await rig.phone(), await rig.phone()]

  ringing.ask('INVITE', 'lost-1', { body: OFFER })
  await wire.next()
  talking.ask('INVITE', 'lost-2', { body: OFFER })
  const id = transactionIdOf(await wire.next())
  await wire.ask(`m|sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\n${ANSWER}`)
  const ok = await talking.answer()
  talking.askIn(ok, 'ACK', 1)
  t.match(startLineOf(await wire.next()), /^ACK/)
  await wire.ask(`m|sip||\r\nINVITE ${called.uri} SIP/2.0\r\n\r\n${OFFER}`)
  const invite = await called.request()
  called.reply(invite, '180 Ringing')
  t.match(startLineOf(await wire.next()), /^SIP\/2\.0 180/)

  await wire.ask(`m|sip||\r\nINVITE ${answering.uri} SIP/2.0\r\n\r\n${OFFER}`)
  answering.reply(await answering.request(), '200 OK', { body: ANSWER })
  t.match(startLineOf(await wire.next()), /^SIP\/2\.0 200/)

  wire.close()
  t.equal((await ringing.answer()).status, 503, 'a call that waits for an answer is refused')
  const bye = await talking.request()
  t.equal(bye.method, 'BYE', 'a call that is up is hung up')
  t.equal(bye.headers.get('Reason'), 'SIP;cause=503;text="application lost"')
  const cancel = await called.request()
  t.equal(cancel.method, 'CANCEL', 'a call that rings is withdrawn')
  called.askBack(invite, 'INFO', 1)
  t.equal((await called.answer()).status, 481, 'nobody is there for what happens in it')
  called.reply(cancel, '200 OK')
  called.reply(invite, '487 Request Terminated')
  t.equal((await called.request()).method, 'ACK', 'and that is all')
  t.equal((await answering.request()).method, 'ACK', 'an answer is acknowledged,')
  t.equal((await answering.request()).method, 'BYE', 'then the call is hung up')
  talking.reply(bye, '200 OK')
  talking.askIn(ok, 'INFO', 2)
  t.equal((await talking.answer()).status, 481, 'nobody knows the call any more')
})

/** A call of a phone that an application of its own has taken so far. */
async function takenCall(t: Test, callId: string, headers: Record<string, string> = {}) {
  const rig = await openRig(t)
  const [wire, phone] = [await rig.wire('invite', 'message'), await rig.phone()]
  phone.ask('INVITE', callId, { headers, body: OFFER })
  const id = transactionIdOf(await wire.next())
  /** What the application says to the INVITE, and hears of it. */
  const say = (...lines: string[]) => wire.ask(`m|sip|${id}|\r\n${lines.join('\r\n')}`)
  return { rig, wire, phone, id, say, dialogId: `${callId};from-tag=from-${callId}` }
}

/** The same, answered and acknowledged. */
async function callUp(t: Test, callId: string) {
  const call = await takenCall(t, callId)
  await call.say('SIP/2.0 200 OK', '', ANSWER)
  const ok = await call.phone.answer()
  call.phone.askIn(ok, 'ACK', 1)
  await call.wire.next()
  return { ...call, ok }
}

t.test('an application is lost in the middle of', async t => {
  await t.test('a call that it lets ring', async t => {
    const { wire, phone, say } = await takenCall(t, 'mid-1')
    await say('SIP/2.0 180 Ringing', '', '')
    t.equal((await phone.answer()).status, 180)
    wire.close()
    t.equal((await phone.answer()).status, 503)
  })

  await t.test('a reliable provisional answer', async t => {
    const { wire, phone, say } = await takenCall(t, 'mid-2', { Supported: '100rel' })
    await say('SIP/2.0 183 Session Progress', 'Require: 100rel', '', ANSWER)
    const progress = await phone.answer()
    wire.close()
    t.equal((await phone.answer()).status, 503)
    const headers = { RAck: `${progress.headers.get('RSeq')} 1 INVITE` }
    phone.askIn(progress, 'PRACK', 2, { headers })
    t.equal((await phone.answer()).status, 481)
  })

  await t.test('an answer that is not acknowledged yet', async t => {
    const { rig, wire, phone, say } = await takenCall(t, 'mid-3')
    await say('SIP/2.0 200 OK', '', ANSWER)
    const ok = await phone.answer()
    wire.close()
    await until(() => rig.engine.status().calls === 1 && !rig.engine.status().ready)
    phone.askIn(ok, 'ACK', 1)
    t.equal((await phone.request()).method, 'BYE', 'never before the ACK (RFC 3261 §15)')
  })

  await t.test('a change of the session by the caller', async t => {
    const { wire, phone, ok } = await callUp(t, 'mid-4')
    phone.askIn(ok, 'INVITE', 2, { body: sdp(6002) })
    await wire.next()
    wire.close()
    t.equal((await phone.answer()).status, 481)
    t.equal((await phone.request()).method, 'BYE')
  })

  await t.test('a change of the session by itself', async t => {
    const { wire, phone, dialogId } = await callUp(t, 'mid-5')
    await wire.ask(`m|sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${ANSWER}`)
    const invite = await phone.request()
    t.equal(invite.method, 'INVITE')
    wire.close()
    const bye = await phone.request()
    t.equal(bye.method, 'BYE')
    phone.reply(bye, '200 OK')
    phone.reply(invite, '200 OK', { body: OFFER })
    t.equal(
      (await phone.request()).method,
      'ACK',
      'a 200 that came too late is not repeated for ever',
    )
  })

  await t.test('a request of the caller’s', async t => {
    const { wire, phone, ok } = await callUp(t, 'mid-6')
    phone.askIn(ok, 'INFO', 2)
    await wire.next()
    wire.close()
    t.equal((await phone.answer()).status, 481)
    t.equal((await phone.request()).method, 'BYE')
  })

  await t.test('a BYE of the caller’s', async t => {
    const { rig, wire, phone, ok } = await callUp(t, 'mid-7')
    phone.askIn(ok, 'BYE', 2)
    await wire.next()
    wire.close()
    t.equal((await phone.answer()).status, 200, 'the call has ended, as was asked')
    t.equal(rig.engine.status().calls, 0)
  })

  await t.test('a BYE of its own', async t => {
    const { rig, wire, phone, dialogId } = await callUp(t, 'mid-8')
    await wire.ask(`m|sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`)
    const bye = await phone.request()
    wire.close()
    phone.reply(bye, '200 OK')
    await until(() => !rig.engine.status().ready)
    t.equal(rig.engine.status().calls, 0)
  })

  await t.test('a message outside any call', async t => {
    const { wire, phone } = await takenCall(t, 'mid-9')
    phone.ask('MESSAGE', 'mid-message')
    await wire.next()
    wire.close()
    const statuses = [await phone.answer(), await phone.answer()].map(({ status }) => status)
    t.strictSame(statuses, [503, 503], 'the call that waited, and the message')
  })

  await t.test('a call that it had proxied, which goes on', async t => {
    const { rig, wire, phone, id } = await takenCall(t, 'mid-10')
    const target = await rig.phone()
    wire.send(`m|proxy|${id}||fullResponse||serial|||${target.uri}\r\n`)
    const invite = await target.request()
    wire.close()
    target.reply(invite, '200 OK', { body: ANSWER })
    t.equal((await phone.answer()).status, 200)
  })
})

t.test('an engine that closes hangs up, and tells the application', async t => {
  const rig = await openRig(t)
  const srf = await rig.application({
    invite: async (req, res) => {
      const dialog = await srf.createUAS(req, res, { localSdp: ANSWER })
      dialog.on('destroy', (_, reason) => srf.emit('told', reason))
    },
  })
  const phone = await rig.phone()
  phone.ask('INVITE', 'own-7', { body: OFFER })
  const ok = await phone.answer()
  phone.askIn(ok, 'ACK', 1)
  phone.askIn(ok, 'INFO', 2)
  t.equal((await phone.answer()).status, 200, 'the call is up')
  const told = once(srf, 'told')
  const closed = rig.engine.close()
  const bye = await phone.request()
  t.equal(bye.headers.get('Reason'), 'SIP;cause=503;text="system shutdown"')
  phone.ask('INVITE', 'own-8', { body: OFFER })
  t.equal((await phone.answer()).status, 503, 'no new call meanwhile')
  phone.reply(bye, '200 OK')
  t.strictSame(await told, ['system shutdown'])
  await closed
  await rig.engine.close()
})
