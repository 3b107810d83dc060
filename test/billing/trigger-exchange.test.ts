import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { nextTimeOfDay, onlineAt, parseOnlineHours } from '../../billing/rules/online-hours.js'
import type { TimerNotice } from '../../billing/timers/timer.js'
import { TimerFacility } from '../../billing/timers/timer-facility.js'
import { TimerFile } from '../../billing/timers/timer-file.js'
import {
  type Action,
  begin,
  type Event,
  EXCHANGE_STATES,
  next,
  type State,
} from '../../billing/trigger-exchange.js'
import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import { charge, given, jst, number, openBillingDesk } from '../support/billing-desk.js'
import { Executioner, quickLater, runExchange, until } from '../support/exchange-rig.js'
import { FakeCrs } from '../support/fake-crs.js'

const MINUTE_MS = 60_000

/** Runs the exchange from its first trigger; returns every action it took, in order. */
function actionsAfter(...events: Event[]): Action[] {
  let [state, ...taken] = begin
  for (const event of events) {
    const [after, ...actions] = next(state, event)
    state = after
    taken.push(...actions)
  }
  return taken
}
const triggers = (...events: Event[]) =>
  actionsAfter(...events).filter(action => action === 'send_trigger').length

t.test('F-03: both timers start when the trigger has been sent, not before', async t => {
  t.strictSame(actionsAfter(), ['send_trigger'])
  t.strictSame(actionsAfter('trigger_sent').slice(1), [
    'start_trigger_timer',
    'start_receive_timer',
  ])
})

t.test(
  'F-04, F-09: from the second trigger on, both conditions are needed, in either order',
  async t => {
    const sent = ['trigger_sent', 'file_received'] as const
    t.equal(triggers(...sent, 'reflected'), 1, 'reflected alone')
    t.equal(triggers(...sent, 'trigger_timer'), 1, 'timer alone')
    t.equal(triggers(...sent, 'reflected', 'trigger_timer'), 2)
    t.equal(triggers(...sent, 'trigger_timer', 'reflected'), 2)
    t.equal(triggers('trigger_sent', 'trigger_timer', 'file_received', 'reflected'), 2)
    t.equal(
      triggers(...sent, 'reflection_failed', 'trigger_timer'),
      1,
      'a failed reflection sends nothing',
    )
  },
)

t.test('F-08: no file in time: an alarm, and silence until an operator re-arms', async t => {
  const late = ['trigger_sent', 'receive_timer'] as const
  t.equal(actionsAfter(...late).at(-1), 'raise_alarm')
  t.equal(triggers(...late, 'trigger_timer', 'file_received', 'reflected'), 1)
  t.equal(triggers(...late, 'rearmed'), 2)
  t.equal(actionsAfter('send_failed').at(-1), 'raise_alarm')
})

t.test('F-11: the night close, in every state', async t => {
  // biome-ignore format: table
  const nights: Record<State, readonly [events: Event[], state: State, because: string]> = {
    closed:                [['night_closed', 'trigger_timer'], 'closed', 'nothing is sent at night'],
    sending:               [['night_closed', 'trigger_sent', 'file_received', 'reflected'], 'closed', 'it finishes'],
    awaiting_file:         [['night_closed', 'trigger_timer', 'receive_timer'], 'closed', 'or times out'],
    awaiting_file_due:     [['night_closed', 'file_received', 'reflected'], 'closed', 'and nothing follows'],
    reflecting:            [['night_closed', 'reflected', 'trigger_timer'], 'closed', 'the timer no longer sends'],
    reflecting_due:        [['night_closed', 'reflection_failed'], 'closed', 'a failure ends too'],
    idle:                  [['night_closed', 'trigger_timer'], 'closed', 'at once'],
    stopped:               [['night_closed', 'rearmed'], 'closed', 'the morning begins afresh'],
    closing_sending:       [['opened', 'trigger_sent'], 'awaiting_file', 'opened while it was sent'],
    closing_awaiting_file: [['opened', 'file_received', 'reflected'], 'sending', 'then the first of the day'],
    closing_reflecting:    [['opened', 'reflected'], 'sending', 'then the first of the day'],
  }
  for (const state of EXCHANGE_STATES) {
    const [events, end, because] = nights[state]
    const after = events.reduce<State>((at, event) => next(at, event)[0], state)
    t.equal(after, end, `${state}: ${because}`)
  }
  t.strictSame(next('closed', 'opened'), begin, 'the first trigger has no preconditions')
})

