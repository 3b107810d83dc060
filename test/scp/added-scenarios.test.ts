import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { CHARGE_KINDS } from '../../domain/charge-kind.js'
import { parseServiceNumber } from '../../domain/switch-assertion.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { Metrics } from '../../platform/metrics/metrics.js'
import { openStoreToRead } from '../../platform/store.js'
import { demonstrationCards } from '../../scp/cards/clear-file.js'
import { scpStore } from '../../scp/config.js'
import { readScenarioList } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { ivr, openScp, until } from '../support/scp-program.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(120_000)

/** The documented example, as it stands there. */
const GIFT = join(
  fileURLToPath(new URL('../../../docs/scenarios/', import.meta.url)),
  'gift-card.js',
)
const WITH_GIFT = `mobilers,pricall,balance,gift=${GIFT}`
const GIFT_NUMBER = parseServiceNumber('1401')
if (!GIFT_NUMBER) throw new TypeError('1401 is a service number')

const listed = (text: string) => readScenarioList(text)[0]

t.test('M-09, M-07: a module and a setting make a third scenario', async t => {
  const home = freshHome(t)
  const clock = new SetClock(jst('2001-01-15T10:01:00'))
  const rig = await openScp(t, home, clock, { MCSCP_SCENARIOS: WITH_GIFT })
  const running = await rig.start()
  const caller = ivr(home)
  t.teardown(() => caller.close())
  const [card, second] = demonstrationCards(home)
  const gift = { service: GIFT_NUMBER, kind: 'pricall' } as const

  const call = await rig.call('gift-1', undefined, gift)
  t.match(await caller.permission(call.token), { outcome: 'permitted', remaining: 50_000 })
  const charged = await caller.charge(call.token, 1, `${card?.pin}`)
  t.match(charged, { outcome: 'redeemed', faceValue: 3_000, registered: 3_000 })
  t.strictSame(await caller.charge(call.token, 1, `${card?.pin}`), charged, 'asked again')
  await rig.hangUp(call.final)

  const beside = await rig.call('mobilers-1')
  t.match(
    await caller.permission(beside.token),
    { outcome: 'permitted', registered: 0, remaining: 50_000 },
    'its month is its own',
  )
  t.match(
    await caller.charge(beside.token, 1, `${card?.pin}`),
    { outcome: 'own_card' },
    'a card is used once, whatever the scenario',
  )
  t.match(await caller.charge(beside.token, 2, `${second?.pin}`), { registered: 3_000 })
  await rig.hangUp(beside.final)

  const traffic = () => caller.traffic(jst('2001-01-15T10:00:00'), jst('2001-01-16T00:00:00'))
  await until('both calls are counted', async () => {
    const { callsInProgress, quarterHours } = Object(await traffic())
    return callsInProgress === 0 && quarterHours[0].kinds.length === 2
  })
  const counts = { accepted: 1, entries: 1, held_calls: 1 }
  t.match(
    await traffic(),
    {
      callsInProgress: 0,
      quarterHours: [
        {
          kinds: [
            { kind: 'mobilers', counts: { accepted: 1, entries: 2 }, cards: [[3_000, 1]] },
            { kind: 'gift', counts, peak: 1, cards: [[3_000, 1]] },
          ],
        },
      ],
    },
    'its traffic is its own',
  )
  const metrics = new Metrics()
  running.registerMetrics?.(metrics)
  t.match(
    await metrics.text(),
    /^mcscp_charged_yen_total\{charge_kind="gift",face_value_yen="3000"\} 3000$/m,
    'and so is what its cards come to',
  )
  const { lines } = Object(await caller.get('/v1/entries?kind=gift'))
  t.match(lines, [{ callId: 'gift-1', kind: 'gift', outcome: 'redeemed', serial: card?.serial }])
  t.equal(lines.length, 1, 'its log is its own')
  t.match(await caller.get('/v1/entries?kind=all'), { code: 'REQUEST_INVALID' })
  t.match(await caller.get('/v1/office/services'), {
    services: [{ service: 'mobilers' }, {}, {}, { service: 'gift', stopped: false }],
  })
  t.match(await caller.get(`/v1/office/cards/${card?.serial}`), {
    state: 'used',
    use: { by: phone(1), kind: 'gift' },
  })

  t.equal(await caller.act('stop_service', { service: 'gift' }), 200)
  const refusal = await rig.refused('gift-2', gift)
  t.match([refusal.status, refusal.headers.get('X-Refusal')], [480, 'service-stopped'])
  const mobilers = await rig.call('mobilers-2')
  await rig.hangUp(mobilers.final)
  t.pass('it is stopped by itself')

  clock.set(jst('2001-01-15T10:15:00'))
  const reader = openStoreToRead(scpStore(home))
  t.teardown(() => reader.close())
  const rows = (sql: string) => reader.prepare(sql).raw().all()
  await until('the quarter-hour is closed', () => rows('SELECT * FROM quarter_hour_file').length)
  t.strictSame(rows('SELECT record_count FROM quarter_hour_file'), [[1]], 'CRS hears nothing of it')
  t.strictSame(rows('SELECT * FROM gift_points'), [[phone(1), 1, 30]], 'and it credits once')
  await running.close()

  const without = await rig.start({ MCSCP_SCENARIOS: 'mobilers,pricall,balance' })
  t.equal((await rig.refused('gift-3', gift)).status, 480, 'a number that no scenario takes')
  t.match(
    await traffic(),
    { quarterHours: [{ kinds: [{}, { kind: 'gift', cards: [[3_000, 1]] }] }, {}] },
    'what it did is told when it runs no more',
  )
  await without.close()
})

