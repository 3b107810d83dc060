import { once } from 'node:events'
import t from 'tap'
import { NO_BODY } from '../../../../engines/signalling/sip/message.js'
import type {
  AppDialog,
  Application,
  AppRequest,
  AppResponse,
} from '../../../support/drachtio-application.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig, SHORT_TIMERS } from '../../../support/signalling-rig.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

/** Waits for the next request of a handler, as a pair. */
function requests() {
  const waiting: ((pair: [AppRequest, AppResponse]) => void)[] = []
  const came: [AppRequest, AppResponse][] = []
  return {
    handler: (req: AppRequest, res: AppResponse) => {
      const next = waiting.shift()
      if (next) next([req, res])
      else came.push([req, res])
    },
    next: () =>
      new Promise<[AppRequest, AppResponse]>(resolve => {
        const pair = came.shift()
        if (pair) resolve(pair)
        else waiting.push(resolve)
      }),
  }
}

/** Resolves when the engine has acknowledged an answer; rejects with its reason when it would not. */
const sent = (res: AppResponse, status: number, options = {}) =>
  new Promise<AppResponse>((resolve, reject) => {
    res.send(status, options, (error, response) => {
      if (error) reject(error instanceof Error ? error : new Error(`${error}`))
      else resolve(response)
    })
  })

t.test('a call is answered, spoken in, and ended by the caller', async t => {
  const rig = await openRig(t)
  const invites = requests()
  const srf = await rig.application({ invite: invites.handler })
  const phone = await rig.phone()

  phone.ask('INVITE', 'uas-1', { body: OFFER })
  t.equal((await phone.response()).status, 100, 'the engine says so itself, at once')
  const [req, res] = await invites.next()
  t.equal(req.body, OFFER)
  t.equal(req.receivedOn, `127.0.0.1:${rig.sipPort}`)
  t.equal(req.source_address, '127.0.0.1')
  t.equal(req.source_port, phone.port)
  t.equal(req.protocol, 'udp')
  t.match(req.get('Via'), `rport=${phone.port}`, 'RFC 3581: filled in before anyone sees it')

  const dialog = await srf.createUAS(req, res, { localSdp: ANSWER })
  const acknowledged = once(dialog, 'ack')
  const ok = await phone.answer()
  t.equal(ok.status, 200)
  t.equal(ok.body.toString(), ANSWER)
  t.equal(ok.headers.get('Content-Type'), 'application/sdp', 'known by its first line')
  t.match(ok.headers.get('Contact'), `127.0.0.1:${rig.sipPort}`)
  t.equal(dialog.id, 'uas-1;from-tag=from-uas-1', 'applications build the same text')

  phone.askIn(ok, 'ACK', 1)
  const [ack] = await acknowledged
  t.equal(ack.stackTxnId, req.stackTxnId, 'the ACK comes under the id of the INVITE')
  t.equal(ack.protocol, '', 'as the reference server has it')

  dialog.on('info', (info: AppRequest, answer: AppResponse) => {
    answer.send(200, { headers: { 'X-Got': info.body } })
  })
  phone.askIn(ok, 'INFO', 2, {
    headers: { 'Content-Type': 'text/plain' },
    body: 'fünf',
  })
  t.equal((await phone.answer()).headers.get('X-Got'), 'fünf')

  const destroyed = once(dialog, 'destroy')
  phone.askIn(ok, 'BYE', 3)
  t.equal((await phone.answer()).status, 200)
  const [, reason] = await destroyed
  t.equal(reason, 'normal release')
})

t.test('a call is ended by the application', async t => {
  const rig = await openRig(t)
  const { srf, phone, dialog } = await answeredCall(rig, 'uas-2')
  const ended = dialog.destroy({ headers: { 'X-Reason': 'done' } })
  const bye = await phone.request()
  t.equal(bye.method, 'BYE')
  t.equal(bye.uri, phone.uri, 'the caller’s Contact in place of the placeholder')
  t.equal(bye.headers.get('X-Reason'), 'done')
  phone.reply(bye, '200 OK')
  t.equal((await ended).method, 'BYE')

  const gone = await srf
    .request('sip:placeholder', { method: 'INFO', ...{ stackDialogId: dialog.id } })
    .catch((error: unknown) => error)
  t.match(gone, { code: 'ENODIALOG' }, 'drachtio-srf knows a dialog that is gone by our words')
})

/** A call that is up: the caller has sent its ACK. */
async function answeredCall(rig: Awaited<ReturnType<typeof openRig>>, callId: string) {
  const invites = requests()
  const srf: Application = await rig.application({ invite: invites.handler })
  const phone = await rig.phone()
  phone.ask('INVITE', callId, { body: OFFER })
  const [req, res] = await invites.next()
  const dialog: AppDialog = await srf.createUAS(req, res, { localSdp: ANSWER })
  const acknowledged = once(dialog, 'ack')
  const ok = await phone.answer()
  phone.askIn(ok, 'ACK', 1)
  await acknowledged
  return { srf, phone, dialog, ok, invites }
}