t.test('F-11: the hours of a setting, over midnight too', async t => {
  const hours = (text: string) => given(parseOnlineHours(text))
  // biome-ignore format: table
  for (const [setting, at, online, opensAt, closesAt] of [
    ['08:00-24:00', '2000-12-01T07:59:59.999', false, '2000-12-01T08:00', undefined],
    ['08:00-24:00', '2000-12-01T08:00',        true,  '2000-12-01T08:00', '2000-12-02T00:00'],
    ['08:00-24:00', '2000-12-01T23:59:59.999', true,  '2000-12-01T08:00', '2000-12-02T00:00'],
    ['08:00-24:00', '2000-12-02T00:00',        false, '2000-12-02T08:00', undefined],
    ['06:00-02:00', '2000-12-02T01:59',        true,  '2000-12-01T06:00', '2000-12-02T02:00'],
    ['06:00-02:00', '2000-12-02T02:00',        false, '2000-12-02T06:00', undefined],
    ['00:00-24:00', '2000-12-02T00:00',        true,  undefined,          undefined],
  ] as const) {
    const found = onlineAt(hours(setting), jst(at))
    t.equal(found.online, online, `${setting} at ${at}`)
    if (opensAt) t.equal(found.opensAt, jst(opensAt))
    if (found.online) t.equal(found.closesAt, closesAt && jst(closesAt))
  }
  for (const text of ['8:00-24:00', '08:00-08:00', '08:00-24:30', '24:00-08:00', '08:60-09:00']) {
    t.equal(parseOnlineHours(text), undefined, text)
  }
  t.equal(nextTimeOfDay(180, jst('2000-12-01T02:59:59.999')), jst('2000-12-01T03:00'))
  t.equal(nextTimeOfDay(180, jst('2000-12-01T03:00')), jst('2000-12-02T03:00'), 'once a day')
})

t.test('F-05, F-06: a timer tells whom it is to tell, outlives a kill, and fires once', async t => {
  const desk = openBillingDesk(t)
  const path = join(dirname(desk.path), 'timers.json')
  const told: string[] = []
  let reachable = false
  const open = () => {
    const facility = new TimerFacility({
      file: new TimerFile(path),
      clock: desk.clock,
      log: pino({ level: 'silent' }),
      notify: async (program: string, { timer, about }: TimerNotice) => {
        if (program === 'aris' && !reachable) throw new Fault('PEER_UNREACHABLE', 'aris is away')
        told.push(`${timer} → ${program}: ${about}`)
      },
      startJob: async (job, about) => void told.push(`job ${job}: ${about}`),
      later: quickLater,
    })
    facility.restore()
    return facility
  }
  const dueAt = (minutes: number) => epochMs(jst('2000-12-01') + minutes * MINUTE_MS)
  const first = open()
  first.start([
    { name: 'own', dueAt: dueAt(10), about: '1', effect: { does: 'notify', program: 'billing' } },
    { name: 'other', dueAt: dueAt(20), about: '2', effect: { does: 'notify', program: 'aris' } },
    { name: 'job', dueAt: dueAt(30), about: '3', effect: { does: 'start_job', job: 'redrive' } },
    { name: 'gone', dueAt: dueAt(15), about: '4', effect: { does: 'notify', program: 'billing' } },
    { name: 'later', dueAt: dueAt(90), about: '5', effect: { does: 'notify', program: 'billing' } },
  ])
  first.stop('gone')
  desk.clock.set(dueAt(10))
  await until('the first', () => told.length === 1)
  t.strictSame(told, ['own → billing: 1'], 'the requester is told, at its time and not before')
  const kept = readFileSync(path, 'utf8')
  await first.close()

  desk.clock.set(dueAt(60))
  const second = open()
  await until('the job', () => told.includes('job redrive: 3'))
  t.notOk(
    told.some(one => one.startsWith('other')),
    'a program that is away is told again',
  )
  reachable = true
  await until('the other program', () => told.includes('other → aris: 2'))
  await until('the file', () => second.all().length === 1)
  t.strictSame(told.toSorted(), ['job redrive: 3', 'other → aris: 2', 'own → billing: 1'])
  t.match(second.all(), [{ name: 'later', dueAt: dueAt(90) }], 'the same deadline as before')
  await second.close()

  writeFileSync(path, kept.slice(0, -20))
  t.throws(open, { code: 'FILE_MALFORMED' }, 'a timer file that is none is not passed over')
})

