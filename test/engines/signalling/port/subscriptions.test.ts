import { once } from 'node:events'
import t from 'tap'
import type { AppDialog, AppRequest, AppResponse } from '../../../support/drachtio-application.js'
import { HandScheduler } from '../../../support/hand-scheduler.js'
import { Queue } from '../../../support/queue.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig, type Rig } from '../../../support/signalling-rig.js'

const ACTIVE = { Event: 'presence', 'Subscription-State': 'active;expires=600' }
const TERMINATED = { Event: 'presence', 'Subscription-State': 'terminated;reason=timeout' }

/** An application that takes subscriptions, and the dialog of the first. */
async function openNotifier(rig: Rig) {
  let begun: (dialog: AppDialog) => void = () => undefined
  const dialog = new Promise<AppDialog>(resolve => {
    begun = resolve
  })
  const srf = await rig.application({
    subscribe: (req, res) => {
      srf.createUAS(req, res, { localSdp: '', headers: { Expires: '600' } }).then(begun)
    },
  })
  return { dialog, srf }
}

t.test('a phone subscribes to an application (RFC 6665 §4.2)', async t => {
  const rig = await openRig(t)
  const { dialog } = await openNotifier(rig)
  const phone = await rig.phone()
  phone.ask('SUBSCRIBE', 'sub-1', { headers: { Event: 'presence', Expires: '600' } })
  const accepted = await phone.answer()
  t.equal(accepted.status, 202)
  t.ok(accepted.headers.has('Contact'))
  const subscription = await dialog
  t.equal(subscription.id, 'sub-1;from-tag=from-sub-1')
  t.equal(rig.engine.status().calls, 1)

  const notified = subscription.request({ method: 'NOTIFY', headers: ACTIVE })
  const notify = await phone.request()
  t.equal(notify.method, 'NOTIFY')
  t.equal(notify.uri, phone.uri, 'placeholder is the subscriber')
  t.match(notify.headers.get('From'), accepted.headers.get('To') ?? 'a tag')
  t.ok(notify.headers.has('Contact'))
  phone.reply(notify, '200 OK')
  t.equal((await notified).status, 200)

  const renewed = once(subscription, 'subscribe')
  phone.askIn(accepted, 'SUBSCRIBE', 2, { headers: { Event: 'presence', Expires: '300' } })
  const [, res] = (await renewed) as [AppRequest, AppResponse]
  res.send(202)
  t.equal((await phone.answer()).status, 202, 'it is renewed in its dialog')
  const unsubscribed = once(subscription, 'unsubscribe')
  phone.askIn(accepted, 'SUBSCRIBE', 3, { headers: { Event: 'presence', Expires: '0' } })
  await unsubscribed
  t.equal((await phone.answer()).status, 202, 'and ended in it')
  const last = subscription.request({ method: 'NOTIFY', headers: TERMINATED })
  phone.reply(await phone.request(), '200 OK')
  await last
  t.equal(rig.engine.status().calls, 0, 'a terminated subscription leaves nothing behind')
  phone.askIn(accepted, 'SUBSCRIBE', 4, { headers: { Event: 'presence' } })
  t.equal((await phone.answer()).status, 481)
})

t.test('an application subscribes; the first NOTIFY may come before the 2xx', async t => {
  for (const order of ['2xx first', 'NOTIFY first'] as const) {
    await t.test(order, async t => {
      const rig = await openRig(t)
      const phone = await rig.phone()
      // The application learns of its dialog with the 2xx; a NOTIFY before it comes as a new request.
      const early: string[] = []
      const srf = await rig.application({
        notify: (req, res) => {
          early.push(req.get('Event'))
          res.send(200)
        },
      })
      const headers = { Event: 'dialog', Expires: '600' }
      const subscribing = srf.createUAC(phone.uri, { method: 'SUBSCRIBE', headers })
      const subscribe = await phone.request()
      t.match([subscribe.method, subscribe.headers.has('Contact')], ['SUBSCRIBE', true])
      const accept = () => phone.reply(subscribe, '202 Accepted', { headers: { Expires: '600' } })
      const notify = (cseq: number, fields: Record<string, string>) =>
        phone.askBack(subscribe, 'NOTIFY', cseq, { headers: { ...fields, Event: 'dialog' } })
      if (order === 'NOTIFY first') {
        notify(1, ACTIVE)
        t.equal((await phone.answer()).status, 200)
        t.strictSame(early, ['dialog'])
      }
      accept()
      const dialog = await subscribing
      const told = once(dialog, 'notify')
      notify(2, TERMINATED)
      const [, res] = (await told) as [AppRequest, AppResponse]
      res.send(200)
      t.equal((await phone.answer()).status, 200)
      t.equal(rig.engine.status().calls, 0)
    })
  }
})

