import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { LADDER_LOG_MESSAGE } from '../../domain/charge-ladder.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { formatWav } from '../../platform/rtp/wav.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { callCommand } from '../../switch-sim/handset/call-command.js'
import { resultOf, resultsIn } from '../../switch-sim/handset/call-result.js'
import { BEHAVIOUR_NAMES, BEHAVIOURS } from '../../switch-sim/handset/caller-script.js'
import { handsetOf } from '../../switch-sim/handset/calling-place.js'
import { ClipLibrary, libraryClipSamples } from '../../switch-sim/handset/clip-library.js'
import { LadderWatch } from '../../switch-sim/handset/ladder-watch.js'
import { type CallReport, planLoad, runLoad } from '../../switch-sim/handset/load.js'
import { loadCommand } from '../../switch-sim/handset/load-command.js'
import { loadSummary, percentile } from '../../switch-sim/handset/load-summary.js'
import { LogFollower } from '../../switch-sim/handset/log-follower.js'
import { Pacer } from '../../switch-sim/handset/pacer.js'
import { demonstrationNumbers } from '../../switch-sim/mls/subscribers/demonstration.js'
import { subscribersCommand } from '../../switch-sim/mls/subscribers/subscribers-command.js'
import { ChargeDesk, type DeskClips } from '../support/charge-desk.js'
import { openSwitchRig, type SwitchRig } from '../support/switch-rig.js'

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

// Callers listen to real audio, one command after the other.
t.setTimeout(120_000)

const library = new ClipLibrary(
  Object.entries(clips).map(([id, mulaw]) => ({
    id,
    text: '',
    samples: libraryClipSamples(mulaw),
  })),
)

const wsServer = (rig: SwitchRig) =>
  `ws://127.0.0.1:${rig.engine.engine.listening.sip.find(({ protocol }) => protocol === 'ws')?.port}`

const pin = (index: number) => `${10_000_000_000_000 + index * 7}`

t.test('every way to call comes to what it must, all of them at once', async t => {
  const rig = await openSwitchRig(t)
  const pins = BEHAVIOUR_NAMES.map((_, index) => pin(index))
  const desk = new ChargeDesk(rig.mcscp, pins, clips)
  t.teardown(() => desk.close())
  const place = {
    home: rig.home,
    server: wsServer(rig),
    domain: 'mls.mcscp',
    library,
    pacer: new Pacer(() => performance.now()),
  }
  const numbers = demonstrationNumbers('mobile')
  const planned = BEHAVIOUR_NAMES.map((behaviour, index) => ({
    atMs: index,
    number: numbers[index] as Msisdn,
    behaviour,
    card: { pin: pin(index), wrongPin: `9${pin(index).slice(1)}` },
  }))
  let atOnce = 0
  let most = 0
  const reports = await runLoad(planned, {
    library,
    handset: number => handsetOf(place, number, undefined),
    after: ms => new Promise(resolve => setTimeout(resolve, ms)),
    nowMs: () => performance.now(),
    callsAtOnceMax: 100,
    begun: () => {
      most = Math.max(most, ++atOnce)
    },
    ended: () => {
      atOnce--
    },
  })
  t.equal(most, BEHAVIOUR_NAMES.length)
  for (const [index, behaviour] of BEHAVIOUR_NAMES.entries()) {
    const report = reports.find(one => one.behaviour === behaviour)
    t.equal(report?.asExpected, true, `${behaviour}: ${JSON.stringify(report)}`)
    const { expects } = BEHAVIOURS[behaviour]
    if (expects === 'either') continue
    t.equal(desk.charged.includes(pin(index)), expects === 'charged', `${behaviour}: the card`)
  }
  t.notOk(
    reports.some(({ lostPackets }) => lostPackets > 0),
    'no audio was lost',
  )
})

