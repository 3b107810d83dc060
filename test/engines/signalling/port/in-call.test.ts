import { once } from 'node:events'
import t from 'tap'
import type { AppDialog, AppRequest, AppResponse } from '../../../support/drachtio-application.js'
import { Queue } from '../../../support/queue.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig } from '../../../support/signalling-rig.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

// biome-ignore format: table
const IN_CALLS = [
  ['INFO',    { 'Content-Type': 'application/dtmf-relay' },                        'Signal=5', 200, 'RFC 6086'],
  ['MESSAGE', { 'Content-Type': 'text/plain' },                                    'はい',     200, 'RFC 3428'],
  ['OPTIONS', {},                                                                  '',         200, 'RFC 3261 §11.2'],
  ['UPDATE',  { 'Content-Type': 'application/sdp' },                               OFFER,      200, 'RFC 3311'],
  ['REFER',   { 'Refer-To': '<sip:c@127.0.0.1>' },                                 '',         202, 'RFC 3515'],
  ['NOTIFY',  { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource' }, '',    200, 'RFC 6665'],
  ['PUBLISH', { Event: 'presence' },                                               '',         200, 'RFC 3903'],
] as const

t.test('each request inside a call reaches its dialog, and is answered there', async t => {
  const rig = await openRig(t)
  const dialogs = new Queue<AppDialog>()
  const srf = await rig.application({
    invite: (req, res) => {
      srf.createUAS(req, res, { localSdp: ANSWER }).then(dialog => dialogs.push(dialog))
    },
  })
  const phone = await rig.phone()
  phone.ask('INVITE', 'in-1', { body: OFFER })
  const ok = await phone.answer()
  phone.askIn(ok, 'ACK', 1)
  const dialog = await dialogs.next()

  let cseq = 2
  for (const [method, headers, body, status, because] of IN_CALLS) {
    phone.askIn(ok, method, cseq++, { headers, body })
    const unheard = await phone.answer()
    t.equal(unheard.status, 200, `${method}, ${because}: answered by drachtio-srf itself`)
    const told = once(dialog, method.toLowerCase())
    phone.askIn(ok, method, cseq++, { headers, body })
    const [req, res] = (await told) as [AppRequest, AppResponse]
    t.equal(req.body, body)
    t.equal(req.stackDialogId, dialog.id)
    res.send(status, { headers: { 'X-By': 'dialog' } })
    const answer = await phone.answer()
    t.strictSame([answer.status, answer.headers.get('X-By')], [status, 'dialog'], method)

    const asked = dialog.request({ method, headers, body })
    const request = await phone.request()
    t.equal(request.method, method)
    t.equal(request.body.toString(), body)
    t.equal(request.uri, phone.uri, 'to where the caller is')
    phone.reply(request, `${status} Fine`)
    t.equal((await asked).status, status, `${method} the other way`)
  }
  t.equal(rig.engine.status().calls, 1, 'none of them began or ended a dialog')
})

t.test('a session is changed before it is answered, by UPDATE (RFC 3311 §5)', async t => {
  const rig = await openRig(t)
  const invites = new Queue<AppResponse>()
  const srf = await rig.application({
    invite: (req, res) => {
      req.on('update', (update: AppRequest, updated: AppResponse) => {
        updated.send(200, { body: update.body.replaceAll('6002', '7002') })
      })
      invites.push(res)
      res.send(183, { headers: { require: '100rel' }, body: ANSWER })
    },
    prack: (_req, res) => res.send(200),
  })
  const caller = await rig.phone()
  caller.ask('INVITE', 'in-2', { headers: { Supported: '100rel' }, body: OFFER })
  const progress = await caller.answer()
  const rack = `${progress.headers.get('RSeq')} 1 INVITE`
  caller.askIn(progress, 'PRACK', 2, { headers: { RAck: rack } })
  t.equal((await caller.answer()).status, 200)
  caller.askIn(progress, 'UPDATE', 3, { body: sdp(6002) })
  const updated = await caller.answer()
  t.match(updated.headers.get('CSeq'), /UPDATE/)
  t.match(updated.body.toString(), /m=audio 7002/, 'by the application that was called')
  const ringing = await invites.next()
  ringing.send(200, { body: ANSWER })
  t.match((await caller.answer()).headers.get('CSeq'), /INVITE/)

  const callee = await rig.phone()
  const calling = srf.createUAC(callee.uri, { localSdp: OFFER, headers: { Supported: '100rel' } })
  const invite = await callee.request()
  callee.reply(invite, '183 Session Progress', {
    headers: { Require: '100rel', RSeq: '1' },
    body: ANSWER,
  })
  callee.reply(await callee.request(), '200 OK')
  callee.askBack(invite, 'UPDATE', 1, { body: sdp(7002) })
  const answered = await callee.answer()
  t.match(answered.headers.get('CSeq'), /UPDATE/)
  t.equal(answered.body.toString(), OFFER, 'by the application that calls')
  callee.reply(invite, '200 OK', { body: ANSWER })
  t.equal((await calling).type, 'uac')
})
