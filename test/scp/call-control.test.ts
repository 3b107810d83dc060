import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { CALL_REFUSALS } from '../../domain/call-refusal.js'
import { parseCallSessionToken } from '../../domain/call-session.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import { epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { CHARGE_KIND_HEADER, type ServiceNumber } from '../../domain/switch-assertion.js'
import type { SipRequest } from '../../engines/signalling/sip/message.js'
import { nodeLater } from '../../platform/deadline.js'
import { CallRate, type CallRateLimit } from '../../platform/signalling/call-rate.js'
import { openSignalling } from '../../platform/signalling/signalling.js'
import { admit, REFUSAL_STATUS } from '../../scp/call-control/admission.js'
import { assertedCaller, type CallerFinding } from '../../scp/call-control/asserted-caller.js'
import { CallControl } from '../../scp/call-control/call-control.js'
import { MediaTurns } from '../../scp/call-control/media-turns.js'
import { Services } from '../../scp/call-control/services.js'
import { isServed } from '../../scp/rules/subscriber-classes.js'
import type { StoreQuestions } from '../../scp/store/questions.js'
import { TablesInForce } from '../../scp/tables/tables-in-force.js'
import { identityHeaders, identitySigner } from '../../switch-sim/mls/identity.js'
import { SCENARIOS } from '../support/own-scenarios.js'
import { sdp } from '../support/raw-phone.js'
import { openDesk } from '../support/scp-desk.js'
import { openRig, RIG_SECRET } from '../support/signalling-rig.js'

const NUMBER = '09010000001' as Msisdn
const OTHER = '09010000002' as Msisdn
const NOW = epochMs(Date.parse('2001-01-15T12:00:00+09:00'))
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { privateKey } = pair()
const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()

/** Headers as the switch sends them for a call. */
async function asserted(
  callId: string,
  kind: 'mobilers' | 'pricall' = 'mobilers',
  at = NOW,
  service: ServiceNumber = '1400',
) {
  const call = { number: NUMBER, service, chargeKind: kind, callId, displayWithheld: false }
  const signer = await identitySigner(privateKey, { now: () => at })
  return identityHeaders(call, await signer.sign(call), 'mls.mcscp')
}

t.test('S-07: only what the switch signed names the caller', async t => {
  const good = await asserted('c1')
  const stranger = await identitySigner(pair().privateKey, { now: () => NOW })
  const call = {
    number: NUMBER,
    service: '1400' as const,
    chargeKind: 'mobilers' as const,
    callId: 'c1',
    displayWithheld: false,
  }
  const forged = await stranger.sign(call)
  const pai = (value: string) => ({ ...good, 'P-Asserted-Identity': value })
  const early = epochMs(NOW - 61_000)
  const late = epochMs(NOW + 61_000)

  // biome-ignore format: table
  const cases: [headers: Record<string, string>, expected: string, because: string][] = [
    [good,                                               'asserted', 'as the switch sends it'],
    [pai('tel:+819010000001'),                           'asserted', 'a tel URI, international'],
    [pai('<sip:+819010000001@mls>, <tel:09010000001>'),  'asserted', 'two values that agree'],
    [{ ...good, Privacy: 'id' },                         'asserted', 'a withheld display is accepted'],
    [{ ...good, From: `<sip:${OTHER}@x>` },              'asserted', 'From is never read'],
    [pai(''),                                            'no_asserted_identity', 'none'],
    [pai('<sip:anonymous@anonymous.invalid>'),           'no_asserted_identity', 'nobody’s number'],
    [pai('<sip:0312345678@mls>'),                        'no_asserted_identity', 'no mobile number'],
    [pai(`<sip:${NUMBER}@mls>, <tel:${OTHER}>`),         'asserted_identities_differ', 'two numbers'],
    [{ ...good, Identity: '' },                          'no_signature', 'nothing signed'],
    [{ ...good, Identity: 'a.b.c' },                     'bad_signature', 'no signature'],
    [{ ...good, Identity: forged },                      'bad_signature', 'another’s key'],
    [await asserted('c1', 'mobilers', early),            'stale', '61 s old'],
    [await asserted('c1', 'mobilers', late),             'stale', '61 s ahead'],
    [await asserted('c1', 'mobilers', epochMs(NOW - 60_000)), 'asserted', '60 s old exactly'],
    [await asserted('c2'),                               'another_call', 'signed for another call'],
    [pai(`<sip:${OTHER}@mls>`),                          'another_number', 'another number beside it'],
    [{ ...good, [CHARGE_KIND_HEADER]: 'pricall' },       'another_kind', 'another kind beside it'],
  ]
  const clock = { now: () => NOW }
  for (const [headers, expected, because] of cases) {
    const request = { callId: 'c1', header: (name: string) => headers[name] || undefined }
    const found = await assertedCaller(request, { switchKey: () => publicPem, realTime: clock })
    t.equal(found.outcome === 'asserted' ? 'asserted' : found.because, expected, because)
    if (found.outcome === 'asserted') t.equal(found.number, NUMBER, because)
  }
  const request = { callId: 'c1', header: (name: string) => (good as Record<string, string>)[name] }
  const keyless = await assertedCaller(request, { switchKey: () => undefined, realTime: clock })
  t.match(keyless, { outcome: 'no_caller', because: 'no_key' })
})