t.test('F-01, F-02, F-07, F-10: billing leads, and fetches everything that is closed', async t => {
  const desk = openBillingDesk(t, '2000-12-01T10:00:05')
  for (const n of [1, 2]) await desk.contract(n)
  const crs = new FakeCrs(desk.files)
  desk.files.hour('2000-12-01T08:00', [charge(1, '2000-12-01T08:10', 3_000)])
  desk.files.hour('2000-12-01T09:00', [charge(2, '2000-12-01T09:10', 1_000)])
  const run = await runExchange(desk, crs)
  t.teardown(() => run.close())
  await until('the first exchange', () => run.state() === 'idle')
  t.equal((await desk.store.exchange()).reflectedThrough, 2)
  t.match(run.facility.all(), [{ name: 'trigger-send', dueAt: jst('2000-12-01T11:00:05') }])
  desk.files.hour('2000-12-01T10:00', [charge(1, '2000-12-01T10:10', 1_000)])
  desk.clock.set(jst('2000-12-01T11:00:04'))
  t.strictSame(crs.triggers, [1], 'the timer did not fire yet')
  desk.clock.set(jst('2000-12-01T11:00:05'))
  await until('the second', () => crs.triggers.length === 2 && run.state() === 'idle')
  t.equal((await desk.store.exchange()).reflectedThrough, 3)
  desk.clock.set(jst('2000-12-01T12:00:06'))
  await until('an empty answer', () => crs.triggers.length === 3 && run.state() === 'idle')
  t.strictSame(crs.wrongs, [])
  const view = await desk.store.viewNumber(number(1), desk.clock.now())
  t.equal(view?.contract?.balance, 4_000)
})

t.test(
  'F-12: killed before or after each step that leaves something, it neither loses nor repeats',
  async t => {
    for (let at = 0; ; at++) {
      const desk = openBillingDesk(t, '2000-12-01T10:00:05')
      await desk.contract(1)
      desk.files.hour('2000-12-01T08:00', [charge(1, '2000-12-01T08:10', 3_000)])
      desk.files.hour('2000-12-01T09:00', [charge(1, '2000-12-01T09:10', 1_000)])
      const crs = new FakeCrs(desk.files)
      const executioner = new Executioner(at)
      const killed = await runExchange(desk, crs, { executioner })
      await until(`death at ${at}`, () => executioner.dead || killed.state() === 'idle')
      if (!executioner.dead) {
        t.ok(at > 20, `${at} places to be killed at`)
        await killed.close()
        break
      }
      const deadlines = new TimerFile(join(dirname(desk.path), 'timers.json')).all()
      const run = await runExchange(desk, crs)
      await until(`the exchange after a kill at ${at}`, () => run.state() === 'idle')
      const trigger = run.facility.all().find(({ name }) => name === 'trigger-send')
      const entries = (await desk.store.viewNumber(number(1), desk.clock.now()))?.contract?.entries
      const wrong = [
        crs.triggers.join() === '1' ? '' : `triggers ${crs.triggers}`,
        entries?.map(({ amount }) => amount).join() === '3000,1000' ? '' : `entries ${entries}`,
        trigger?.dueAt === jst('2000-12-01T11:00:05') ? '' : `timer ${trigger?.dueAt}`,
        deadlines.every(({ dueAt }) => dueAt >= jst('2000-12-01T10:10:05')) ? '' : 'deadlines',
        crs.wrongs.join(),
      ].filter(one => one !== '')
      if (wrong.length > 0) t.fail(`killed at ${at}: ${wrong.join('; ')}`)
      await run.close()
    }
  },
)

