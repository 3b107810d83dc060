import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { compactVerify } from 'jose'
import t from 'tap'
import { CALL_REFUSALS } from '../../domain/call-refusal.js'
import type { SipRequest } from '../../engines/signalling/sip/message.js'
import { openStoreToRead } from '../../platform/store.js'
import { unitsStore } from '../../switch-sim/mls/config.js'
import { switchPublicKeyFile } from '../../switch-sim/mls/switch-key.js'
import { sdp } from '../support/raw-phone.js'
import { openSwitchRig, type SwitchRig } from '../support/switch-rig.js'

const MOBILE = '09010000001'

/** The claims of an INVITE's Identity header, verified by the switch's public key. */
async function assertion(rig: SwitchRig, invite: SipRequest) {
  const key = createPublicKey(readFileSync(switchPublicKeyFile(rig.home), 'utf8'))
  const [jws = ''] = (invite.headers.get('Identity') ?? '').split(';')
  const { payload } = await compactVerify(jws, key)
  return JSON.parse(new TextDecoder().decode(payload))
}

/** The steps of Figure 3 that the switch logged, in order. */
const stepsIn = (rig: SwitchRig) =>
  rig.logged.flatMap(line => (typeof line.step === 'number' ? [line.step] : []))

t.test(
  'S-07, N-07: a permitted call is built afresh, signed, joined, and ended from either side',
  async t => {
    const rig = await openSwitchRig(t)
    const phone = await rig.phone(MOBILE)
    t.equal((await phone.register()).status, 200)
    await phone.dial('1400', {
      'P-Asserted-Identity': '<sip:09010000002@mls.mcscp>',
      Identity: 'forged',
      'X-Charge-Kind': 'pricall',
      'X-Call-Session': '0'.repeat(32),
      Diversion: '<sip:09010000003@x>',
    })
    const invite = await rig.mcscp.request()
    const header = (name: string) => invite.headers.get(name)
    t.equal(invite.uri, `sip:1400@127.0.0.1:${rig.mcscp.port}`)
    t.match(header('From'), /^<sip:09010000001@mls\.mcscp>;tag=/)
    t.strictSame(invite.headers.all('P-Asserted-Identity'), ['<sip:09010000001@mls.mcscp>'])
    t.equal(header('X-Charge-Kind'), 'mobilers')
    t.equal(header('X-Language'), 'ja')
    for (const name of ['X-Call-Session', 'Diversion', 'Privacy', 'Proxy-Authorization']) {
      t.equal(header(name), undefined, `${name} is not passed on`)
    }
    t.match(await assertion(rig, invite), {
      orig: { tn: MOBILE },
      dest: { tn: ['1400'] },
      callId: header('Call-ID'),
      chargeKind: 'mobilers',
    })
    t.equal(invite.body.toString(), sdp(phone.raw.port), 'the session description passes unchanged')

    rig.mcscp.reply(invite, '180 Ringing')
    rig.mcscp.reply(invite, '200 OK', { body: sdp(4_000) })
    const { final, before } = await phone.final()
    t.strictSame(
      before.map(({ status }) => status),
      [180],
    )
    t.equal(final.status, 200)
    t.equal(final.body.toString(), sdp(4_000))
    t.equal((await rig.mcscp.request()).method, 'ACK')

    const keyed = { 'Content-Type': 'application/dtmf-relay' }
    phone.ask(final, 'INFO', keyed, 'Signal=1\r\nDuration=160')
    const info = await rig.mcscp.request()
    t.equal(info.method, 'INFO')
    t.equal(info.headers.get('Content-Type'), 'application/dtmf-relay')
    t.equal(info.body.toString(), 'Signal=1\r\nDuration=160')
    rig.mcscp.reply(info, '200 OK')
    t.equal((await phone.raw.answer()).status, 200)

    phone.ask(final, 'INVITE', {}, sdp(5_000, 'sendonly'))
    const hold = await rig.mcscp.request()
    t.equal(hold.body.toString(), sdp(5_000, 'sendonly'), 're-INVITE passes')
    rig.mcscp.reply(hold, '200 OK', { body: sdp(4_000, 'recvonly') })
    const held = await phone.raw.answer()
    t.equal(held.body.toString(), sdp(4_000, 'recvonly'))
    phone.acknowledge(held)
    t.equal((await rig.mcscp.request()).method, 'ACK')

    phone.ask(final, 'REFER', { 'Refer-To': '<sip:1400@x>' })
    t.equal((await phone.raw.answer()).status, 405, 'a call is not transferred')

    phone.ask(final, 'BYE')
    t.equal((await phone.raw.answer()).status, 200)
    const bye = await rig.mcscp.request()
    t.equal(bye.method, 'BYE')
    rig.mcscp.reply(bye, '200 OK')

    const { counts, calls, registered } = await rig.counts()
    t.equal(calls, 0)
    t.equal(registered, 1)
    t.match(counts, {
      call_attempted: 2,
      call_challenged: 1,
      call_begun: 1,
      call_answered: 1,
      charge_mobilers: 1,
      'claim_dropped_p-asserted-identity': 1,
      claim_dropped_identity: 1,
      claim_dropped_diversion: 1,
      'claim_dropped_x-charge-kind': 1,
      register_registered: 1,
    })
    t.strictSame(stepsIn(rig), [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 18, 19], 'the steps in order')
    t.notMatch(JSON.stringify(rig.logged), /Signal=/, 'no digit is logged')
  },
)