/** Files of modules, by name. */
function modules(t: Test, files: Readonly<Record<string, string>>) {
  const folder = t.testdir(files)
  return (name: string) => join(folder, name)
}

const body = "service: '1402', openCredit: () => () => {}"

t.test('M-09: what is wrong with the scenarios is told at the start, all at once', async t => {
  // biome-ignore format: table
  for (const [list, mistakes, because] of [
    ['mobilers',                   [],                       'one alone'],
    ['mobilers,pricall,balance',   [],                       'the default'],
    ['gift=/opt/gift.js,pricall',  [],                       'an added one, and its order is free'],
    ['',                           [/“” is no name/],        'nothing'],
    ['gift',                       [/gift is none of ours/], 'no module'],
    ['gift=gift.js',               [/must be absolute/],     'a path that depends on where one stands'],
    ['Gift=/opt/gift.js',          [/“Gift” is no name/],    'the form of a name'],
    ['none=/opt/gift.js',          [/“none” is no name/],    'a name that is taken'],
    ['pricall=/opt/gift.js',       [/name of a scenario of ours/], 'none of ours is replaced'],
    ['pricall,pricall',            [/pricall twice/],        'one name, one scenario'],
    ['gift,pricall,pricall',       [/gift/, /twice/],        'two mistakes at once'],
  ] as [string, RegExp[], string][]) {
    const [, found] = readScenarioList(list)
    t.match(found, mistakes, because)
    t.equal(found.length, mistakes.length, because)
  }

  const at = modules(t, {
    'nothing.mjs': 'export const gift = 1',
    'broken.mjs': 'export const scenario = {',
    'old.mjs': `export const scenario = { form: 0, ${body} }`,
    'number.mjs': "export const scenario = { form: 1, service: '119', openCredit() {}, price: 3 }",
    'one.mjs': `export const scenario = { form: 1, ${body} }`,
    'two.mjs': `export const scenario = { form: 1, ${body} }`,
    'same.mjs': `export const scenario = { form: 1, ${body.replace('1402', '1401')} }`,
  })
  const list = [
    ...['nothing', 'broken', 'old', 'number', 'one', 'two'].map(
      name => `${name}=${at(`${name}.mjs`)}`,
    ),
    `absent=${at('absent.mjs')}`,
  ].join()
  const fault = await loadScenarios(listed(list)).catch(error => error)
  t.equal(fault.code, 'SETTINGS_INVALID')
  for (const mistake of [
    /nothing: .*exports no object “scenario”/,
    /broken: .*cannot be loaded: Unexpected/,
    /old: .*is of form 0; this version reads form 1/,
    /number: .*has no service number such as 1401: 119/,
    /number: .*has price, which form 1 does not know/,
    /two wants 1402, which is the number of one/,
    /absent: .*cannot be loaded: Cannot find module/,
  ]) {
    t.match(fault.message, mistake)
  }
  t.match(fault.message, /^7 settings are wrong/)

  const home = freshHome(t)
  const { start } = await openScp(t, home, new SetClock(jst('2001-01-15T10:00:00')))
  const told = await start({
    MCSCP_SCENARIOS: `mobilers,gift=${at('absent.mjs')}`,
    MCSCP_SERVICES_STOPPED: 'mobilers,pricall',
  }).catch(error => error)
  t.match(told.message, /SERVICES_STOPPED=pricall: must be none, or some of mobilers, gift/)
  t.match(told.message, /gift: there is no file .*absent.mjs that can be read/)
  t.notOk(existsSync(scpStore(home)), 'and nothing is made')
})