t.test('S-06, M-06: a call is let in by its kind, in its time, under the ceiling', async t => {
  const start = NOW
  const caller = (kind: ChargeKind, service: ServiceNumber = '1400'): CallerFinding => ({
    outcome: 'asserted',
    number: NUMBER,
    kind,
    service,
  })
  const mobilers = caller('mobilers')
  const pricall = caller('pricall')
  const asking = caller('mobilers', '157')
  const nobody: CallerFinding = { outcome: 'no_caller', because: 'bad_signature' }
  const before = epochMs(start - 1)
  // biome-ignore format: table
  const cases: [CallerFinding, typeof start, calls: number, stopped: string[], expected: string, because: string][] = [
    [mobilers, start,  0, [],           'admitted',        'the first moment of the service'],
    [mobilers, before, 0, [],           'not-in-service',  'a moment earlier'],
    [nobody,   before, 9, ['mobilers'], 'no-identity',     'identity comes first'],
    [pricall,  start,  0, [],           'admitted',        'the scenario beside it'],
    [pricall,  start,  0, ['mobilers'], 'admitted',        'M-06: the other one is stopped'],
    [mobilers, start,  0, ['pricall'],  'admitted',        'M-06: and the other way round'],
    [asking,   start,  0, ['mobilers'], 'admitted',        '157 is a service of its own'],
    [asking,   start,  0, ['balance'],  'service-stopped', 'which can be stopped too'],
    [mobilers, start,  0, ['mobilers'], 'service-stopped', 'its operator stopped it'],
    [mobilers, start,  2, [],           'admitted',        'the last place'],
    [mobilers, start,  3, [],           'congestion',      'one more'],
  ]
  for (const [caller, at, calls, stopped, expected, because] of cases) {
    const policy = {
      serviceStart: start,
      isServed: () => true,
      stopped: new Set(stopped),
      scenarios: SCENARIOS,
      callsMax: 3,
    }
    const admission = admit({ caller, at, calls }, policy)
    t.equal(admission.outcome === 'refused' ? admission.refusal : 'admitted', expected, because)
  }
  const policy = {
    serviceStart: start,
    isServed: ({ kind }: { kind: ChargeKind }) => kind === 'pricall',
    stopped: new Set(['mobilers']),
    scenarios: SCENARIOS,
    callsMax: 1,
  }
  // biome-ignore format: table
  const served: [CallerFinding, typeof start, expected: string, because: string][] = [
    [mobilers, start,  'not-served',     'M-05: its number and class are not, whatever else'],
    [mobilers, before, 'not-in-service', 'but nobody is before the first day'],
    [pricall,  start,  'admitted',       'another kind is'],
  ]
  for (const [caller, at, expected, because] of served) {
    const admission = admit({ caller, at, calls: 0 }, policy)
    t.equal(admission.outcome === 'refused' ? admission.refusal : 'admitted', expected, because)
  }
  for (const refusal of CALL_REFUSALS) t.ok(REFUSAL_STATUS[refusal] >= 400, refusal)
})

