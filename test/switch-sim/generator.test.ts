import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  CALL_OUTCOMES,
  CALLER_KINDS,
  GENERATOR_LIMITS,
  type GeneratorOrder,
  type GeneratorState,
} from '../../domain/generated-traffic.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { homeAt } from '../../platform/home.js'
import { httpEdge } from '../../platform/http-edge.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { decideCall, pauseMs } from '../../switch-sim/generator/caller-mix.js'
import { outcomeOf } from '../../switch-sim/generator/generated-call.js'
import { type CallersPlace, Generator } from '../../switch-sim/generator/generator.js'
import { generatorRoutes } from '../../switch-sim/generator/generator-routes.js'
import { generatorProgram } from '../../switch-sim/generator/main.js'
import { Purse, type PurseOptions } from '../../switch-sim/generator/purse.js'
import { handsetOf } from '../../switch-sim/handset/calling-place.js'
import { ClipLibrary, libraryClipSamples } from '../../switch-sim/handset/clip-library.js'
import { Pacer } from '../../switch-sim/handset/pacer.js'
import { demonstrationNumbers } from '../../switch-sim/mls/subscribers/demonstration.js'
import { ChargeDesk, type DeskClips } from '../support/charge-desk.js'
import { openSwitchRig } from '../support/switch-rig.js'

t.setTimeout(180_000)

const silent = pino({ level: 'silent' })

const nobody = Object.fromEntries(CALLER_KINDS.map(kind => [kind, 0])) as GeneratorOrder['mix']

const someOrder = (part: Partial<GeneratorOrder> = {}): GeneratorOrder => ({
  callsPerHour: GENERATOR_LIMITS.callsPerHour.max,
  seconds: 60,
  inProgressMax: 6,
  handsets: 5,
  cardYen: 1_000,
  mix: { ...nobody, good_card: 1 },
  hangUpAt: 'any',
  faults: { rtpLossPercent: 0, earlyHangUpPercent: 0, guessingPercent: 0 },
  ...part,
})

const pin = (index: number) => `${10_000_000_000_000 + index * 7}`

/** scp as far as the purse knows it: writes a clear file a batch; `refuses` is what it says instead. */
function cardMaker(t: Test, refuses: { message?: string } = {}) {
  const folder = t.testdir()
  const asked: { count: number; faceValue: number }[] = []
  let made = 0
  const ask: PurseOptions['scp']['ask'] = async ({ body }) => {
    const { count, faceValue } = Object(body)
    asked.push({ count, faceValue })
    if (refuses.message) return { status: 400, body: refuses }
    const file = join(folder, `demonstration-${asked.length}.csv`)
    const lines = Array.from({ length: count }, () => `MCA00,${pin(made++)},${faceValue}`)
    writeFileSync(file, ['serial,pin,face_value', ...lines, ''].join('\n'), { mode: 0o600 })
    return { status: 201, body: { file } }
  }
  return { scp: { ask }, asked, pins: () => Array.from({ length: made }, (_, n) => pin(n)) }
}

const purseOf = (scp: PurseOptions['scp']) =>
  new Purse({ scp, chance: seededChance(1), nowMs: () => performance.now() })

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await wait(20)
  }
}

const sumOf = ({ outcomes }: GeneratorState): number =>
  CALL_OUTCOMES.reduce((sum, name) => sum + outcomes[name], 0)