t.test('the MCSCP hangs up, and what From says does not matter', async t => {
  const rig = await openSwitchRig(t)
  const phone = await rig.phone('09010014001')
  await phone.dial('1400', { From: '<sip:09010000002@x>;tag=f', Privacy: 'id' })
  const invite = await rig.mcscp.request()
  t.match(invite.headers.get('From'), /^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/)
  t.equal(invite.headers.get('P-Asserted-Identity'), '<sip:09010014001@mls.mcscp>')
  t.equal(invite.headers.get('Privacy'), 'id')
  t.match(await assertion(rig, invite), { orig: { tn: '09010014001' }, chargeKind: 'pricall' })
  rig.mcscp.reply(invite, '200 OK', { body: sdp(4_000) })
  const { final } = await phone.final()
  t.equal(final.status, 200)
  t.equal((await rig.mcscp.request()).method, 'ACK')
  rig.mcscp.askBack(invite, 'BYE', 1)
  const bye = await phone.raw.request()
  t.equal(bye.method, 'BYE')
  phone.reply(bye, '200 OK')
  t.equal((await rig.mcscp.response()).status, 200)
  t.match((await rig.counts()).counts, { claim_dropped_from: 1, charge_pricall: 1 })
})

t.test(
  'N-06, S-18: a contract that may not charge hears so in early media, and is never answered',
  async t => {
    const rig = await openSwitchRig(t)
    // biome-ignore format: table
    for (const [number, dialled, announcement, status, because] of [
    ['09010016001', '1400',        'not-permitted',  403, 'a ship'],
    ['09010017001', '1400',        'not-permitted',  403, 'an aircraft'],
    ['09010015001', '1400',        'not-permitted',  403, 'a contract with charge display'],
    ['09010016001', '157',         'not-permitted',  403, 'a ship that asks for its balance'],
    [MOBILE,        '158',         'unknown-number', 404, 'no service of that number'],
    [MOBILE,        '09010000002', 'not-registered', 480, 'another subscriber'],
  ] as const) {
    const phone = await rig.phone(number)
    await phone.dial(dialled)
    const invite = await rig.media.request()
    t.equal(invite.uri, `sip:announcement-${announcement}@127.0.0.1:${rig.media.port}`, because)
    t.notMatch(JSON.stringify([...invite.headers]), number, 'an announcement needs no number')
    rig.media.reply(invite, '183 Session Progress', { body: sdp(4_100) })
    rig.media.reply(invite, '480 Temporarily Unavailable')
    const { final, before } = await phone.final()
    t.strictSame(before.map(one => [one.status, one.body.toString()]), [[183, sdp(4_100)]])
    t.equal(final.status, status, `${because}: ${status}`)
    t.equal((await rig.media.request()).method, 'ACK')
  }
    t.match((await rig.counts()).counts, {
      'announced_not-permitted': 4,
      'announced_unknown-number': 1,
    })
    t.notOk(stepsIn(rig).includes(7), 'the MCSCP saw no call')
    await rig.running.close()
    const store = openStoreToRead(unitsStore(rig.home))
    const kept = store.prepare('SELECT sum(calls) FROM refused_contract').pluck().get()
    store.close()
    t.equal(kept, 3, '非許容契約 is kept for noc; a question for the balance is no charge call')
  },
)

t.test(
  'S-29: 157 is connected to the MCSCP with a signature for it, and is no charge call',
  async t => {
    const rig = await openSwitchRig(t)
    const phone = await rig.phone(MOBILE)
    await phone.dial('157')
    const invite = await rig.mcscp.request()
    t.equal(invite.uri, `sip:157@127.0.0.1:${rig.mcscp.port}`)
    t.equal(invite.headers.get('P-Asserted-Identity'), `<sip:${MOBILE}@mls.mcscp>`)
    const [, claims = ''] = (invite.headers.get('Identity') ?? '').split('.')
    t.match(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
      orig: { tn: MOBILE },
      dest: { tn: ['157'] },
    })
    rig.mcscp.reply(invite, '480 Temporarily Unavailable', {
      headers: { 'X-Refusal': 'service-stopped' },
    })
    t.match((await rig.media.request()).uri, 'sip:announcement-service-stopped@')
    t.match((await rig.counts()).counts, { balance_mobilers: 1 })
    t.strictSame(stepsIn(rig), [], 'Figure 3 is about charge calls')
  },
)

