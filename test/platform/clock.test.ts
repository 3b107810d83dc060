import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { clockForThread, type NetworkClock, SetClock, systemClock } from '../../platform/clock.js'
import {
  beginClock,
  type ClockShown,
  changeClock,
  openClock,
  readClock,
  repairClock,
} from '../../platform/clock-file.js'
import { decodeClockSetting, encodeClockSetting } from '../../platform/clock-setting.js'
import { Deadline, type Later } from '../../platform/deadline.js'
import type { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import type { Machine } from '../../platform/machine.js'
import { RunningClock } from '../../platform/running-clock.js'
import { freshHome } from '../support/fresh-home.js'
import { jst } from '../support/scp-desk.js'

const SERVICE_START = jst('2000-12-01T00:00:00')
const HOUR_MS = 3_600_000

/** A machine whose times are moved by hand. */
class HandMachine implements Machine {
  boot = 'first start'
  noticeMs = 0
  monotonicMs = 1_000_000
  realAt = jst('2026-04-01T09:00:00')
  monotonicNs = () => BigInt(this.monotonicMs) * 1_000_000n
  realNow = () => this.realAt
  pass(ms: number) {
    this.monotonicMs += ms
    this.realAt = epochMs(this.realAt + ms)
  }
}

const go = (home: Home, rate: number, machine: Machine) =>
  changeClock(home, ({ now }) => ({ moment: now, rate }), machine)

const advance = (home: Home, ms: number, machine?: Machine) =>
  changeClock(home, ({ now, rate }) => ({ moment: epochMs(now + ms), rate }), machine)

/** Waits for what other threads and the system do in their own time. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (holds()) return
    await wait(10)
  }
  throw new Error(`it never came about: ${what}`)
}

t.test('a network without a clock of its own has the machine’s', async t => {
  const machine = new HandMachine()
  const home = freshHome(t)
  t.strictSame(readClock(home, machine), { now: machine.realAt, rate: 1, setting: undefined })
  t.notOk(existsSync(home.clockFile))
})

t.test('the clock goes at its rate, stands, and goes on, whoever reads it', async t => {
  const machine = new HandMachine()
  const home = freshHome(t)
  const shows = (text: string, because: string) =>
    t.equal(readClock(home, machine).now, jst(text), because)
  beginClock(home, SERVICE_START, machine)
  shows('2000-12-01T00:00:00', 'where a new network begins')
  machine.pass(90_000)
  shows('2000-12-01T00:01:30', 'at the machine’s pace')
  await go(home, 43_200, machine)
  machine.pass(60_000)
  shows('2000-12-31T00:01:30', 'thirty days in a minute')
  await go(home, 0, machine)
  machine.pass(HOUR_MS)
  shows('2000-12-31T00:01:30', 'frozen')
  await advance(home, 24 * HOUR_MS, machine)
  machine.pass(HOUR_MS)
  shows('2001-01-01T00:01:30', 'set forward, it still stands')
  await go(home, 0.5, machine)
  machine.pass(10_000)
  shows('2001-01-01T00:01:35', 'half as fast')
})

t.test('the clock never goes back, and is changed by one at a time', async t => {
  const machine = new HandMachine()
  const home = freshHome(t)
  beginClock(home, SERVICE_START, machine)
  const before = readFileSync(home.clockFile, 'utf8')
  await t.rejects(advance(home, -1, machine), { code: 'COMMAND_REFUSED', message: /forward only/ })
  t.equal(readFileSync(home.clockFile, 'utf8'), before)
  beginClock(home, jst('2000-11-01T00:00:00'), machine)
  t.equal(readFileSync(home.clockFile, 'utf8'), before, 'what has begun is left as it is')

  writeFileSync(`${home.clockFile}.lock`, `${process.pid}\n`)
  await t.rejects(go(home, 2, machine), { code: 'COMMAND_REFUSED', message: /under way/ })
  writeFileSync(`${home.clockFile}.lock`, '999999999\n')
  await go(home, 2, machine)
  t.notOk(existsSync(`${home.clockFile}.lock`), 'what a killed program left behind is taken away')
})

t.test('a clock begins only where nothing is stored yet', async t => {
  const home = freshHome(t)
  writeFileSync(join(home.stores, 'scp.sqlite'), '')
  t.throws(() => beginClock(home, SERVICE_START), { code: 'COMMAND_REFUSED', message: /stores/ })
  t.notOk(existsSync(home.clockFile))
})

t.test('over a start of the machine the clock has gone on, at its rate', async t => {
  // biome-ignore format: table
  for (const [rate, offMs, correctedMs, expected, because] of [
    [1,   HOUR_MS,  0,        '2000-12-01T02:00:00', 'it runs on while the machine is off'],
    [24,  HOUR_MS,  0,        '2000-12-03T00:00:00', 'at its rate'],
    [0,   HOUR_MS,  0,        '2000-12-01T00:00:00', 'a frozen one stands'],
    [1,   HOUR_MS, -HOUR_MS * 9, '2000-12-01T00:00:00', 'a machine that lost its time does not set it back'],
  ] as const) {
    const machine = new HandMachine()
    const home = freshHome(t)
    beginClock(home, SERVICE_START, machine)
    await go(home, rate, machine)
    machine.pass(HOUR_MS)
    machine.boot = 'second start'
    machine.monotonicMs = 5_000
    machine.realAt = epochMs(machine.realAt + offMs + correctedMs)
    t.equal(readClock(home, machine).now, jst(expected), because)
    const { close } = openClock(home, silent, machine)
    t.match(readFileSync(home.clockFile, 'utf8'), /second start/, 'set anew by who opens it first')
    t.equal(readClock(home, machine).now, jst(expected), because)
    close()
  }
})

const silent = { changed: () => {}, failed: () => {} }

t.test('the file is read back as it was written, and refused when it was not', async t => {
  const machine = new HandMachine()
  const home = freshHome(t)
  beginClock(home, SERVICE_START, machine)
  await go(home, 43_200.5, machine)
  const text = readFileSync(home.clockFile, 'utf8')
  const setting = decodeClockSetting(text)
  t.ok(setting && encodeClockSetting(setting) === text)
  t.match(text, '"network":"2000-12-01T00:00:00.000+09:00"', 'a person can read it')
  // biome-ignore format: table
  for (const [damaged, because] of [
    ['',                                     'emptied'],
    [text.slice(0, -10),                     'cut short'],
    [text.replace('43200.5', '43200.6'),     'edited by hand'],
    [`${text}\n`,                            'added to'],
  ] as const) {
    writeFileSync(home.clockFile, damaged)
    t.throws(() => readClock(home, machine), { code: 'CLOCK_DAMAGED' }, because)
    t.throws(() => openClock(home, silent, machine), { code: 'CLOCK_DAMAGED' }, because)
    await t.rejects(go(home, 1, machine), { code: 'CLOCK_DAMAGED' }, because)
  }
  repairClock(home, jst('2000-12-24T18:00:00'), machine)
  machine.pass(HOUR_MS)
  t.equal(readClock(home, machine).now, jst('2000-12-24T18:00:00'), 'it stands where it was put')
  t.throws(() => repairClock(home, jst('2000-12-25T00:00:00'), machine), {
    code: 'COMMAND_REFUSED',
  })
})

t.test(
  'a program sees a change at once, in its threads too, and outlives a damaged file',
  async t => {
    const home = freshHome(t)
    beginClock(home, SERVICE_START)
    const seen: ClockShown[] = []
    const faults: Fault[] = []
    const { clock, close } = openClock(home, {
      changed: shown => seen.push(shown),
      failed: fault => faults.push(fault),
    })
    t.teardown(close)
    const worker = new Worker(new URL('../support/clock-thread.js', import.meta.url), {
      workerData: clockForThread(clock),
    })
    t.teardown(() => worker.terminate())
    const threadShows = async (): Promise<EpochMs> => {
      worker.postMessage('now')
      const [now] = await once(worker, 'message')
      return now
    }
    const { now: stood } = await changeClock(home, ({ now }) => ({ moment: now, rate: 0 }))
    await until('the freeze', () => clock.now() === stood)
    t.equal(seen.length, 1)
    t.ok(stood >= SERVICE_START && stood < SERVICE_START + HOUR_MS)
    t.equal(await threadShows(), stood)

    await advance(home, 30 * 24 * HOUR_MS)
    await until('the advance', () => clock.now() === stood + 30 * 24 * HOUR_MS)
    t.equal(await threadShows(), stood + 30 * 24 * HOUR_MS)

    const whole = readFileSync(home.clockFile)
    writeFileSync(home.clockFile, 'gone')
    await until('the complaint', () => faults.length > 0)
    t.equal(faults[0]?.code, 'CLOCK_DAMAGED')
    t.equal(clock.now(), stood + 30 * 24 * HOUR_MS, 'it goes on as it was set before')
    writeFileSync(home.clockFile, whole)
    await advance(home, 1_000)
    await until('the next advance', () => clock.now() === stood + 30 * 24 * HOUR_MS + 1_000)
  },
)

t.test(
  'a running clock that is set behind what it showed stands until its time has come',
  async t => {
    const at = (moment: EpochMs, rate: number, agoMs = 0) => ({
      moment,
      monotonicNs: process.hrtime.bigint() - BigInt(agoMs) * 1_000_000n,
      rate,
    })
    const clock = new RunningClock(at(SERVICE_START, 0))
    clock.set(at(epochMs(SERVICE_START - HOUR_MS), 0))
    t.equal(clock.now(), SERVICE_START)
    clock.set(at(epochMs(SERVICE_START - HOUR_MS), 1, HOUR_MS + 5_000))
    t.ok(clock.now() >= SERVICE_START + 5_000)
    t.equal(clock.msUntil(SERVICE_START), 0)
    t.ok(clock.msUntil(epochMs(clock.now() + 2 * HOUR_MS)) > HOUR_MS)
  },
)

/** Timers that are fired by hand, and the waits that were asked for. */
function handTimers() {
  const waits: { run: () => void; ms: number }[] = []
  const later: Later = (run, ms) => {
    const one = { run, ms }
    waits.push(one)
    return () => void (waits.includes(one) && waits.splice(waits.indexOf(one), 1))
  }
  return { waits, later, fire: () => waits.shift()?.run() }
}

t.test('a deadline is met when the clock reaches it, however it gets there', async t => {
  const clock = new SetClock(epochMs(0))
  const { waits, later, fire } = handTimers()
  let met = 0
  const deadline = new Deadline(clock, () => met++, later)
  deadline.set(epochMs(900_000))
  t.strictSame(
    waits.map(({ ms }) => ms),
    [1_000],
    'a clock that stands is looked at all the same',
  )
  fire()
  t.equal(met, 0)
  clock.set(epochMs(899_999))
  fire()
  t.equal(met, 0, 'not a millisecond early')
  clock.set(epochMs(900_000))
  t.strictSame(
    waits.map(({ ms }) => ms),
    [0],
    'an advance is seen at once',
  )
  fire()
  t.equal(met, 1)
  t.equal(waits.length, 0, 'once')
  clock.set(epochMs(1_000_000))
  t.equal(waits.length, 0, 'what was met is met')
  deadline.set(epochMs(1))
  fire()
  t.equal(met, 2, 'one that is past is met at once')
  deadline.set(epochMs(2_000_000))
  deadline.clear()
  clock.set(epochMs(3_000_000))
  t.equal(waits.length, 0, 'one that was called off is not met')
})

t.test('a deadline counts at the clock’s rate', async t => {
  const paced = (rate: number): NetworkClock => ({
    now: () => epochMs(0),
    msUntil: moment => moment / rate,
    onSet: () => () => {},
  })
  // biome-ignore format: table
  for (const [clock, at, expected, because] of [
    [paced(43_200),  900_000, 21,    'a quarter-hour when a month passes in a minute'],
    [paced(1),       900,     900,   'at the machine’s pace'],
    [paced(1),       900_000, 1_000, 'but looked at every second'],
    [systemClock,    0,       0,     'long past'],
  ] as const) {
    const { waits, later } = handTimers()
    new Deadline(clock, () => {}, later).set(epochMs(at))
    t.equal(waits[0]?.ms, expected, because)
  }
})