/** Call control on an engine of its own, bare speakers of SIP where the switch and the media engine are. */
async function openControl(
  t: Test,
  stopped: string[] = [],
  rate: CallRateLimit = { callsASecond: 1_000, burst: 1_000 },
  callsMax = 10,
) {
  const desk = await openDesk(t)
  t.teardown(() => desk.close())
  const rig = await openRig(t)
  const [mls, media, otherMedia] = [await rig.phone(), await rig.phone(), await rig.phone()]
  const services = new Services(
    SCENARIOS.map(({ name }) => name),
    { stopped, media: `127.0.0.1:${media.port}` },
    [],
  )
  const tables = new TablesInForce(await desk.store.ask('standingTables', undefined))
  const tokens: string[] = []
  const asked: string[] = []
  let signalling: Awaited<ReturnType<typeof openSignalling>> | undefined
  const turns = new MediaTurns()
  const control = new CallControl({
    store: {
      ask<N extends keyof StoreQuestions>(name: N, ask: StoreQuestions[N]['ask']) {
        asked.push(name)
        return desk.store.ask(name, ask)
      },
    },
    clock: { now: () => NOW },
    realTime: { now: () => NOW },
    log: pino({ enabled: false }),
    switchKey: () => publicPem,
    policy: {
      serviceStart: NOW,
      isServed: (caller, at) =>
        isServed(caller, tables.at('number-ranges', at), tables.at('subscriber-classes', at)),
      get stopped() {
        return services.stopped
      },
      scenarios: SCENARIOS,
      callsMax,
    },
    rate,
    toBeAskedMax: callsMax,
    dial: request => {
      if (!signalling) throw new Error('not connected')
      return signalling.dial(request)
    },
    mediaOf: service => turns.order(services.mediaOf(service)),
    domain: 'scp.mcscp',
    limits: { set_up: 20_000, call: 60_000 },
    freshToken() {
      const token = parseCallSessionToken(`${tokens.length + 1}`.padStart(32, '0'))
      if (!token) throw new Error('no token')
      tokens.push(token)
      return token
    },
    nowMs: () => 0,
    freshCallId: () => `media-${tokens.length}`,
    later: nodeLater,
    random: () => 0,
  })
  signalling = await openSignalling({
    host: '127.0.0.1',
    port: rig.engine.listening.application.port,
    secret: RIG_SECRET,
    log: pino({ enabled: false }),
    invite: leg => control.invite(leg),
    lost: () => control.endAll(),
  })
  t.teardown(() => signalling?.close())
  const follow = async () => tables.decide(await desk.store.ask('standingTables', undefined))
  return { control, mls, media, otherMedia, services, tokens, asked, desk, follow }
}

const textOf = (request: SipRequest) =>
  [request.uri, ...[...request.headers].map(field => `${field}`), request.body.toString()].join(
    '\n',
  )

t.test('M-10; architecture, point 7: media learn the token and never the number', async t => {
  const { mls, media, tokens, control } = await openControl(t)
  const headers = { ...(await asserted('call-1')), 'X-Language': 'en' }
  mls.ask('INVITE', 'call-1', { headers, body: sdp(4_000) })
  const invite = await media.request()
  t.match(invite.uri, /^sip:charge@/)
  t.equal(invite.headers.get('X-Call-Session'), tokens[0])
  t.equal(invite.headers.get('X-Language'), 'en')
  t.equal(invite.body.toString(), sdp(4_000))
  t.notMatch(textOf(invite), /10000001/, 'the number is nowhere')
  t.notMatch(textOf(invite), /call-1/, 'nor is the Call-ID that it could be found by')

  media.reply(invite, '200 OK', { body: sdp(5_000) })
  const final = await mls.answer()
  t.equal(final.status, 200)
  t.equal(final.body.toString(), sdp(5_000))
  mls.askIn(final, 'ACK', 1)
  t.equal((await media.request()).method, 'ACK')
  t.equal(control.calls, 1)

  media.askBack(invite, 'BYE', 1)
  const bye = await mls.request()
  t.equal(bye.method, 'BYE', 'ivr ends the call, and the switch is told')
  mls.reply(bye, '200 OK')
  t.equal((await media.answer()).status, 200)
  t.equal(control.calls, 0)
})