t.test('a subscription that is refused, forgotten or left by its application is over', async t => {
  const scheduler = new HandScheduler()
  const rig = await openRig(t, { scheduler })
  const phone = await rig.phone()
  const wire = await rig.wire('subscribe')
  wire.send(
    `m|sip||\r\nSUBSCRIBE ${phone.uri} SIP/2.0\r\nEvent: a\r\nExpires: 600\r\nCall-ID: sub-no\r\n\r\n`,
  )
  phone.reply(await phone.request(), '489 Bad Event')
  await wire.next()
  t.match(await wire.next(), /SIP\/2.0 489/)
  t.equal(rig.engine.status().calls, 0, 'refused')

  const accept = async (callId: string) => {
    phone.ask('SUBSCRIBE', callId, { headers: { Event: 'a', Expires: '600' } })
    const id = (await wire.next())?.split('|')[8]
    await wire.ask(`m|sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\n`)
    t.equal((await phone.answer()).status, 200)
  }
  await accept('sub-forgotten')
  t.equal(rig.engine.status().calls, 1)
  scheduler.pass(600_000)
  t.equal(rig.engine.status().calls, 1, 'a renewal may be as late as its request could have been')
  scheduler.pass(32_000)
  t.equal(rig.engine.status().calls, 0, 'nobody renewed it')

  await accept('sub-lost')
  wire.close()
  const notify = await phone.request()
  t.equal(notify.method, 'NOTIFY', 'no subscriber waits for an application that is gone')
  t.match(notify.headers.get('Subscription-State'), /^terminated/)
})