t.test('a plan is decided by its seed alone', async t => {
  const plan = (seed: number, mistakenPercent = 30) =>
    planLoad({
      calls: 1_000,
      callsPerSecond: 10,
      mistakenPercent,
      numbers: demonstrationNumbers('mobile').slice(0, 7),
      pins: Array.from({ length: 1_000 }, (_, index) => pin(index)),
      chance: seededChance(seed),
    })
  const [once, again, other] = [1, 1, 2].map(seed => JSON.stringify(plan(seed)))
  t.ok(once === again, 'the same again')
  t.ok(once !== other, 'another seed, other calls')
  const calls = plan(3)
  t.equal(new Set(calls.map(({ card }) => card.pin)).size, 1_000, 'a card is keyed by one caller')
  t.ok(
    calls.every(({ atMs }, index) => atMs >= (calls[index - 1]?.atMs ?? 0)),
    'in time',
  )
  const seconds = (calls.at(-1)?.atMs ?? 0) / 1000
  t.ok(seconds > 80 && seconds < 120, `${seconds} s for 1,000 calls at 10 a second`)
  const mistaken = calls.filter(({ behaviour }) => BEHAVIOURS[behaviour].mistaken).length
  t.ok(mistaken > 250 && mistaken < 350, `${mistaken} of 1,000 at 30 %`)
  t.notOk(
    plan(1, 0).some(({ behaviour }) => BEHAVIOURS[behaviour].mistaken),
    'none at 0 %',
  )
  t.ok(
    plan(1, 100).every(({ behaviour }) => BEHAVIOURS[behaviour].mistaken),
    'all at 100 %',
  )
})

t.test('no more calls at once than are allowed', async t => {
  let running = 0
  let most = 0
  const planned = Array.from({ length: 20 }, () => ({
    atMs: 0,
    number: '09010000001' as Msisdn,
    behaviour: 'honest' as const,
    card: { pin: pin(1), wrongPin: pin(2) },
  }))
  const reports = await runLoad(planned, {
    library,
    async handset() {
      most = Math.max(most, ++running)
      await new Promise(resolve => setImmediate(resolve))
      running--
      throw new Error('no switch here')
    },
    after: async () => {},
    nowMs: () => 0,
    callsAtOnceMax: 3,
    begun: () => {},
    ended: () => {},
  })
  t.equal(most, 3)
  t.equal(reports.length, 20, 'a call that fails is reported like any other')
  t.match(reports[0], { ending: { how: 'failed', why: 'no switch here' }, asExpected: false })
})

t.test('a result is what the guidance said', async t => {
  const told = (...ids: string[]) =>
    ids.map(id => ({ clip: id, text: '', at: 0, length: 1, span: 1, whole: true }))
  // biome-ignore format: table
  for (const [heard, results, result] of [
    [['ja/welcome', 'ja/enter-number-1'],                              [],                             'nothing'],
    [['ja/charge-succeeded-1', 'ja/3000-yen', 'ja/charge-succeeded-2'], ['charged'],                   'charged'],
    [['en/card-refused', 'en/charge-succeeded-1'],                     ['card_refused', 'charged'],    'charged'],
    [['ja/charge-succeeded-1', 'ja/card-refused'],                     ['charged', 'card_refused'],    'charged'],
    [['ja/over-month-cap-1', 'ja/over-month-cap-2'],                   ['over_cap'],                   'over_cap'],
    [['ja/locked'],                                                    ['locked'],                     'locked'],
    [['announcement/not-permitted'],                                   ['announcement'],               'announcement'],
  ] as const) {
    t.strictSame(resultsIn(told(...heard)), results, heard.join(' '))
    t.equal(resultOf(told(...heard)), result)
  }
})