t.test(
  'F-06, F-12: deadlines are the same after a kill, and one that passed fires at once',
  async t => {
    const desk = openBillingDesk(t, '2000-12-01T10:00')
    const crs = new FakeCrs(desk.files)
    crs.silent = true
    const first = await runExchange(desk, crs)
    await until('the trigger', () => first.state() === 'awaiting_file')
    await first.close()
    desk.clock.set(jst('2000-12-01T10:05'))
    const second = await runExchange(desk, crs)
    t.strictSame(
      second.facility.all().map(({ name, dueAt }) => [name, dueAt]),
      [
        ['receive-wait', jst('2000-12-01T10:10')],
        ['trigger-send', jst('2000-12-01T11:00')],
      ],
    )
    t.equal(second.state(), 'awaiting_file')
    await second.close()

    desk.clock.set(jst('2000-12-01T12:00'))
    const third = await runExchange(desk, crs)
    t.teardown(() => third.close())
    await until('the alarm', () => third.state() === 'stopped')
    await until('both timers fired', () => third.facility.all().length === 0)
    t.strictSame(third.alarms(), ['EXCHANGE_STOPPED'])
    t.strictSame(crs.triggers, [1], 'no new trigger until an operator re-arms')
    crs.silent = false
    t.equal(await third.runner.rearm(), true)
    await until('the next exchange', () => third.state() === 'idle')
    t.strictSame(crs.triggers, [1, 2])
    t.equal(await third.runner.rearm(), false, 'nothing stands still')
  },
)

t.test('after an outage the answer that lies there is taken before the alarm', async t => {
  const desk = openBillingDesk(t, '2000-12-01T10:00')
  const crs = new FakeCrs(desk.files)
  crs.silent = true
  const first = await runExchange(desk, crs)
  await until('the trigger', () => first.state() === 'awaiting_file')
  await first.close()
  crs.silent = false
  desk.clock.set(jst('2000-12-01T10:30'))
  const second = await runExchange(desk, crs)
  t.teardown(() => second.close())
  await until('the exchange', () => second.state() === 'idle')
  t.strictSame(second.alarms(), [])
})

t.test('C-08: what piled up is fetched together or one by one, and comes to the same', async t => {
  for (const oneByOne of [false, true]) {
    const desk = openBillingDesk(t, '2000-12-08T10:00')
    await desk.contract(1)
    for (let hour = 0; hour < 100; hour++) {
      const at = epochMs(jst('2000-12-01T00:00') + hour * 3_600_000)
      const began = jstText(at).slice(0, 16)
      desk.files.hour(began, hour % 40 === 7 ? [charge(1, `${began.slice(0, 14)}30`, 3_000)] : [])
    }
    const crs = new FakeCrs(desk.files)
    crs.oneByOne = oneByOne
    const run = await runExchange(desk, crs)
    await until('the exchange', () => run.state() === 'idle')
    t.equal((await desk.store.exchange()).reflectedThrough, 100)
    const { contract } = given(await desk.store.viewNumber(number(1), desk.clock.now()))
    t.strictSame(
      contract?.entries.map(({ amount }) => amount),
      [3_000, 3_000, 3_000],
    )
    const spool = join(dirname(desk.path), 'spool')
    const kept = desk.files.all.filter(
      ({ name, text }) => readFileSync(join(spool, name), 'latin1') === text,
    )
    t.equal(kept.length, 100, 'each is kept as it came')
    await run.close()
  }
})