t.test('each refusal of the MCSCP is announced before the caller is released', async t => {
  const rig = await openSwitchRig(t)
  // biome-ignore format: table
  const cases = [
    ['403 Forbidden',           { 'X-Refusal': 'no-identity' },     'no-identity',          403],
    ['480 Unavailable',         { 'X-Refusal': 'not-in-service' },  'before-service-start', 480],
    ['403 Forbidden',           { 'X-Refusal': 'not-served' },      'not-permitted',        403],
    ['503 Service Unavailable', { 'X-Refusal': 'service-stopped' }, 'service-stopped',      503],
    ['503 Service Unavailable', { 'X-Refusal': 'congestion' },      'congestion',           503],
    ['500 Server Error',        {},                                 'congestion',           503],
  ] as const
  t.equal(cases.length, CALL_REFUSALS.length + 1)
  for (const [refusal, headers, announcement, status] of cases) {
    const phone = await rig.phone(MOBILE)
    await phone.dial('1400')
    rig.mcscp.reply(await rig.mcscp.request(), refusal, { headers })
    t.equal((await rig.mcscp.request()).method, 'ACK')
    const invite = await rig.media.request()
    t.match(invite.uri, `sip:announcement-${announcement}@`)
    rig.media.reply(invite, '183 Session Progress', { body: sdp(4_100) })
    rig.media.reply(invite, '480 Temporarily Unavailable')
    const { final, before } = await phone.final()
    t.strictSame(
      [...before, final].map(one => one.status),
      [183, status],
    )
    t.equal((await rig.media.request()).method, 'ACK')
  }
})

t.test('without MCSCP and media engine the caller is released all the same', async t => {
  const rig = await openSwitchRig(t, {
    MCSCP_SWITCH_MCSCP_ADDRESS: '127.0.0.1:1;transport=tcp',
    MCSCP_SWITCH_MEDIA_ADDRESS: '127.0.0.1:1;transport=tcp',
  })
  const phone = await rig.phone(MOBILE)
  await phone.dial('1400')
  const { final, before } = await phone.final()
  t.strictSame(
    [...before, final].map(one => one.status),
    [503],
  )
  t.equal((await rig.counts()).calls, 0)
})

t.test('a caller who cancels is gone from everywhere', async t => {
  const rig = await openSwitchRig(t)
  const phone = await rig.phone(MOBILE)
  await phone.dial('1400')
  const invite = await rig.mcscp.request()
  rig.mcscp.reply(invite, '180 Ringing')
  t.equal((await phone.raw.answer()).status, 180)
  phone.cancel()
  const statuses = [await phone.raw.answer(), await phone.raw.answer()].map(one => one.status)
  t.strictSame(statuses.sort(), [200, 487])
  const cancel = await rig.mcscp.request()
  t.equal(cancel.method, 'CANCEL')
  rig.mcscp.reply(cancel, '200 OK')
  rig.mcscp.reply(invite, '487 Request Terminated')
  t.equal((await rig.mcscp.request()).method, 'ACK')

  const other = await rig.phone('09010016001')
  await other.dial('1400')
  const announcing = await rig.media.request()
  rig.media.reply(announcing, '183 Session Progress', { body: sdp(4_100) })
  t.equal((await other.raw.answer()).status, 183)
  other.cancel()
  t.equal((await rig.media.request()).method, 'CANCEL')
  t.match(await rig.counts(), { calls: 0, counts: { call_cancelled: 2 } })
})

t.test('a call that lasts too long is ended on both sides', async t => {
  const rig = await openSwitchRig(t, { MCSCP_SWITCH_CALL_S: '1' })
  const phone = await rig.phone(MOBILE)
  await phone.dial('1400')
  const invite = await rig.mcscp.request()
  rig.mcscp.reply(invite, '200 OK', { body: sdp(4_000) })
  await phone.final()
  t.equal((await rig.mcscp.request()).method, 'ACK')
  const byes = await Promise.all([phone.raw.request(), rig.mcscp.request()])
  t.strictSame(
    byes.map(({ method }) => method),
    ['BYE', 'BYE'],
  )
  t.match(await rig.counts(), { calls: 0, counts: { call_timed_out: 1 } })
})

