import t from 'tap'
import { bestOf } from '../../../../engines/signalling/proxy/best-response.js'
import { Headers } from '../../../../engines/signalling/sip/headers.js'
import { NO_BODY, type SipResponse } from '../../../../engines/signalling/sip/message.js'
import type { ProxyOptions, ProxyResults } from '../../../support/drachtio-application.js'
import type { RawPhone } from '../../../support/raw-phone.js'
import { openRig, type Rig, SHORT_TIMERS } from '../../../support/signalling-rig.js'

/** A caller, targets, and between them an application that proxies every INVITE to them. */
async function openProxy(rig: Rig, targets: number, options: Partial<ProxyOptions> = {}) {
  const caller = await rig.phone()
  const callees: RawPhone[] = []
  for (let made = 0; made < targets; made++) callees.push(await rig.phone())
  let over: (results: ProxyResults) => void = () => undefined
  let refused: (reason: unknown) => void = () => undefined
  const results = new Promise<ProxyResults>((resolve, reject) => {
    over = resolve
    refused = reject
  })
  results.catch(() => undefined)
  const srf = await rig.application({
    invite: req => {
      const destination = callees.map(({ uri }) => uri)
      req.proxy({ destination, ...options }).then(over, refused)
    },
  })
  const [first, second] = callees
  if (!first) throw new Error('a proxy needs a target')
  return { caller, first, second: second ?? first, results, srf }
}

const top = (value: string | undefined) => value?.split(';')[0]

t.test('a call is proxied to its target, and stays on the route when told to', async t => {
  const rig = await openRig(t)
  const { caller, first, results, srf } = await openProxy(rig, 1, {
    remainInDialog: true,
    headers: { 'X-Added': 'yes' },
  })
  const events: string[] = []
  for (const event of ['attempt', 'start', 'stop']) {
    srf.on(`cdr:${event}`, (source: string, _time: string, detail: unknown) => {
      events.push([event, source, ...(typeof detail === 'string' ? [detail] : [])].join(' '))
    })
  }

  caller.ask('INVITE', 'px-1', { headers: { Supported: 'timer' } })
  const invite = await first.request()
  t.equal(invite.uri, first.uri, 'the request URI is the target')
  t.equal(invite.headers.get('Max-Forwards'), '69')
  t.equal(invite.headers.all('Via').length, 2)
  t.equal(invite.headers.get('Call-ID'), 'px-1', 'it is the same call')
  t.equal(invite.headers.get('X-Added'), 'yes')
  t.match(invite.headers.get('Record-Route'), new RegExp(`^<sip:127.0.0.1:${rig.sipPort};lr`))
  first.reply(invite, '180 Ringing')
  t.equal((await caller.answer()).status, 180, 'what rings is heard')
  const route = invite.headers.get('Record-Route') ?? ''
  first.reply(invite, '200 OK', { headers: { 'Record-Route': route } })
  const ok = await caller.answer()
  t.equal(ok.headers.all('Via').length, 1, 'our Via is taken off')
  const { connected, finalStatus, responses } = await results
  t.strictSame([connected, finalStatus, responses.length], [true, 200, 1])
  t.equal(Number(responses[0]?.port), first.port)

  // RFC 3261 §16.12: what follows comes by the route, and passes without the application.
  caller.askIn(ok, 'ACK', 1, { headers: { Route: route } })
  const ack = await first.request()
  t.equal(ack.method, 'ACK')
  t.notOk(ack.headers.has('Route'), 'our Route has done its work')
  caller.askIn(ok, 'BYE', 2, { headers: { Route: route } })
  const bye = await first.request()
  t.equal(bye.method, 'BYE')
  first.reply(bye, '200 OK')
  t.match((await caller.answer()).headers.get('CSeq'), /BYE/)
  t.strictSame(events, [
    'attempt network',
    'attempt application',
    'start network proxy-uac',
    'start application proxy-uas',
    'stop network normal-release',
    'stop application normal-release',
  ])

  caller.askIn(ok, 'BYE', 3, { headers: { Route: route, 'Call-ID': 'px-other' } })
  t.equal((await caller.answer()).status, 481, 'the route of one call opens no other')
})

t.test('M-05: a call that is proxied waits for no word of its application any more', async t => {
  const rig = await openRig(t, { gate: { waitingMax: 1 } })
  const { caller, first } = await openProxy(rig, 1)
  for (const callId of ['px-gate-1', 'px-gate-2', 'px-gate-3']) {
    caller.ask('INVITE', callId)
    t.equal((await first.request()).headers.get('Call-ID'), callId, 'it is let through')
  }
})

