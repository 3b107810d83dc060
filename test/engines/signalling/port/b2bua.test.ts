import { once } from 'node:events'
import t from 'tap'
import type { AppDialog, AppRequest, AppResponse } from '../../../support/drachtio-application.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig, type Rig } from '../../../support/signalling-rig.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

/** A caller and a callee, and between them an application that joins two legs. */
async function openBridge(rig: Rig) {
  const caller = await rig.phone()
  const callee = await rig.phone()
  let joined: (dialogs: { uas: AppDialog; uac: AppDialog }) => void = () => undefined
  const dialogs = new Promise<{ uas: AppDialog; uac: AppDialog }>(resolve => {
    joined = resolve
  })
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<unknown>(resolve => {
    fail = resolve
  })
  const srf = await rig.application({
    invite: (req, res) => {
      srf
        .createB2BUA(req, res, callee.uri, {
          proxyRequestHeaders: ['X-Kept'],
          proxyResponseHeaders: ['X-Kept'],
        })
        .then(joined)
        .catch(fail)
    },
  })
  return { caller, callee, dialogs, failed }
}

/** What any test's `t` can do. */
type Asserts = Pick<typeof t, 'equal'>

/** A bridge over which a call is up. */
async function joinedCall(t: Asserts, rig: Rig, callId: string) {
  const bridge = await openBridge(rig)
  const { caller, callee, dialogs } = bridge
  caller.ask('INVITE', callId, { headers: { 'X-Kept': 'a' }, body: OFFER })
  const invite = await callee.request()
  callee.reply(invite, '200 OK', { headers: { 'X-Kept': 'b' }, body: ANSWER })
  const ok = await caller.answer()
  caller.askIn(ok, 'ACK', 1)
  t.equal((await callee.request()).method, 'ACK')
  return { ...bridge, invite, ok, legs: await dialogs }
}

t.test('a call is joined with the session descriptions passed through', async t => {
  const rig = await openRig(t)
  const { caller, callee, dialogs } = await openBridge(rig)
  caller.ask('INVITE', 'b2b-1', { headers: { 'X-Kept': 'a', 'X-Own': 'x' }, body: OFFER })
  const invite = await callee.request()
  t.equal(invite.body.toString(), OFFER)
  t.equal(invite.headers.get('X-Kept'), 'a')
  t.notOk(invite.headers.has('X-Own'), 'the second leg is built afresh')
  t.not(invite.headers.get('Call-ID'), 'b2b-1')

  callee.reply(invite, '183 Session Progress', { body: ANSWER })
  const progress = await caller.answer()
  t.equal(progress.status, 183)
  t.equal(progress.body.toString(), ANSWER, 'early media passes')
  callee.reply(invite, '200 OK', { headers: { 'X-Kept': 'b' }, body: ANSWER })
  const ok = await caller.answer()
  t.equal(ok.status, 200)
  t.equal(ok.headers.get('X-Kept'), 'b')
  t.equal(ok.body.toString(), ANSWER)
  t.equal(ok.headers.get('To'), progress.headers.get('To'), 'one dialog, one tag')
  caller.askIn(ok, 'ACK', 1)
  t.equal((await callee.request()).method, 'ACK')
  const { uas, uac } = await dialogs
  t.equal(uas.type, 'uas')
  t.equal(uac.type, 'uac')
})

t.test('a caller who gives up is given up towards the callee too', async t => {
  const rig = await openRig(t)
  const { caller, callee, failed } = await openBridge(rig)
  caller.ask('INVITE', 'b2b-2', { body: OFFER })
  const invite = await callee.request()
  callee.reply(invite, '180 Ringing')
  t.equal((await caller.answer()).status, 180)
  caller.cancel('b2b-2')
  const cancel = await callee.request()
  t.equal(cancel.method, 'CANCEL')
  callee.reply(cancel, '200 OK')
  callee.reply(invite, '487 Request Terminated')
  t.equal((await callee.request()).method, 'ACK')
  const both = [await caller.answer(), await caller.answer()]
  t.strictSame(both.map(({ status }) => status).sort(), [200, 487])
  t.match(await failed, { status: 487 })
})