t.test('S-29: a call to 157 is joined to its own dialogue, and is no step of Figure 3', async t => {
  const { mls, media, control } = await openControl(t)
  const headers = await asserted('asking', 'mobilers', NOW, '157')
  mls.ask('INVITE', 'asking', { headers, body: sdp(4_000) })
  const invite = await media.request()
  t.match(invite.uri, /^sip:balance@/)
  media.reply(invite, '486 Busy Here')
  t.equal((await mls.answer()).status, 503)
  await media.request()
  t.equal(control.calls, 0)
})

t.test('a call that is refused opens no call session and reaches no media', async t => {
  const { mls, asked, control } = await openControl(t, ['mobilers', 'pricall', 'balance'])
  const cases: [string, Record<string, string>, number, string][] = [
    ['none', {}, 403, 'no-identity'],
    ['signed', await asserted('signed'), 480, 'service-stopped'],
    ['pricall', await asserted('pricall', 'pricall'), 480, 'service-stopped'],
  ]
  for (const [callId, headers, status, refusal] of cases) {
    mls.ask('INVITE', callId, { headers, body: sdp(4_000) })
    const answer = await mls.answer()
    t.equal(answer.status, status, callId)
    t.equal(answer.headers.get('X-Refusal'), refusal, callId)
  }
  await control.allCounted()
  t.strictSame(new Set(asked), new Set(['countRefusedCalls']), 'they are counted, and no more')
})

t.test(
  'M-06: a service is stopped, started and switched over while others and calls go on',
  async t => {
    const { mls, media, otherMedia, services, control } = await openControl(t)
    const offer = async (callId: string, kind: ChargeKind) => {
      mls.ask('INVITE', callId, { headers: await asserted(callId, kind), body: sdp(4_000) })
    }
    await offer('under-way', 'mobilers')
    const underWay = await media.request()
    media.reply(underWay, '200 OK', { body: sdp(5_000) })
    mls.askIn(await mls.answer(), 'ACK', 1)
    await media.request()

    services.decide([{ service: 'mobilers', stopped: true, media: undefined }])
    await offer('stopped', 'mobilers')
    const refused = await mls.answer()
    t.equal(refused.headers.get('X-Refusal'), 'service-stopped', 'no new call of it')
    t.equal(control.calls, 1, 'the one under way goes on')
    await offer('beside', 'pricall')
    const beside = await media.request()
    media.reply(beside, '486 Busy Here')
    await mls.answer()
    await media.request()

    const elsewhere = `127.0.0.1:${otherMedia.port}`
    services.decide([{ service: 'mobilers', stopped: false, media: elsewhere }])
    await offer('switched', 'mobilers')
    const switched = await otherMedia.request()
    t.match(switched.uri, `sip:charge@${elsewhere}`, 'new calls go to the other media engine')
    otherMedia.reply(switched, '486 Busy Here')
    await mls.answer()
    await otherMedia.request()
    await offer('beside-again', 'pricall')
    const stays = await media.request()
    t.match(stays.uri, `@127.0.0.1:${media.port}`, 'those of the other service stay')
    media.reply(stays, '486 Busy Here')
    await mls.answer()
    await media.request()

    media.askBack(underWay, 'BYE', 1)
    const bye = await mls.request()
    t.equal(bye.method, 'BYE', 'a call finishes where it began')
    mls.reply(bye, '200 OK')
    t.equal((await media.answer()).status, 200)
    await control.allCounted()
  },
)

t.test('M-06: several media engines share the calls; one without room is passed over', async t => {
  const { mls, media, otherMedia, services, control } = await openControl(t)
  const list = `127.0.0.1:${media.port}|127.0.0.1:${otherMedia.port}`
  services.decide([{ service: 'mobilers', stopped: false, media: list }])
  const offer = async (callId: string) => {
    mls.ask('INVITE', callId, { headers: await asserted(callId), body: sdp(4_000) })
  }
  for (const [at, engine] of [media, otherMedia, media].entries()) {
    await offer(`turn-${at}`)
    const invite = await engine.request()
    t.match(invite.uri, `sip:charge@127.0.0.1:${engine.port}`, 'each call begins at the next')
    engine.reply(invite, '486 Busy Here')
    t.equal((await mls.answer()).headers.get('X-Refusal'), 'congestion', 'a refusal stands')
    await engine.request()
  }
  await offer('no-room')
  const refused = await otherMedia.request()
  otherMedia.reply(refused, '503 Service Unavailable')
  await otherMedia.request()
  const taken = await media.request()
  t.equal(taken.headers.get('Call-ID'), refused.headers.get('Call-ID'), 'the same call')
  t.match(taken.headers.get('To'), `@127.0.0.1:${media.port}`)
  media.reply(taken, '200 OK', { body: sdp(5_000) })
  const final = await mls.answer()
  t.equal(final.status, 200, 'the caller notices nothing')
  mls.askIn(final, 'ACK', 1)
  await media.request()
  mls.askIn(final, 'BYE', 2)
  media.reply(await media.request(), '200 OK')
  await mls.answer()

  await offer('no-room-anywhere')
  for (const engine of [media, otherMedia]) {
    engine.reply(await engine.request(), '503 Service Unavailable')
    await engine.request()
  }
  t.equal((await mls.answer()).headers.get('X-Refusal'), 'congestion')
  await control.allCounted()
})