t.test('who calls is decided by the mix, and what goes wrong by the faults', async t => {
  const chance = seededChance(7)
  const many = (order: GeneratorOrder) =>
    Array.from({ length: 4_000 }, () => decideCall(order, chance))
  const share = (calls: ReturnType<typeof many>, is: (call: (typeof calls)[number]) => boolean) =>
    calls.filter(is).length / calls.length
  const about = (share: number, expected: number, because: string) =>
    t.ok(Math.abs(share - expected) < 0.03, `${because}: ${share}`)

  const mixed = many(someOrder({ mix: { ...nobody, good_card: 3, wrong_number: 1 } }))
  about(
    share(mixed, ({ kind }) => kind === 'good_card'),
    0.75,
    'three of four',
  )
  t.notOk(
    mixed.some(({ kind }) => kind !== 'good_card' && kind !== 'wrong_number'),
    'and nobody else',
  )
  t.notOk(
    mixed.some(({ breaksOffMs }) => breaksOffMs !== undefined),
    'nothing breaks off by itself',
  )
  const faults = { rtpLossPercent: 0, earlyHangUpPercent: 25, guessingPercent: 40 }
  const faulty = many(someOrder({ faults }))
  about(
    share(faulty, ({ from }) => from === 'any'),
    0.4,
    'guesses',
  )
  t.ok(
    faulty.every(({ from, kind }) => (from === 'any') === (kind === 'wrong_number')),
    'a guess is a wrong number, from any handset',
  )
  about(
    share(faulty, ({ breaksOffMs }) => breaksOffMs !== undefined),
    0.25,
    'broken off',
  )
  const pauses = Array.from({ length: 4_000 }, () => pauseMs(3_600, chance))
  const mean = pauses.reduce((sum, ms) => sum + ms, 0) / pauses.length
  t.ok(mean > 900 && mean < 1_100, `one a second: ${mean} ms between two`)

  const points = many(someOrder({ mix: { ...nobody, hang_up: 1 } }))
  t.ok(points.some(({ card }) => card === 'fresh') && points.some(({ card }) => card === 'none'))
  const [early] = many(someOrder({ mix: { ...nobody, hang_up: 1 }, hangUpAt: 'before_answer' }))
  t.match(early?.script({ pin: '', wrongPin: '' }).at(-1), { type: 'hang_up' })
})

t.test('a call came to what its caller heard', async t => {
  const hungUp = (by: 'caller' | 'network') => ({ how: 'hung_up', by }) as const
  // biome-ignore format: table
  for (const [dialled, ending, result, outcome, because] of [
    ['1400', hungUp('caller'),               'charged',       'charged',       'success was told'],
    ['1400', hungUp('network'),              'charged',       'charged',       'whoever hung up'],
    ['1400', hungUp('caller'),               'already_yours', 'card_refused',  'a used card is refused'],
    ['1400', hungUp('network'),              'locked',        'locked',        'a locked handset hears that alone'],
    ['1400', hungUp('network'),              'at_cap',        'over_cap',      'the month is full'],
    ['1400', hungUp('network'),              'try_later',     'try_later',     'the service brakes'],
    ['1400', hungUp('caller'),               'nothing',       'left',          'gone before a result'],
    ['1400', { how: 'cancelled' },           'nothing',       'left',          'gone before the answer'],
    ['1400', hungUp('network'),              'nothing',       'no_result',     'nothing was keyed'],
    ['157',  hungUp('network'),              'nothing',       'enquired',      '157 ends by itself'],
    ['157',  hungUp('caller'),               'nothing',       'left',          'it was not heard to its end'],
    ['1400', { how: 'refused', status: 503 }, 'announcement', 'not_connected', 'an announcement is no answer'],
    ['1400', { how: 'cut_off' },             'charged',       'failed',        'the switch was lost'],
  ] as const) {
    t.equal(outcomeOf(dialled, ending, result), outcome, `${outcome}: ${because}`)
  }
})

t.test('cards are made in time, for each call one, and some are left to others', async t => {
  const { scp, asked, pins } = cardMaker(t)
  const purse = purseOf(scp)
  t.equal(purse.fresh(1_000), undefined, 'none before they are asked for')
  await Promise.all([purse.fill(1_000, 600), purse.fill(1_000, 600)])
  t.strictSame(asked, [{ count: 62, faceValue: 1_000 }], 'asked twice, made once')
  t.equal(purse.ready(1_000), 50, 'twelve stay for the page of the phone')
  const taken = Array.from({ length: 40 }, () => purse.fresh(1_000))
  t.equal(new Set(taken).size, 40)
  await purse.fill(1_000, 600)
  t.equal(asked.length, 2, 'few were left')
  t.equal(purse.used(), undefined)
  purse.charged(pin(3))
  t.equal(purse.used(), pin(3))
  t.ok(pins().length > 100)

  const refusing = cardMaker(t, { message: 'no cards of 1,000 yen are on sale' })
  const empty = purseOf(refusing.scp)
  await empty.fill(1_000, 600)
  t.match(empty.trouble, /no cards of 1,000 yen/)
  await empty.fill(1_000, 600)
  t.equal(refusing.asked.length, 1, 'scp is left in peace for a while')
})