t.test('a callee’s refusal is the caller’s', async t => {
  const rig = await openRig(t)
  const { caller, callee } = await openBridge(rig)
  caller.ask('INVITE', 'b2b-3', { body: OFFER })
  callee.reply(await callee.request(), '480 Temporarily Unavailable', {
    headers: { 'X-Kept': 'why' },
  })
  const refused = await caller.answer()
  t.equal(refused.status, 480)
  t.equal(refused.headers.get('X-Kept'), 'why')
})

t.test('keys and changes of the session pass in both directions', async t => {
  const rig = await openRig(t)
  const { caller, callee, invite, ok, legs } = await joinedCall(t, rig, 'b2b-4')
  for (const [from, to] of [
    [legs.uas, legs.uac],
    [legs.uac, legs.uas],
  ] as const) {
    from.on('info', (req: AppRequest, res: AppResponse) => {
      const headers = { 'Content-Type': req.get('Content-Type') }
      to.request({ method: 'INFO', headers, body: req.body }).then(({ status }) => res.send(status))
    })
    from.on('modify', (req: AppRequest, res: AppResponse) => {
      to.modify(req.body).then(body => res.send(200, { body }))
    })
  }

  const keys = {
    headers: { 'Content-Type': 'application/dtmf-relay' },
    body: 'Signal=5\r\nDuration=100\r\n',
  }
  caller.askIn(ok, 'INFO', 2, keys)
  const relayed = await callee.request()
  t.equal(relayed.method, 'INFO')
  t.equal(relayed.body.toString(), keys.body)
  t.equal(relayed.headers.get('Content-Type'), 'application/dtmf-relay')
  callee.reply(relayed, '200 OK')
  t.equal((await caller.answer()).status, 200)

  callee.askBack(invite, 'INFO', 1, keys)
  const back = await caller.request()
  t.equal(back.method, 'INFO')
  caller.reply(back, '481 Call/Transaction Does Not Exist')
  t.equal((await callee.answer()).status, 481, 'the other side’s answer, whatever it is')

  caller.askIn(ok, 'INVITE', 3, { body: sdp(6000, 'sendonly') })
  const hold = await callee.request()
  t.equal(hold.body.toString(), sdp(6000, 'sendonly'))
  callee.reply(hold, '200 OK', { body: sdp(7000, 'recvonly') })
  t.equal((await callee.request()).method, 'ACK')
  const held = await caller.answer()
  t.equal(held.body.toString(), sdp(7000, 'recvonly'))
  caller.askIn(held, 'ACK', 3)

  callee.askBack(invite, 'INVITE', 2, { body: sdp(7002) })
  const moved = await caller.request()
  t.equal(moved.body.toString(), sdp(7002))
  caller.reply(moved, '200 OK', { body: sdp(6002) })
  t.equal((await caller.request()).method, 'ACK')
  t.equal((await callee.answer()).body.toString(), sdp(6002))
  callee.askBack(invite, 'ACK', 2)
})

t.test('whoever hangs up, the other side is released', async t => {
  const rig = await openRig(t)
  const release = async ({ uas, uac }: { uas: AppDialog; uac: AppDialog }) => {
    uas.on('destroy', () => uac.destroy())
    uac.on('destroy', () => uas.destroy())
  }

  const first = await joinedCall(t, rig, 'b2b-5')
  release(first.legs)
  first.caller.askIn(first.ok, 'BYE', 2)
  t.equal((await first.caller.answer()).status, 200)
  t.equal((await first.callee.request()).method, 'BYE')

  const second = await joinedCall(t, rig, 'b2b-6')
  release(second.legs)
  const destroyed = once(second.legs.uac, 'destroy')
  second.callee.askBack(second.invite, 'BYE', 1)
  t.equal((await second.callee.answer()).status, 200)
  await destroyed
  t.equal((await second.caller.request()).method, 'BYE')
})