t.test('a re-INVITE is answered by the application, and its ACK has an id of its own', async t => {
  const rig = await openRig(t)
  const { phone, dialog, ok } = await answeredCall(rig, 'uas-3')
  const held = sdp(6000, 'sendonly')
  dialog.on('modify', (_, res: AppResponse) => res.send(200, { body: sdp(7000, 'recvonly') }))
  phone.askIn(ok, 'INVITE', 2, { body: held })
  const answer = await phone.answer()
  t.equal(answer.status, 200)
  t.equal(answer.body.toString(), sdp(7000, 'recvonly'))
  t.equal(dialog.remote.sdp, held)
  const acknowledged = once(dialog, 'ack')
  phone.askIn(answer, 'ACK', 2)
  const [ack] = await acknowledged
  t.match(ack.stackTxnId, /^[0-9a-f-]{36}$/)
})

t.test('the application re-INVITEs', async t => {
  const rig = await openRig(t)
  const { phone, dialog } = await answeredCall(rig, 'uas-4')
  const modified = dialog.modify(sdp(7002))
  const reInvite = await phone.request()
  t.equal(reInvite.method, 'INVITE')
  t.equal(reInvite.body.toString(), sdp(7002))
  phone.reply(reInvite, '200 OK', { body: sdp(6002) })
  t.equal((await phone.request()).method, 'ACK')
  t.equal(await modified, sdp(6002))
})

t.test('a refusal goes out with the headers the application gave it', async t => {
  const rig = await openRig(t)
  await rig.application({ invite: (_, res) => res.send(486, { headers: { 'x-why': 'busy' } }) })
  const phone = await rig.phone()
  phone.ask('INVITE', 'uas-5', { body: OFFER })
  const busy = await phone.answer()
  t.equal(busy.status, 486)
  t.equal(busy.reason, 'Busy Here')
  t.equal(busy.headers.get('X-Why'), 'busy')
  t.match(busy.headers.get('To'), /;tag=\w+/)
})

t.test(
  'a caller who gives up is told to the application, which may not answer any more',
  async t => {
    const rig = await openRig(t)
    const invites = requests()
    await rig.application({ invite: invites.handler })
    // biome-ignore format: table
    for (const [callId, ringing, because] of [
    ['uas-6', false, 'before any answer: the CANCEL comes outside a dialog'],
    ['uas-7', true,  'while it rings: inside the early one'],
  ] as const) {
    const phone = await rig.phone()
    phone.ask('INVITE', callId, { body: OFFER })
    const [req, res] = await invites.next()
    if (ringing) await sent(res, 180)
    if (ringing) t.equal((await phone.answer()).status, 180)
    const cancelled = once(req, 'cancel')
    phone.cancel(callId)
    await cancelled
    const both = [await phone.answer(), await phone.answer()]
    t.strictSame(
      both.map(({ status, headers }) => `${status} ${headers.get('CSeq')}`).sort(),
      ['200 1 CANCEL', '487 1 INVITE'],
      because,
    )
    await t.rejects(
      sent(res, 200, { body: ANSWER }),
      { message: 'Response not sent due to unknown transaction' },
      'the engine has answered it',
    )
  }
  },
)

t.test('a 200 that is never acknowledged ends the call with a word for why', async t => {
  const rig = await openRig(t, { timers: SHORT_TIMERS })
  const invites = requests()
  const srf = await rig.application({ invite: invites.handler })
  const phone = await rig.phone()
  phone.ask('INVITE', 'uas-8', { body: OFFER })
  const [req, res] = await invites.next()
  const dialog = await srf.createUAS(req, res, { localSdp: ANSWER })
  const [bye, reason] = await once(dialog, 'destroy')
  t.equal(reason, 'ACK timeout')
  t.equal(bye.source, 'application')
  t.equal((await phone.answer()).status, 200)
  t.equal((await phone.request()).headers.get('Reason'), 'SIP;cause=200;text="ACK timeout"')
  await t.rejects(
    sent(res, 486),
    { message: 'Response#send: final response already sent' },
    'drachtio-srf itself knows better',
  )
})

t.test('requests outside calls are answered by whoever takes their method', async t => {
  const rig = await openRig(t)
  const answer = (req: AppRequest, res: AppResponse) =>
    res.send(200, { headers: { 'x-got': req.method, contact: 'sip:svc@localhost' } })
  await rig.application({
    options: answer,
    message: answer,
    info: answer,
    register: (_, res) =>
      res.send(401, { headers: { 'www-authenticate': 'Digest realm="r", nonce="n"' } }),
  })
  const phone = await rig.phone()
  for (const method of ['OPTIONS', 'MESSAGE', 'INFO']) {
    phone.ask(method, `uas-9-${method}`)
    const ok = await phone.answer()
    t.equal(ok.status, 200, method)
    t.equal(ok.headers.get('X-Got'), method)
    t.equal(ok.headers.get('Contact'), `sip:svc@127.0.0.1:${rig.sipPort}`, 'localhost replaced')
  }
  phone.ask('REGISTER', 'uas-9-REGISTER')
  const challenge = await phone.answer()
  t.equal(challenge.status, 401)
  t.ok(
    [...challenge.headers].some(([name]) => name === 'WWW-Authenticate'),
    'spelled as its RFC has it, whatever the application wrote',
  )
  phone.ask('SUBSCRIBE', 'uas-9-SUBSCRIBE')
  t.equal((await phone.answer()).status, 503, 'nobody takes it')
})