t.test('what comes back otherwise than it was offered is not reflected', async t => {
  const desk = openBillingDesk(t, '2000-12-01T10:00')
  await desk.contract(1)
  const file = desk.files.hour('2000-12-01T08:00', [charge(1, '2000-12-01T08:10', 3_000)])
  const crs = new FakeCrs(desk.files)
  const good = crs.fetchFile.bind(crs)
  crs.fetchFile = async () => Buffer.from(file.text.replace('0003000', '0009000'))
  const run = await runExchange(desk, crs)
  t.teardown(() => run.close())
  await until('the answer', () => run.state() === 'awaiting_file')
  crs.fetchFile = async () => Buffer.from(file.text.slice(0, 100))
  desk.clock.set(jst('2000-12-01T10:10'))
  await until('the alarm', () => run.state() === 'stopped')
  t.equal((await desk.store.exchange()).reflectedThrough, 0)
  crs.fetchFile = good
  await run.runner.rearm()
  await until('the exchange', () => run.state() === 'idle')
  t.equal((await desk.store.exchange()).reflectedThrough, 1)

  // A file whose form is wrong is as it was offered: it is fetched, and refused whole.
  const bad = desk.files.hour('2000-12-01T09:00', [charge(1, '2000-12-01T09:10', 1_000)])
  Object.assign(bad, { text: bad.text.replace('E30000000001', 'E30000000002') })
  desk.clock.set(jst('2000-12-01T11:10'))
  await until('the second alarm', () => run.state() === 'stopped')
  t.equal((await desk.store.exchange()).reflectedThrough, 1)
  t.strictSame(run.alarms(), ['EXCHANGE_STOPPED', 'EXCHANGE_STOPPED'])
})

t.test('F-11: closed at night, caught up in the morning in one exchange', async t => {
  const desk = openBillingDesk(t, '2000-12-01T23:30')
  const crs = new FakeCrs(desk.files)
  const hours = '08:00-24:00'
  const run = await runExchange(desk, crs, { hours })
  await until('the exchange', () => run.state() === 'idle')
  desk.clock.set(jst('2000-12-02T00:00'))
  await until('the night', () => run.state() === 'closed')
  t.strictSame(run.facility.all(), [], 'no timer runs at night')
  for (const hour of ['00', '01', '02', '03', '04', '05', '06']) {
    desk.files.hour(`2000-12-02T${hour}:00`)
  }
  desk.clock.set(jst('2000-12-02T07:59:59'))
  t.equal(run.state(), 'closed')
  desk.clock.set(jst('2000-12-02T08:00'))
  await until('the morning', () => crs.triggers.length === 2 && run.state() === 'idle')
  t.equal((await desk.store.exchange()).reflectedThrough, 7)
  await run.close()

  // Billing is down over the next night: it missed the close, and the opening has no conditions.
  desk.clock.set(jst('2000-12-03T08:10'))
  const after = await runExchange(desk, crs, { hours })
  await until('the morning after', () => crs.triggers.length === 3 && after.state() === 'idle')
  t.match(after.facility.all(), [{ name: 'trigger-send', dueAt: jst('2000-12-03T09:10') }])
  crs.away = true
  desk.clock.set(jst('2000-12-03T09:10'))
  await until('the trigger', () => after.state() === 'sending')
  desk.clock.set(jst('2000-12-03T09:20'))
  await until('the alarm', () => after.state() === 'stopped')
  t.strictSame(after.alarms(), ['EXCHANGE_STOPPED'])
  crs.away = false
  desk.clock.set(jst('2000-12-04T09:00'))
  await until('a morning without a hand', () => after.state() === 'idle')
  t.strictSame(crs.wrongs, [])
  await after.close()
})