t.test('an MCSCP that does not answer: all lines are busy', async t => {
  const rig = await openSwitchRig(t, { MCSCP_SWITCH_SET_UP_S: '1' })
  const phone = await rig.phone(MOBILE)
  await phone.dial('1400')
  const invite = await rig.mcscp.request()
  rig.mcscp.reply(invite, '180 Ringing')
  t.equal((await rig.mcscp.request()).method, 'CANCEL')
  const announcing = await rig.media.request()
  t.match(announcing.uri, 'sip:announcement-congestion@')
  // An announcement must not answer; if it does, the caller is not answered for it.
  rig.media.reply(announcing, '200 OK', { body: sdp(4_100) })
  const { final } = await phone.final()
  t.equal(final.status, 503)
  t.equal((await rig.media.request()).method, 'ACK')
  t.equal((await rig.media.request()).method, 'BYE')
})

t.test('what cannot be done is refused before any call begins', async t => {
  const rig = await openSwitchRig(t, { MCSCP_SWITCH_CALLS_MAX: '1' })
  const phone = await rig.phone(MOBILE)
  // biome-ignore format: table
  for (const [headers, body, status, because] of [
    [{ Require: '100rel' },        sdp(4_000), 420, 'an extension that we do not know'],
    [{ Require: 'timer' },         sdp(4_000), 407, 'one that we know: prove yourself'],
    [{},                           '',         488, 'no offer'],
    [{ 'Content-Type': 'text/plain' }, 'hello', 488, 'another kind of body'],
  ] as const) {
    phone.begin('1400', headers, body)
    const { final } = await phone.final()
    t.equal(final.status, status, because)
    if (status === 420) t.equal(final.headers.get('Unsupported'), '100rel')
  }
  const stranger = await rig.phone('09099999999')
  await stranger.dial('1400')
  t.equal((await stranger.final()).final.status, 407, 'a number that nobody has')

  await phone.dial('1400')
  await rig.mcscp.request()
  const second = await rig.phone('09010000002')
  second.begin('1400')
  const { final } = await second.final()
  t.equal(final.status, 503, 'one call too many')
  const wait = Number(final.headers.get('Retry-After'))
  t.ok(wait >= 5 && wait <= 30, `${wait} s`)
  t.match((await rig.counts()).counts, { call_overloaded: 1, call_wrong_password: 1 })
})

t.test('challenges stand on lines of their own, the stronger first', async t => {
  const rig = await openSwitchRig(t)
  const phone = await rig.phone(MOBILE)
  phone.begin('1400')
  const { final } = await phone.final()
  const algorithms = final.headers
    .all('Proxy-Authenticate')
    .map(value => /algorithm=([\w-]+)/.exec(value)?.[1])
  t.strictSame(algorithms, ['SHA-256', 'MD5'])
})

t.test('at the end every call is ended, and no more are taken', async t => {
  const rig = await openSwitchRig(t)
  const talking = await rig.phone(MOBILE)
  await talking.dial('1400')
  const invite = await rig.mcscp.request()
  rig.mcscp.reply(invite, '200 OK', { body: sdp(4_000) })
  await talking.final()
  t.equal((await rig.mcscp.request()).method, 'ACK')
  const dialling = await rig.phone('09010000002')
  await dialling.dial('1400')
  const second = await rig.mcscp.request()
  rig.mcscp.reply(second, '180 Ringing')
  t.equal((await dialling.raw.answer()).status, 180)

  await rig.running.close()
  t.equal((await talking.raw.request()).method, 'BYE')
  t.equal((await dialling.final()).final.status, 503)
  const ends = [await rig.mcscp.request(), await rig.mcscp.request()].map(one => one.method)
  t.strictSame(ends.sort(), ['BYE', 'CANCEL'])
})

t.test('each leg is kept by a session timer, so that none outlives its program', async t => {
  const rig = await openSwitchRig(t)
  // biome-ignore format: table
  for (const [supported, expires, because] of [
    ['timer, 100rel', '90;refresher=uas', 'a caller who knows of it: the switch refreshes (RFC 4028 §9)'],
    ['100rel',        undefined,          'any other is not troubled with it'],
  ] as const) {
    const phone = await rig.phone(MOBILE)
    await phone.dial('1400', { Supported: supported })
    const invite = await rig.mcscp.request()
    t.equal(invite.headers.get('Session-Expires'), '90;refresher=uac', 'the switch asks for one')
    t.equal(invite.headers.get('Min-SE'), '90')
    t.strictSame(invite.headers.all('Supported'), ['timer'])
    rig.mcscp.reply(invite, '200 OK', { body: sdp(4_000) })
    const { final } = await phone.final()
    t.equal(final.headers.get('Session-Expires'), expires, because)
    await rig.mcscp.request()
    phone.ask(final, 'BYE')
    t.equal((await phone.raw.answer()).status, 200)
    rig.mcscp.reply(await rig.mcscp.request(), '200 OK')
  }
})