t.test('targets one by one: a refusal leads to the next, and the best goes back', async t => {
  const rig = await openRig(t)
  const { caller, first, second, results } = await openProxy(rig, 2)
  caller.ask('INVITE', 'px-serial')
  const tried = await first.request()
  first.reply(tried, '486 Busy Here')
  t.equal((await first.request()).method, 'ACK', 'the refusal is acknowledged by the engine')
  const next = await second.request()
  t.not(top(next.headers.get('Record-Route')), 'sip', 'without being asked it leaves the route')
  second.reply(next, '404 Not Found')
  t.equal((await caller.answer()).status, 486, 'of two refusals the first of the lowest class')
  caller.ask('ACK', 'px-serial', { headers: { Via: tried.headers.all('Via')[1] ?? '' } })
  const { connected, responses } = await results
  t.equal(connected, false)
  const statuses = responses.flatMap(({ msgs }) => msgs.map(({ status }) => status))
  t.strictSame(statuses, [486, 404], 'the application hears both')
})

t.test('targets all at once: the first to answer has it, the others are withdrawn', async t => {
  const rig = await openRig(t)
  const { caller, first, second } = await openProxy(rig, 2, { forking: 'simultaneous' })
  caller.ask('INVITE', 'px-fork')
  const invites = [await first.request(), await second.request()] as const
  t.equal(invites[0].headers.get('Max-Breadth'), '30', 'the breadth is shared (RFC 5393 §5.3.3)')
  first.reply(invites[0], '180 Ringing')
  t.equal((await caller.answer()).status, 180)
  second.reply(invites[1], '200 OK')
  t.equal((await caller.answer()).status, 200)
  const cancel = await first.request()
  t.equal(cancel.method, 'CANCEL')
  first.reply(cancel, '200 OK')
  first.reply(invites[0], '487 Request Terminated')
  t.equal((await first.request()).method, 'ACK')
})

t.test('a target that says nothing in time is given up for the next', async t => {
  const rig = await openRig(t)
  const { caller, first, second } = await openProxy(rig, 2, { provisionalTimeout: '20ms' })
  caller.ask('INVITE', 'px-silent')
  const silent = await first.request()
  const next = await second.request()
  first.reply(silent, '180 Ringing')
  t.equal((await first.request()).method, 'CANCEL', 'when it wakes up it is withdrawn')
  second.reply(next, '200 OK')
  for (;;) if ((await caller.answer()).status === 200) break
})

t.test('a redirect is followed when told to, the most wanted target first', async t => {
  const rig = await openRig(t)
  const { caller, first } = await openProxy(rig, 1, { followRedirects: true })
  const third = await rig.phone()
  caller.ask('INVITE', 'px-302')
  const invite = await first.request()
  const contact = `<sip:nobody@127.0.0.1:9>;q=0.1, <${third.uri}>;q=0.9`
  first.reply(invite, '302 Moved Temporarily', { headers: { Contact: contact } })
  const redirected = await third.request()
  t.equal(redirected.uri, third.uri)
  third.reply(redirected, '200 OK')
  t.equal((await caller.answer()).status, 200)
})

t.test('a redirect that is not followed is the answer', async t => {
  const rig = await openRig(t)
  const { caller, first } = await openProxy(rig, 1)
  caller.ask('INVITE', 'px-302-back')
  const headers = { Contact: '<sip:elsewhere@127.0.0.1:9>' }
  first.reply(await first.request(), '302 Moved Temporarily', { headers })
  const moved = await caller.answer()
  t.equal(moved.status, 302)
  t.match(moved.headers.get('Contact'), /elsewhere/)
})

t.test('a caller who gives up: every target is withdrawn, and 487 goes back', async t => {
  const rig = await openRig(t)
  const { caller, first, second } = await openProxy(rig, 2, { forking: 'simultaneous' })
  caller.ask('INVITE', 'px-cancel')
  const ringing = await first.request()
  await second.request()
  first.reply(ringing, '180 Ringing')
  t.equal((await caller.answer()).status, 180)
  caller.cancel('px-cancel')
  const cancelled = await caller.answer()
  t.match(cancelled.headers.get('CSeq'), /CANCEL/)
  t.equal(cancelled.status, 200)
  const cancel = await first.request()
  t.equal(cancel.method, 'CANCEL')
  first.reply(cancel, '200 OK')
  first.reply(ringing, '487 Request Terminated')
  t.equal((await caller.answer()).status, 487, 'the one that never spoke is not waited for')
})