t.test('M-05: a call under way finishes when its numbers are served no more', async t => {
  const { mls, media, control, desk, follow } = await openControl(t)
  const replace = async (table: string, file: string, text: string, over: number) => {
    const person = { name: 'op', role: 'operator' } as const
    const payload = { table, file, text, over }
    const asked = { act: 'replace_table', person, reason: 'a range moved', payload }
    const answer = await desk.store.ask('performAct', asked)
    t.equal(answer.outcome, 'performed', file)
    await follow()
  }
  const refusalOf = async (callId: string, kind: ChargeKind = 'mobilers') => {
    mls.ask('INVITE', callId, { headers: await asserted(callId, kind), body: sdp(4_000) })
    return (await mls.answer()).headers.get('X-Refusal')
  }
  mls.ask('INVITE', 'under-way', { headers: await asserted('under-way'), body: sdp(4_000) })
  const underWay = await media.request()
  media.reply(underWay, '200 OK', { body: sdp(5_000) })
  mls.askIn(await mls.answer(), 'ACK', 1)
  await media.request()

  const ranges = (last: string) => `first,last,classes\n09010000000,${last},mobile ship\n`
  await replace('number-ranges', 'short.csv', ranges('09010000000'), 0)
  t.equal(await refusalOf('new'), 'not-served', 'one below the caller’s is the last number served')
  t.equal(control.calls, 1, 'the one under way goes on')
  await replace('number-ranges', 'exact.csv', ranges('09010000001'), 1)
  t.equal(await refusalOf('kind', 'pricall'), 'not-served', 'the range has no Pricall contracts')
  mls.ask('INVITE', 'again', { headers: await asserted('again'), body: sdp(4_000) })
  media.reply(await media.request(), '486 Busy Here')
  t.equal((await mls.answer()).headers.get('X-Refusal'), 'congestion', 'let in: media were asked')
  await media.request()
  const classes = (
    await desk.store.ask('tableText', { table: 'subscriber-classes', version: 0 })
  )?.replace('mobile,mobilers', 'mobile,')
  await replace('subscriber-classes', 'classes.csv', classes ?? '', 0)
  t.equal(await refusalOf('class'), 'not-served', 'nor may its class charge any more')

  media.askBack(underWay, 'BYE', 1)
  const bye = await mls.request()
  t.equal(bye.method, 'BYE', 'it finishes in order')
  mls.reply(bye, '200 OK')
  t.equal((await media.answer()).status, 200)
  await control.allCounted()
})

t.test('M-05: whatever is offered, the rate is served (GCRA)', async t => {
  // biome-ignore format: table
  const cases: [callsASecond: number, burst: number, at: number[], taken: string, because: string][] = [
    [10, 1, [0, 99, 100, 199, 200],       'yes no yes no yes',        'one each 100 ms'],
    [10, 3, [0, 0, 0, 0, 99, 100, 100],   'yes yes yes no no yes no', 'a burst, then the rate'],
    [10, 3, [0, 0, 0, 900, 900, 900, 900], 'yes yes yes yes yes yes no', 'a silence gives the burst back, and no more'],
    [3, 1,  [0, 333, 334, 667, 668, 1_001, 1_002], 'yes no yes no yes no yes', 'a rate that is no whole number of ms'],
  ]
  for (const [callsASecond, burst, at, taken, because] of cases) {
    const rate = new CallRate({ callsASecond, burst })
    const answers = at.map(ms => (rate.take(1_000_000 + ms) ? 'yes' : 'no'))
    t.equal(answers.join(' '), taken, because)
  }
  const flooded = new CallRate({ callsASecond: 50, burst: 50 })
  let served = 0
  for (let ms = 0; ms < 10_000; ms += 2) if (flooded.take(ms)) served += 1
  t.equal(served, 50 + 50 * 10 - 1, 'ten times the rate: the rate is served throughout')
})

