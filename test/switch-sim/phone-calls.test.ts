import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { ChargeId } from '../../domain/charge-id.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { units } from '../../domain/units.js'
import type { SipRequest } from '../../engines/signalling/sip/message.js'
import { SocketClient } from '../../platform/http-client.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { begin, next } from '../../switch-sim/mls/call.js'
import type { CallEvent, CallState } from '../../switch-sim/mls/call-step.js'
import { mlsSocket } from '../../switch-sim/mls/config.js'
import { openUnits } from '../../switch-sim/mls/mscp/open-units.js'
import { sdp } from '../support/raw-phone.js'
import { jst } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'
import { openSwitchRig, type SwitchRig } from '../support/switch-rig.js'

t.setTimeout(90_000)

const MOBILE = '09010000001'
const CALLEE = '09010000002'
const PREPAID = '09010014001'

const phoneRoute = (metered: boolean) =>
  ({ to: 'phone', callee: CALLEE as Msisdn, metered }) as const

/** What a call does about these events, each state and action in a word. */
function story(metered: boolean, ...events: CallEvent[]): string[] {
  let [state, ...actions] = begin(phoneRoute(metered))
  const told = [words(state, actions)]
  for (const event of events) {
    ;[state, ...actions] = next(state, event)
    told.push(words(state, actions))
  }
  return told
}

const words = (state: CallState, actions: readonly object[]): string =>
  [state.name, ...actions.map(word)].join(', ')

const word = (action: object): string => {
  const { type, limit, status, announcement } = action as Record<string, string>
  return [type, limit ?? status ?? announcement].filter(part => part !== undefined).join(' ')
}

t.test('N-02: an ordinary call, with units and without', async t => {
  const ring: CallEvent = { type: 'progress', status: 180 }
  const answer: CallEvent = { type: 'answered' }
  const connect: CallEvent = { type: 'caller_connected' }
  const period: CallEvent = { type: 'time_over' }
  const some: CallEvent = { type: 'units_left', left: 3 }
  const dial = 'dialling, start_timer set_up, dial_phone'
  const talk = 'talking, start_timer period, take_unit'
  const over = 'ended, hang_up_caller, hang_up_called'
  // biome-ignore format: table
  for (const [metered, events, told, because] of [
    [false, [ring, answer, connect],                [dial, 'dialling, relay_progress 180', 'answering, answer_caller', 'talking, start_timer phone_call, join_legs'], 'a subscriber who gets a bill'],
    [false, [answer, connect, period],              [dial, 'answering, answer_caller', 'talking, start_timer phone_call, join_legs', over], 'no call lasts for ever'],
    [true,  [some, answer, connect],                ['asking_units, ask_units', dial, 'answering, answer_caller', `${talk}, join_legs`], 'the first period is paid as it begins'],
    [true,  [{ type: 'units_left', left: 0 }],      ['asking_units, ask_units', 'announcing, start_timer announcement, dial_announcement no-units'], 'no unit, no call'],
    [true,  [{ type: 'units_failed' }],             ['asking_units, ask_units', 'announcing, start_timer announcement, dial_announcement congestion'], 'nobody talks unmetered'],
    [true,  [{ type: 'caller_cancelled' }],         ['asking_units, ask_units', 'ended'], 'the caller did not wait'],
    [true,  [{ type: 'closing' }],                  ['asking_units, ask_units', 'ended, refuse_caller'], 'the switch ends'],
    [true,  [ring],                                 ['asking_units, ask_units', 'asking_units'], 'nothing rings yet'],
  ] as const) t.strictSame(story(metered, ...events), told, because)

  const talking = [some, answer, connect] as const
  // biome-ignore format: table
  for (const [event, told, because] of [
    [period,                     talk,                   'each period takes one'],
    [{ type: 'unit_taken' },     'talking',              'and it was there'],
    [{ type: 'no_unit' },        over,                   'the call ends at none'],
    [{ type: 'units_failed' },   over,                   'or when none can be taken'],
    [{ type: 'caller_hung_up' }, 'ended, hang_up_called', 'as any call'],
    [{ type: 'closing' },        over,                   'as any call'],
  ] as const) t.equal(story(true, ...talking, event).at(-1), told, because)

  // biome-ignore format: table
  for (const [event, told, because] of [
    [{ type: 'refused', status: 486 }, 'ended, refuse_with 486',             'a busy phone'],
    [{ type: 'refused' },              'ended, refuse_with 480',             'a phone that is gone'],
    [period,                           'ended, cancel_leg, refuse_with 480', 'nobody answers'],
    [{ type: 'caller_cancelled' },     'ended, cancel_leg',                  'the caller gives up'],
    [{ type: 'no_unit' },              'dialling',                           'no unit is asked for before'],
  ] as const) {
    t.equal(story(true, some, event).at(-1), told, `by units: ${because}`)
    if (event.type !== 'no_unit') t.equal(story(false, event).at(-1), told, because)
  }
})

/** A switch with phones, and the MSCP beside it. */
async function openNetwork(t: Test) {
  const rig = await openSwitchRig(t, { MCSCP_SWITCH_UNIT_S: '1' })
  const client = new SocketClient(mlsSocket(rig.home))
  t.teardown(() => client.close())
  let charges = 0
  return {
    rig,
    add: (count: number) =>
      client.ask({
        method: 'PUT',
        path: `/unit-additions/${`${++charges}`.padStart(32, '0')}-1`,
        body: { msisdn: PREPAID, units: count },
        deadlineMs: 5_000,
      }),
    left: async () => {
      const path = `/units/${PREPAID}`
      const { body } = await client.ask({ method: 'GET', path, deadlineMs: 5_000 })
      return (body as { left: number }).left
    },
  }
}