t.test('a call is transferred by REFER, and its NOTIFYs come in the call', async t => {
  const rig = await openRig(t)
  const phone = await rig.phone()
  const srf = await rig.application()
  const calling = srf.createUAC(phone.uri, { localSdp: sdp(6000) })
  const invite = await phone.request()
  phone.reply(invite, '200 OK', { body: sdp(7000) })
  const dialog = await calling
  t.equal((await phone.request()).method, 'ACK')
  const referring = dialog.request({
    method: 'REFER',
    headers: { 'Refer-To': '<sip:c@127.0.0.1>' },
  })
  const refer = await phone.request()
  t.equal(refer.headers.get('Refer-To'), '<sip:c@127.0.0.1>')
  phone.reply(refer, '202 Accepted')
  t.equal((await referring).status, 202)
  const told = once(dialog, 'notify')
  const headers = { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource' }
  phone.askBack(invite, 'NOTIFY', 1, { headers })
  const [, res] = (await told) as [AppRequest, AppResponse]
  res.send(200)
  t.equal((await phone.answer()).status, 200)
  t.equal(rig.engine.status().calls, 1, 'the call is not the subscription’s')
})

/** What an application asks for in a REFER outside any call. */
const REFER = { 'Refer-To': '<sip:c@127.0.0.1>' }
const SIPFRAG = { 'Content-Type': 'message/sipfrag;version=2.0' }
const TRYING = { Event: 'refer', 'Subscription-State': 'active;expires=60', ...SIPFRAG }
const DONE = { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource', ...SIPFRAG }

t.test('an application refers somebody outside any call (RFC 3515 §2.4.4)', async t => {
  for (const order of ['2xx first', 'NOTIFY first'] as const) {
    await t.test(order, async t => {
      const rig = await openRig(t)
      const phone = await rig.phone()
      const told: string[][] = []
      const srf = await rig.application({
        notify: (req, res) => {
          told.push([req.stackDialogId, req.body])
          res.send(200)
        },
      })
      const referring = srf.request(phone.uri, { method: 'REFER', headers: REFER })
      const refer = await phone.request()
      t.ok(refer.headers.has('Contact'), 'where the NOTIFYs go')
      const answered = referring.then(asked => once(asked, 'response'))
      const notify = (cseq: number, headers: Record<string, string>, body: string) =>
        phone.askBack(refer, 'NOTIFY', cseq, { headers, body })
      if (order === 'NOTIFY first') {
        notify(1, TRYING, 'SIP/2.0 100 Trying')
        t.equal((await phone.answer()).status, 200)
      }
      phone.reply(refer, '202 Accepted')
      const [{ status }] = (await answered) as [AppResponse]
      t.equal(status, 202, 'who awaits the promise of the request hears it')
      t.equal(rig.engine.status().calls, 1)
      notify(2, DONE, 'SIP/2.0 200 OK')
      t.equal((await phone.answer()).status, 200)
      const { headers } = refer
      const tag = /tag=(.*)/.exec(headers.get('From') ?? '')?.[1]
      t.strictSame(told.at(-1), [`${headers.get('Call-ID')};from-tag=${tag}`, 'SIP/2.0 200 OK'])
      t.equal(rig.engine.status().calls, 0)
      notify(3, DONE, 'SIP/2.0 200 OK')
      t.equal((await phone.answer()).status, 481, 'the subscription is over')
    })
  }
})

t.test('a phone refers an application outside any call', async t => {
  const rig = await openRig(t)
  const referred = new Queue<AppDialog>()
  const srf = await rig.application({
    refer: (req, res) => {
      srf.createUAS(req, res, { localSdp: '' }).then(dialog => referred.push(dialog))
    },
  })
  const phone = await rig.phone()
  phone.ask('REFER', 'refer-1', { headers: REFER })
  const accepted = await phone.answer()
  t.equal(accepted.status, 202)
  t.ok(accepted.headers.has('Contact'))
  const dialog = await referred.next()
  const notified = dialog.request({ method: 'NOTIFY', headers: DONE, body: 'SIP/2.0 200 OK' })
  const notify = await phone.request()
  t.match(notify.headers.get('From'), accepted.headers.get('To') ?? 'a tag')
  phone.reply(notify, '200 OK')
  t.equal((await notified).status, 200)
  t.equal(rig.engine.status().calls, 0, 'and is over with the last word of it')

  phone.ask('REFER', 'refer-2', { headers: REFER })
  t.equal((await phone.answer()).status, 202)
  await referred.next()
  srf.disconnect()
  const last = await phone.request()
  t.match(last.headers.get('Subscription-State'), /^terminated/, 'its application is lost')
  t.match(last.body.toString(), /^SIP\/2\.0 503 /)
})

t.test('a reference without a subscription leaves no dialog (RFC 4488 §4)', async t => {
  const rig = await openRig(t)
  const phone = await rig.phone()
  const without = { ...REFER, 'Refer-Sub': 'false' }
  const srf = await rig.application({ refer: (_req, res) => res.send(200, { headers: without }) })
  phone.ask('REFER', 'refer-3', { headers: without })
  t.equal((await phone.answer()).status, 200)
  t.equal(rig.engine.status().calls, 0, 'as notifier')
  // biome-ignore format: table
  for (const [status, headers, because] of [
    ['200 OK',       without, 'none was made'],
    ['603 Decline',  {},      'nobody is referred'],
  ] as const) {
    const asked = await srf.request(phone.uri, { method: 'REFER', headers: without })
    const answered = once(asked, 'response')
    phone.reply(await phone.request(), status, { headers })
    await answered
    t.equal(rig.engine.status().calls, 0, because)
  }
})

t.test('how long a subscription lasts is what its NOTIFY says last (RFC 6665 §4.1.3)', async t => {
  const scheduler = new HandScheduler()
  const rig = await openRig(t, { scheduler })
  const phone = await rig.phone()
  const wire = await rig.wire('notify')
  wire.send(`m|sip||\r\nREFER ${phone.uri} SIP/2.0\r\nRefer-To: <sip:c@d>\r\n\r\n`)
  const refer = await phone.request()
  phone.reply(refer, '202 Accepted')
  phone.askBack(refer, 'NOTIFY', 1, { headers: TRYING, body: 'SIP/2.0 100 Trying' })
  let notify = ''
  while (!/^NOTIFY/m.test(notify)) notify = (await wire.next()) ?? 'NOTIFY never came'
  await wire.ask(`m|sip|${notify.split('|')[8]}|\r\nSIP/2.0 200 OK\r\n\r\n`)
  t.equal((await phone.answer()).status, 200)
  scheduler.pass(60_000)
  t.equal(rig.engine.status().calls, 1, 'a renewal may be as late as its request could have been')
  scheduler.pass(32_000)
  t.equal(rig.engine.status().calls, 0, 'a REFER itself says no time; an hour it is not')
})

t.test(
  'a reliable provisional answer gets one PRACK, however often it comes (RFC 3262 §4)',
  async t => {
    const rig = await openRig(t)
    const phone = await rig.phone()
    const srf = await rig.application()
    const provisionals: number[] = []
    const calling = srf.createUAC(
      phone.uri,
      { localSdp: sdp(6000), headers: { Supported: '100rel' } },
      { cbProvisional: res => provisionals.push(res.status) },
    )
    const invite = await phone.request()
    const ring = (rseq: number, status = '180 Ringing') =>
      phone.reply(invite, status, { headers: { Require: '100rel', RSeq: `${rseq}` } })
    ring(7)
    const prack = await phone.request()
    t.equal(prack.method, 'PRACK')
    const number = Number.parseInt(invite.headers.get('CSeq') ?? '', 10)
    t.equal(prack.headers.get('RAck'), `7 ${number} INVITE`)
    ring(7)
    ring(9)
    phone.reply(prack, '200 OK')
    ring(8, '183 Session Progress')
    const next = await phone.request()
    t.equal(
      next.headers.get('RAck'),
      `8 ${number} INVITE`,
      'neither the copy nor the one too early',
    )
    phone.reply(next, '200 OK')
    phone.reply(invite, '200 OK', { body: sdp(7000) })
    await calling
    t.strictSame(provisionals, [180, 183])
    t.equal((await phone.request()).method, 'ACK')
  },
)