t.test('a table tells what a load came to', async t => {
  t.equal(percentile([], 50), undefined)
  t.strictSame(
    [50, 95, 99, 100].map(p =>
      percentile(
        Array.from({ length: 100 }, (_, n) => 100 - n),
        p,
      ),
    ),
    [50, 95, 99, 100],
  )
  const report: CallReport = {
    behaviour: 'honest',
    ending: { how: 'hung_up', by: 'caller' },
    result: 'charged',
    asExpected: true,
    answerMs: 12,
    guidanceMs: 340,
    lostPackets: 1,
  }
  const refused = { how: 'refused', status: 503 } as const
  const lines = loadSummary(
    [report, report, { ...report, ending: refused, result: 'nothing', asExpected: false }],
    2_000,
  )
  const text = lines.join('\n')
  t.match(text, /3 calls in 2\.0 s, 1\.5 a second/)
  t.match(text, /charged +2/)
  t.match(text, /refused 503 +1/)
  t.match(text, /packets of audio lost: 3/)
  t.match(text, /not as expected: 1\n {2}honest: heard nothing, refused 503/)
})

t.test('a call is followed through all logs, by the names that link them', async t => {
  const watch = new LadderWatch()
  watch.follow('phone')
  const line = (callId: string, step: number, time: number, legCallId?: string) => ({
    msg: LADDER_LOG_MESSAGE,
    callId,
    step,
    time,
    ...(legCallId ? { legCallId } : {}),
  })
  watch.took(1, 100)
  watch.read([
    line('session', 14, 500),
    line('leg', 8, 300, 'session'),
    line('other', 8, 1),
    { msg: 'something else', callId: 'phone', step: 2, time: 1 },
  ])
  t.strictSame(
    watch.through(1_000).map(({ step }) => step.mark),
    ['①'],
  )
  watch.read([line('phone', 7, 200, 'leg')])
  t.strictSame(
    watch.through(400).map(({ step }) => step.mark),
    ['⑦', '⑧'],
  )
  watch.took(14, 600)
  t.strictSame(
    watch.through(1_000).map(({ step, atMs }) => [step.mark, atMs]),
    [['⑭', 500]],
  )
  watch.took(14, 3_400)
  t.strictSame(watch.through(9_000), [], 'seen by another, told already')
  watch.took(14, 3_500)
  t.strictSame(
    watch.through(9_000).map(({ step }) => step.mark),
    ['⑭'],
    'again, for another card',
  )
})

t.test('logs are read from where they were, a whole line at a time', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'mls.log')
  writeFileSync(file, '{"old":1}\n')
  const logs = new LogFollower(folder)
  t.strictSame(logs.next(), [])
  writeFileSync(file, '{"old":1}\n{"a":"①"}\n{"b":')
  t.strictSame(logs.next(), [{ a: '①' }])
  writeFileSync(file, '{"old":1}\n{"a":"①"}\n{"b":2}\nno JSON\n')
  t.strictSame(logs.next(), [{ b: 2 }])
  writeFileSync(join(folder, 'scp.log'), '{"c":3}\n')
  t.strictSame(logs.next(), [{ c: 3 }], 'a log that was begun later')
  writeFileSync(file, '{"d":4}\n')
  t.strictSame(logs.next(), [{ d: 4 }], 'a log that was begun anew')
})

/** Runs a command as the command line would; what it printed, and its exit code. */
async function run(command: Command, ...args: string[]) {
  const printed: string[] = []
  const { log, error } = console
  console.log = console.error = (...words: unknown[]) => void printed.push(words.join(' '))
  try {
    process.exitCode = 0
    await new Command('mcscp').addCommand(command.exitOverride()).parseAsync(args, { from: 'user' })
    return { printed: printed.join('\n'), exitCode: process.exitCode }
  } finally {
    Object.assign(console, { log, error })
    process.exitCode = 0
  }
}