t.test('a provisional answer with 100rel waits for its PRACK', async t => {
  const rig = await openRig(t)
  const invites = requests()
  await rig.application({ invite: invites.handler, prack: (_, res) => res.send(200) })
  const phone = await rig.phone()
  const reliable = { headers: { require: '100rel' }, body: ANSWER }

  phone.ask('INVITE', 'uas-10', { headers: { Supported: '100rel' }, body: OFFER })
  const [, res] = await invites.next()
  const pracked = new Promise<AppRequest>(resolve => {
    res.send(183, reliable, undefined, req => resolve(req))
  })
  const progress = await phone.answer()
  t.equal(progress.status, 183)
  const rseq = progress.headers.get('RSeq') ?? ''
  t.match(rseq, /^\d+$/)
  phone.askIn(progress, 'PRACK', 2, { headers: { RAck: `${rseq} 1 INVITE` } })
  t.equal((await pracked).method, 'PRACK')
  t.equal((await phone.answer()).headers.get('CSeq'), '2 PRACK')
  t.equal((await sent(res, 200, { body: ANSWER })).status, 200)

  phone.ask('INVITE', 'uas-11', { body: OFFER })
  const [, without] = await invites.next()
  await t.rejects(sent(without, 183, reliable), {
    message: 'Remote endpoint does not support 100rel',
  })
  t.equal((await sent(without, 486)).status, 486, 'it can still be answered')
})

t.test('what an application may not say is left out, and what is wrong is refused', async t => {
  const rig = await openRig(t)
  const wire = await rig.wire('invite')
  const phone = await rig.phone()
  const offer = async (callId: string) => {
    phone.ask('INVITE', callId, { body: OFFER })
    const [, , , , , , , , transactionId] = (await wire.next())?.split('\r\n')[0]?.split('|') ?? []
    return transactionId ?? ''
  }
  const answer = (id: string, ...lines: string[]) =>
    wire.ask(`m|sip|${id}|\r\n${lines.join('\r\n')}\r\n\r\n`)

  const id = await offer('uas-12')
  // biome-ignore format: table
  for (const [reply, lines] of [
    ['Response not sent due to unknown transaction', ['SIP/2.0 200 OK', 'CSeq: 1 INVITE']],
    ['200 OK to incoming CANCEL is automatically generated by the stack',
                                                     ['SIP/2.0 200 OK', 'CSeq: 1 CANCEL']],
  ] as const) {
    t.equal(await answer('no-such-id', ...lines), `response|m|NOK|${reply}`)
  }
  t.equal(
    await answer(id, 'SIP/2.0 200 OK', 'no header at all'),
    'response|m|NOK|Unknown server error sending response',
  )
  t.equal(
    await wire.ask(`m|sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\nhello`),
    'response|m|NOK|missing content-type',
  )

  const acknowledgement = await answer(
    id,
    ...['SIP/2.0 183 Session Progress', 'via: SIP/2.0/UDP 1.2.3.4:5060;branch=z9hG4bKevil'],
    ...['record-route: <sip:1.2.3.4;lr>', 'rseq: 7', 'content-length: 4711', 'x-kept: yes'],
    ...[`to: <sip:1400@127.0.0.1:${rig.sipPort}>;tag=mine`],
  )
  const [leader = '', ...message] = acknowledgement?.split('\r\n') ?? []
  t.match(
    leader,
    new RegExp(
      String.raw`^response\|m\|OK\|application\|\d+\|udp\|127\.0\.0\.1\|${phone.port}\|` +
        String.raw`03:04:05\.678000\|${id}\|uas-12;from-tag=from-uas-12\|\|Msg sent:\|$`,
    ),
    'every field in its place',
  )
  const progress = await phone.answer()
  t.equal(progress.headers.count('Via'), 1)
  t.notOk(progress.headers.has('Record-Route'))
  t.notOk(progress.headers.has('RSeq'))
  t.strictSame(progress.body, NO_BODY)
  t.equal(progress.headers.get('X-Kept'), 'yes')
  t.match(progress.headers.get('To'), /;tag=mine$/, 'the tag that the application chose')
  t.equal(message[0], 'SIP/2.0 183 Session Progress', 'shown as it went')
})

t.test('a body is as long as it is, whatever length the application counted', async t => {
  const rig = await openRig(t)
  const body = `${ANSWER}s=電話カード\r\n`
  await rig.application({ invite: (_, res) => res.send(200, { body }) })
  const phone = await rig.phone()
  phone.ask('INVITE', 'uas-13', { body: OFFER })
  const ok = await phone.answer()
  t.equal(ok.body.toString(), body)
  t.equal(ok.headers.get('Content-Length'), `${Buffer.byteLength(body)}`)
})