t.test('M-09: a module that fails leaves its card unused, and others alone', async t => {
  const at = modules(t, {
    'failing.mjs': `export const scenario = { form: 1, service: '1402', openCredit: store => {
      store.exec('CREATE TABLE IF NOT EXISTS noted (serial TEXT) STRICT')
      const note = store.prepare('INSERT INTO noted VALUES (?)')
      return ({ serial }) => {
        note.run(serial)
        throw new Error('no credit today')
      }
    } }`,
    'waiting.mjs': `export const scenario = { form: 1, service: '1403', openCredit: () => async () => {
      throw new Error('too late')
    } }`,
    'closed.mjs': `export const scenario = { form: 1, ${body.replace('() => {}', '7')} }`,
  })
  const folder = at('')
  const list = listed(`mobilers,pricall,failing=${at('failing.mjs')}`)
  const desk = await openDesk(t, { folder, listed: list })
  const [failing] = list.flatMap(({ name, file }) => (file === undefined ? [] : [name]))
  const { pin } = await desk.card(1_000)
  const call = await desk.call(phone(1), failing, parseServiceNumber('1402'))
  const fault = await desk.key(call, pin).catch(error => error)
  t.ok(fault instanceof Fault)
  t.match(fault, {
    code: 'SCENARIO_FAILED',
    message: 'The scenario failing failed: no credit today',
  })
  const beside = await desk.key(await desk.call(phone(2)), pin)
  t.equal(beside.finding, 'redeemed', 'the card was not used up, and the store works on')
  const reader = openStoreToRead(desk.file)
  t.strictSame(reader.prepare('SELECT * FROM noted').all(), [], 'what it had written is undone')
  reader.close()
  await desk.close()

  const again = await openDesk(t, { folder })
  const leftOver = await again.store.ask('permission', call).catch(error => error.code)
  t.equal(leftOver, 'NO_SUCH_CALL_SESSION', 'its calls are left alone when it runs no more')
  await again.close()

  const waits = listed(`mobilers,waiting=${at('waiting.mjs')}`)
  const third = await openDesk(t, { folder, listed: waits })
  const [waiting] = waits.flatMap(({ name, file }) => (file === undefined ? [] : [name]))
  const card = await third.card(1_000)
  const asked = await third.call(phone(3), waiting, parseServiceNumber('1403'))
  t.match(await third.key(asked, card.pin).catch(error => error), {
    code: 'SCENARIO_FAILED',
    message: /its credit is async/,
  })
  const still = await third.key(await third.call(phone(4)), card.pin)
  t.equal(still.finding, 'redeemed', 'a credit that comes after the commit is none')
  await third.close()

  const wrong = listed(`mobilers,closed=${at('closed.mjs')}`)
  const refused = await openDesk(t, { folder, listed: wrong }).catch(error => error)
  t.match(refused, { code: 'SCENARIO_FAILED' }, 'one that opens no credit does not start')
})

t.test('M-08: Mobilers or Pricall taken away, folder and all, the other charges on', async t => {
  const built = fileURLToPath(new URL('../..', import.meta.url))
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  // Inside the project, so that packages are found.
  const product = t.testdir()
  const copy = join(product, 'dist')
  const tables = join('scp', 'tables')
  cpSync(join(root, tables), join(product, tables), { recursive: true })
  const child = join('test', 'support', 'lone-scenario-child.js')
  for (const part of ['domain', 'platform', 'scp', join('test', 'support')]) {
    cpSync(join(built, part), join(copy, part), { recursive: true })
  }
  t.ok(copy.startsWith(root), 'the copy stands in the project')
  const scenarios = join(copy, 'scp', 'scenarios')
  for (const [kind, came] of [
    ['mobilers', { permission: 'permitted', answer: 'redeemed', units: [] }],
    ['pricall', { permission: 'permitted', answer: 'units_added', units: [300] }],
  ] as const) {
    const away = CHARGE_KINDS.filter(other => other !== kind)
    for (const other of away) rmSync(join(scenarios, other), { recursive: true })
    t.notOk(readdirSync(scenarios).some(name => away.some(other => other === name)))
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [join(copy, child), kind, `${kind},balance`])
    t.strictSame(JSON.parse(stdout), came, `${kind} without ${away.join()}`)
    for (const other of away) {
      cpSync(join(built, 'scp', 'scenarios', other), join(scenarios, other), { recursive: true })
    }
  }
})