/** A third of a second that sounds like nothing else. */
function clip(seed: number): Buffer {
  const chance = seededChance(seed)
  return Buffer.from(Array.from({ length: 2_720 }, () => Math.floor(chance() * 0x60)))
}

const clips: DeskClips = {
  'ja/enter-number-1': clip(1),
  'ja/charge-succeeded-1': clip(2),
  'ja/card-refused': clip(3),
  'ja/too-few-digits': clip(4),
}

const library = new ClipLibrary(
  Object.entries(clips).map(([id, mulaw]) => ({
    id,
    text: '',
    samples: libraryClipSamples(mulaw),
  })),
)

t.test('generated callers really call, within their bounds, and each is counted once', async t => {
  const rig = await openSwitchRig(t)
  const maker = cardMaker(t)
  const desk = new ChargeDesk(
    rig.mcscp,
    Array.from({ length: 5_000 }, (_, n) => pin(n)),
    clips,
  )
  t.teardown(() => desk.close())
  const port = rig.engine.engine.listening.sip.find(({ protocol }) => protocol === 'ws')?.port
  const calling = {
    home: rig.home,
    server: `ws://127.0.0.1:${port}`,
    domain: 'mls.mcscp',
    library,
    pacer: new Pacer(() => performance.now()),
  }
  const numbers = demonstrationNumbers('mobile')
  const from: Msisdn[] = []
  const losses: number[] = []
  const place: CallersPlace = {
    library,
    numbers: numbers.slice(0, 20),
    locking: numbers.slice(20, 22),
    handset: (number, rtpLossPercent) => {
      from.push(number)
      losses.push(rtpLossPercent)
      return handsetOf(calling, number, undefined)
    },
  }
  const generator = new Generator({
    place: async () => place,
    purse: purseOf(maker.scp),
    chance: seededChance(3),
    nowMs: () => performance.now(),
    later: nodeLater,
    log: silent,
  })
  t.teardown(() => generator.close())
  const app = httpEdge(silent)
  generatorRoutes(app, generator)
  t.teardown(() => app.close())
  const told = async (): Promise<GeneratorState> =>
    (await app.inject({ url: '/v1/generator' })).json()
  const asked = async (path: string, payload?: object) =>
    app.inject({ method: 'POST', url: `/v1/generator/${path}`, ...(payload && { payload }) })

  t.match(await told(), { phase: 'idle', offered: 0 }, 'nothing runs by itself')

  await t.test('an order outside the bounds is refused', async t => {
    for (const wrong of [
      { callsPerHour: GENERATOR_LIMITS.callsPerHour.max + 1 },
      { callsPerHour: 0 },
      { seconds: GENERATOR_LIMITS.seconds.max + 1 },
      { inProgressMax: GENERATOR_LIMITS.inProgressMax.max + 1 },
      { handsets: GENERATOR_LIMITS.handsets.max + 1 },
      { faults: { rtpLossPercent: 51, earlyHangUpPercent: 0, guessingPercent: 0 } },
      { mix: { good_card: 1 } },
    ]) {
      const { statusCode } = await asked('start', {
        by: 'kim',
        order: { ...someOrder(), ...wrong },
      })
      t.equal(statusCode, 400, JSON.stringify(wrong))
    }
    const { statusCode } = await asked('start', { by: 'kim', order: someOrder({ mix: nobody }) })
    t.equal(statusCode, 409, 'a mix of nobody')
    t.equal((await told()).phase, 'idle')
  })

  await t.test('calls are made, charged and counted; a call too many is left out', async t => {
    const mix = { ...nobody, good_card: 3, wrong_number: 1, used_card: 1 }
    t.equal((await asked('start', { by: 'kim', order: someOrder({ mix }) })).statusCode, 200)
    t.equal((await asked('start', { by: 'lee', order: someOrder() })).statusCode, 409, 'one run')
    let most = 0
    await until(() => {
      const { inProgress, outcomes, leftOut } = generator.state
      most = Math.max(most, inProgress)
      return outcomes.charged >= 4 && outcomes.card_refused >= 1 && leftOut.too_many > 0
    })
    t.equal(most, 6, 'as many at once as may be')
    const running = await told()
    t.match(running, { phase: 'running', by: 'kim' })
    t.equal(running.offered, running.inProgress + sumOf(running), 'each call counts once')
    t.notMatch(JSON.stringify(running), /\d{14}/, 'no number of a card is told')
    t.equal((await asked('stop')).statusCode, 200)
    const ending = await told()
    t.match(ending.phase, /^(ending|over)$/)
    await until(() => generator.state.phase === 'over')
    const { offered, answered, inProgress, outcomes } = await told()
    t.equal(offered, ending.offered, 'no call began after the stop')
    t.equal(inProgress, 0)
    t.equal(offered, sumOf(generator.state))
    t.ok(answered >= outcomes.charged, `${answered} of ${offered} were answered`)
    t.equal(outcomes.charged, desk.charged.length, 'as many as the network charged')
    t.equal(new Set(from).size, 5, 'as many handsets as were asked for')
  })

  await t.test('asked twice to stop, calls are hung up where they are', async t => {
    const faults = { rtpLossPercent: 50, earlyHangUpPercent: 0, guessingPercent: 0 }
    losses.length = 0
    // Who is silent for so long that the desk lets go is in the call until then.
    const mix = { ...nobody, inquiry: 1 }
    await generator.start(someOrder({ mix, faults }), 'kim')
    await until(() => generator.state.answered >= 2)
    t.ok(
      losses.every(percent => percent === 50),
      'on bad lines',
    )
    await generator.stop()
    await generator.stop()
    await until(() => generator.state.phase === 'over')
    t.ok(generator.state.outcomes.left >= 1, 'they left')
    t.equal(generator.inProgress, 0)
  })

  await t.test('a switch that is not there is told of, and calls nobody', async t => {
    const nowhere = new Generator({
      place: async () => ({
        ...place,
        handset: () => Promise.reject(new Fault('PEER_UNREACHABLE', 'The switch does not answer.')),
      }),
      purse: purseOf(maker.scp),
      chance: seededChance(3),
      nowMs: () => performance.now(),
      later: nodeLater,
      log: silent,
    })
    await nowhere.start(someOrder({ seconds: 1 }), 'kim')
    await until(() => nowhere.state.phase === 'over')
    const { outcomes, offered, trouble } = nowhere.state
    t.equal(outcomes.failed, offered, 'every call failed')
    t.equal(trouble, 'The switch does not answer.')
    await nowhere.close()
  })
})

t.test('without cards a run that needs them does not begin', async t => {
  const { scp } = cardMaker(t, { message: 'no cards of 1,000 yen are on sale' })
  const generator = new Generator({
    place: async () => ({
      ...{ library, numbers: [], locking: [] },
      handset: () => Promise.reject(new Error('nobody is to call')),
    }),
    purse: purseOf(scp),
    chance: seededChance(3),
    nowMs: () => performance.now(),
    later: nodeLater,
    log: silent,
  })
  await t.rejects(generator.start(someOrder(), 'kim'), { code: 'ACT_REFUSED', message: /on sale/ })
  t.equal(generator.state.phase, 'idle')
})

t.test('where real money is charged there is no generator', async t => {
  const started = generatorProgram.start({
    home: homeAt(t.testdir()),
    given: { MCSCP_SIMULATION: 'off' },
    clock: systemClock,
    log: silent,
  })
  await t.rejects(started, { code: 'SIMULATION_ONLY' })
})