t.test('M-05: call attempts beyond the rate are refused before they are looked at', async t => {
  const { mls, asked, control } = await openControl(t, ['mobilers'], { callsASecond: 1, burst: 2 })
  // The rig's clock stands still, so the rate gives no third place.
  const expected = ['service-stopped', 'service-stopped', 'congestion', 'congestion']
  for (const [place, refusal] of expected.entries()) {
    const callId = `attempt-${place}`
    mls.ask('INVITE', callId, { headers: await asserted(callId), body: sdp(4_000) })
    const answer = await mls.answer()
    t.equal(answer.headers.get('X-Refusal'), refusal, callId)
    t.equal(answer.headers.has('Retry-After'), refusal === 'congestion')
  }
  await control.allCounted()
  t.strictSame(new Set(asked), new Set(['countRefusedCalls']), 'and each is counted')
})

t.test('M-05: of calls that come at once no more are let in than the ceiling allows', async t => {
  const rate = { callsASecond: 1_000, burst: 1_000 }
  const { mls, media, control, desk } = await openControl(t, [], rate, 2)
  const calls = ['at-once-1', 'at-once-2', 'at-once-3', 'at-once-4', 'at-once-5']
  const offers = await Promise.all(calls.map(callId => asserted(callId)))
  for (const [place, callId] of calls.entries()) {
    mls.ask('INVITE', callId, { headers: offers[place] ?? {}, body: sdp(4_000) })
  }
  for (const _ of calls.slice(2)) {
    t.equal((await mls.answer()).headers.get('X-Refusal'), 'congestion')
  }
  const under = [await media.request(), await media.request()]
  t.equal(control.calls, 2)
  t.equal((await desk.store.ask('openCallSessions', undefined)).length, 2, 'nor is any other kept')
  for (const invite of under) {
    media.reply(invite, '486 Busy Here')
    await mls.answer()
    await media.request()
  }
  mls.ask('INVITE', 'after', { headers: await asserted('after'), body: sdp(4_000) })
  media.reply(await media.request(), '486 Busy Here')
  await mls.answer()
  await media.request()
  t.equal(control.calls, 0, 'each place is given back')
  await control.allCounted()
})

t.test('M-10: a signed INVITE opens one call and no second', async t => {
  const { mls, media } = await openControl(t)
  const headers = await asserted('replayed')
  mls.ask('INVITE', 'replayed', { headers, body: sdp(4_000) })
  const invite = await media.request()
  media.reply(invite, '486 Busy Here')
  t.equal((await mls.answer()).status, 503)
  await media.request()
  const Via = `SIP/2.0/UDP 127.0.0.1:${mls.port};branch=z9hG4bK-again;rport`
  // Another tag, or the engine itself knows it for the same request (RFC 3261 §8.2.2.2).
  const From = '<sip:thief@127.0.0.1>;tag=another'
  mls.ask('INVITE', 'replayed', { headers: { ...headers, Via, From }, body: sdp(4_000) })
  const again = await mls.answer()
  t.equal(again.status, 403)
  t.equal(again.headers.get('X-Refusal'), 'no-identity')
})

t.test('M-10: a caller who withdraws leaves no leg and no open call session', async t => {
  const { mls, media, control, asked } = await openControl(t)
  mls.ask('INVITE', 'gone', { headers: await asserted('gone'), body: sdp(4_000) })
  const invite = await media.request()
  media.reply(invite, '180 Ringing')
  t.equal((await mls.answer()).status, 180)
  mls.cancel('gone')
  const statuses = [(await mls.answer()).status, (await mls.answer()).status]
  t.strictSame(statuses.sort(), [200, 487])
  const cancel = await media.request()
  t.equal(cancel.method, 'CANCEL')
  t.equal(control.calls, 0)
  t.strictSame(asked, ['openCallSession', 'endCallSession'])
})