t.test('the commands call and load run against the network of a home', async t => {
  const rig = await openSwitchRig(t)
  const folder = join(rig.home.folder, 'clips')
  mkdirSync(join(folder, 'ja'), { recursive: true })
  for (const [id, samples] of Object.entries(clips)) {
    writeFileSync(join(folder, `${id}.wav`), formatWav({ encoding: 'PCMU', samples }))
  }
  const manifest = { clips: { 'ja/charge-succeeded-1.wav': { text: '登録しました' } } }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const ws = new URL(wsServer(rig))
  const surroundings = {
    home: () => rig.home,
    given: () => ({ MCSCP_SWITCH_SIP_WS_PORT: ws.port, MCSCP_MEDIA_CLIPS: folder }),
  }
  const pins = Array.from({ length: 3 }, (_, index) => pin(index))
  const desk = new ChargeDesk(rig.mcscp, pins, clips)
  t.teardown(() => desk.close())

  const from = ['--from', '09010000001']
  const called = await run(callCommand(surroundings), 'call', '1400', ...from, '--pin', pin(0))
  t.equal(called.exitCode, 0, called.printed)
  t.match(called.printed, /① 1400特番発信 {2}\(MS → MLS\) the handset dials 1400/)
  const marks = [...called.printed.matchAll(/ {2}([①-⑳㉑]) /g)].map(([, mark]) => mark).join('')
  // The desk asks for another card at once, as a step of its own if it comes long enough after the first.
  t.match(marks, /^①⑨⑩⑪⑫⑭⑮⑰⑭?⑱⑲$/, 'what the handset sees, in order; the rest is in logs')
  t.match(called.printed, /「登録しました」/)
  t.notMatch(called.printed, pin(0), 'no card number is printed')

  const wrong = await run(
    callCommand(surroundings),
    'call',
    '1400',
    ...from,
    '--pin',
    '1'.repeat(14),
  )
  t.equal(wrong.exitCode, 1, 'a card that was not charged')
  await t.rejects(run(callCommand(surroundings), 'call', '1400', '--from', '09099999999'), {
    code: 'COMMAND_REFUSED',
  })
  await t.rejects(run(callCommand(surroundings), 'call', '1400', '--from', 'me'))

  await t.rejects(run(loadCommand(surroundings), 'load'), /no demonstration cards/)
  const table = [
    'serial,pin,face_value',
    ...pins.map((one, n) => `DEM00000000${n},${one},3000`),
    '',
  ]
  writeFileSync(join(rig.home.cards, 'demonstration-000001.csv'), table.join('\n'), { mode: 0o600 })
  await t.rejects(
    run(loadCommand(surroundings), 'load', '--calls', '3', '--skip-cards', '1'),
    /2 cards left/,
  )
  const loaded = await run(
    loadCommand(surroundings),
    ...['load', '--calls', '2', '--skip-cards', '1', '--calls-per-second', '10', '--mistaken', '0'],
  )
  t.equal(loaded.exitCode, 0, loaded.printed)
  t.match(loaded.printed, /charged +2/)
  t.strictSame(desk.charged.toSorted(), pins)
})

t.test('subscribers are listed, imported and exported by commands', async t => {
  const rig = await openSwitchRig(t)
  const surroundings = { home: () => rig.home, given: () => ({}) }
  const subscribers = (...args: string[]) =>
    run(subscribersCommand(surroundings), 'subscribers', ...args)
  t.match((await subscribers('list', '--class', 'ship')).printed, /^09010016001 {2}ship +ja\n/)
  const table = join(rig.home.folder, 'new.csv')
  writeFileSync(
    table,
    'msisdn,contract_class,language,password\n09012345678,mobile,en,a word\n0901,mobile,ja,x\n09010000001,ship,ja,y\n',
  )
  const imported = await subscribers('import', table)
  t.match(imported.printed, /^1 added, 1 replaced; a running switch sees it within 5 s\.\n1 of /)
  t.match(imported.printed, /line 3: '0901' is no number/)
  t.equal(imported.exitCode, 1)
  const out = join(rig.home.folder, 'out.csv')
  t.match((await subscribers('export', out)).printed, /1081 subscribers written/)
  t.equal((await subscribers('import', out)).exitCode, 0, 'what was written out reads back')
  await t.rejects(subscribers('import', join(rig.home.folder, 'none.csv')), {
    code: 'COMMAND_REFUSED',
  })
})