type Phone = Awaited<ReturnType<SwitchRig['phone']>>

/** The callee's phone rings and answers; the INVITE that it got. */
async function answered(caller: Phone, callee: Phone): Promise<SipRequest> {
  const invite = await callee.raw.request()
  callee.raw.reply(invite, '180 Ringing')
  callee.raw.reply(invite, '200 OK', { body: sdp(callee.raw.port) })
  t.equal((await caller.final()).final.status, 200)
  t.equal((await callee.raw.request()).method, 'ACK')
  return invite
}

t.test('N-02: a call to a phone uses up the units of a Pricall subscriber alone', async t => {
  const { rig, add, left } = await openNetwork(t)
  const [mobile, callee, prepaid] = [
    await rig.phone(MOBILE),
    await rig.phone(CALLEE),
    await rig.phone(PREPAID),
  ]
  t.equal((await callee.register()).status, 200)

  await mobile.dial(CALLEE)
  const invite = await answered(mobile, callee)
  t.match(invite.headers.get('From'), /^<sip:09010000001@mls\.mcscp>;tag=/)
  for (const name of ['Identity', 'P-Asserted-Identity', 'X-Charge-Kind']) {
    t.equal(invite.headers.get(name), undefined, `${name} is for the MCSCP alone`)
  }
  callee.raw.askBack(invite, 'BYE', 1)
  mobile.reply(await mobile.raw.request(), '200 OK')
  t.equal((await callee.raw.response()).status, 200)
  t.notOk('unit_taken' in (await rig.counts()).counts, 'a subscriber who gets a bill has no units')

  await prepaid.dial(CALLEE)
  const refusal = await rig.media.request()
  t.match(refusal.uri, /^sip:announcement-no-units@/)
  rig.media.reply(refusal, '480 Temporarily Unavailable')
  t.equal((await prepaid.final()).final.status, 403, 'no unit: announced, never answered')
  t.equal((await rig.media.request()).method, 'ACK')

  await add(2)
  await prepaid.dial(CALLEE)
  await callee.raw.request().then(busy => callee.raw.reply(busy, '486 Busy Here'))
  t.equal((await prepaid.final()).final.status, 486)
  t.equal((await callee.raw.request()).method, 'ACK')
  t.equal(await left(), 2, 'a call that is not answered uses none')

  await prepaid.dial(CALLEE)
  await answered(prepaid, callee)
  for (const end of [prepaid, callee]) {
    const bye = await end.raw.request()
    t.equal(bye.method, 'BYE', 'the switch ends the call when no unit is left')
    end.reply(bye, '200 OK')
  }
  t.equal(await left(), 0, 'and none below')
  t.match((await rig.counts()).counts, { unit_taken: 2, call_out_of_units: 1 })
})

t.test('the test number is answered by media, and takes units like any call', async t => {
  const { rig, add, left } = await openNetwork(t)
  const prepaid = await rig.phone(PREPAID)
  await add(50)
  await prepaid.dial('111')
  const invite = await rig.media.request()
  t.match(invite.uri, /^sip:test-call@/)
  t.notMatch(JSON.stringify([...invite.headers]), PREPAID, 'media need no number')
  rig.media.reply(invite, '200 OK', { body: sdp(4_000) })
  const { final } = await prepaid.final()
  t.equal(final.status, 200)
  t.equal((await rig.media.request()).method, 'ACK')
  while ((await left()) > 48) await wait(20)
  prepaid.ask(final, 'BYE')
  rig.media.reply(await rig.media.request(), '200 OK')
  t.equal((await prepaid.raw.answer()).status, 200)
  const taken = 50 - (await left())
  t.ok(taken >= 2, `${taken} periods were paid`)
})

const CHILD = fileURLToPath(new URL('../support/units-child.js', import.meta.url))

t.test(
  'N-02: killed in the middle of a call, a switch loses the running period at most',
  async t => {
    const folder = t.testdir()
    const open = () =>
      openUnits(join(folder, 'units.db'), error => {
        throw error
      })
    const bought = { chargeId: `${'0'.repeat(32)}-1` as ChargeId, msisdn: phone(1) }
    const first = await open()
    await first.ask('add', { ...bought, units: units(100_000), at: jst('2001-01-15T12:00:00') })
    await first.close()
    const chance = seededChance(5)
    let before = 100_000
    for (let kill = 0; kill < 4; kill++) {
      const child = spawn(process.execPath, [CHILD, 'meter', folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const closed = once(child, 'close')
      let told: number | undefined
      createInterface({ input: child.stdout }).on('line', line => {
        if (line.startsWith('D ')) told = Number(line.slice(2))
      })
      const enough = before - Math.floor(chance() * 40) - 2
      while (told === undefined || told > enough) await once(child.stdout, 'data')
      await wait(Math.floor(chance() * 5))
      child.kill('SIGKILL')
      await closed
      const units = await open()
      const left = await units.ask('left', phone(1))
      await units.close()
      t.ok(left === told || left === (told ?? 0) - 1, `${told} told, ${left} on disk`)
      before = left
    }
  },
)