t.test('what may not be proxied is refused, to caller and application', async t => {
  // biome-ignore format: table
  for (const [status, headers, reason, because] of [
    [483, { 'Max-Forwards': '0' },    /483 Too Many Hops/, 'no hops are left (RFC 3261 §16.3)'],
    [420, { 'Proxy-Require': 'foo' }, /error proxying/,    'nobody here knows foo'],
    [440, { 'Max-Breadth': '0' },     /error proxying/,    'not one copy may be made (RFC 5393)'],
  ] as const) {
    const rig = await openRig(t)
    const { caller, results } = await openProxy(rig, 1)
    caller.ask('INVITE', `px-${status}`, { headers })
    t.equal((await caller.answer()).status, status, because)
    t.match(await results.catch(String), reason)
  }
  const rig = await openRig(t)
  const wire = await rig.wire()
  t.equal(
    await wire.ask('p|proxy|none||fullResponse||serial|||sip:a@127.0.0.1\r\nINVITE sip:a SIP/2.0'),
    'response|p|NOK|Unknown transaction id: none',
  )
})

t.test('a loop is found, a spiral is let through (RFC 5393 §4.2)', async t => {
  const rig = await openRig(t)
  const caller = await rig.phone()
  const end = await rig.phone()
  const here = `sip:again@127.0.0.1:${rig.sipPort}`
  const uris: string[] = []
  await rig.application({
    invite: req => {
      uris.push(req.uri)
      const spirals = req.get('X-Way') === 'spiral' && req.uri === here
      req.proxy({ destination: [spirals ? end.uri : here] }).catch(() => undefined)
    },
  })
  caller.ask('INVITE', 'px-spiral', { headers: { 'X-Way': 'spiral' } })
  const invite = await end.request()
  t.equal(invite.headers.all('Via').length, 3, 'it passed here twice')
  end.reply(invite, '200 OK')
  t.equal((await caller.answer()).status, 200)

  uris.length = 0
  caller.ask('INVITE', 'px-loop', { headers: { 'X-Way': 'loop' } })
  t.equal((await caller.answer()).status, 482)
  t.equal(uris.length, 3, 'found the first time that it comes back unchanged')
})

t.test('a target that never answers is 408, one that cannot be reached 500', async t => {
  const rig = await openRig(t, { timers: SHORT_TIMERS })
  const { caller, first } = await openProxy(rig, 1)
  caller.ask('INVITE', 'px-408')
  await first.request()
  const timeout = await caller.answer()
  t.equal(timeout.status, 408)
  t.match(timeout.headers.get('To'), /;tag=/)
})

t.test('requests other than INVITE are proxied too', async t => {
  const rig = await openRig(t)
  const [caller, target] = [await rig.phone(), await rig.phone()]
  await rig.application({ message: req => void req.proxy({ destination: [target.uri] }) })
  caller.ask('MESSAGE', 'px-message', { headers: { 'Content-Type': 'text/plain' }, body: 'hello' })
  const message = await target.request()
  t.equal(message.body.toString(), 'hello')
  target.reply(message, '202 Accepted')
  t.equal((await caller.answer()).status, 202)
})

t.test('which refusal goes back (RFC 3261 §16.7 items 6 and 7)', async t => {
  const refusal = (status: number, fields: Record<string, string> = {}): SipResponse => ({
    kind: 'response',
    status,
    reason: '',
    headers: new Headers(Object.entries(fields)),
    body: NO_BODY,
  })
  // biome-ignore format: table
  for (const [statuses, best, because] of [
    [[],              undefined, 'there is none'],
    [[404, 603, 302], 603,       'a 6xx is the whole user’s word'],
    [[503, 486],      486,       'the lowest class'],
    [[404, 407],      407,       'the caller can answer a challenge'],
    [[480, 484],      484,       'the caller can dial on'],
    [[503],           500,       'a 503 spoke of the target, not of us'],
    [[500, 302],      302,       'a redirect before a failure'],
  ] as const) {
    t.equal(bestOf(statuses.map(status => refusal(status)))?.status, best, because)
  }
  const both = bestOf([
    refusal(401, { 'WWW-Authenticate': 'Digest realm="a"' }),
    refusal(407, { 'Proxy-Authenticate': 'Digest realm="b"' }),
  ])
  t.equal(both?.headers.get('Proxy-Authenticate'), 'Digest realm="b"', 'all challenges go back')
  t.equal(both?.headers.get('WWW-Authenticate'), 'Digest realm="a"')
})
