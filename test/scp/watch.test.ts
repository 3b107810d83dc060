import { pino } from 'pino'
import t, { type Test } from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type AlarmTold, alarmsTold } from '../../platform/alarm.js'
import { type NetworkClock, SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { RunningClock } from '../../platform/running-clock.js'
import { openStoreToRead } from '../../platform/store.js'
import { type Watched, WatchReader } from '../../scp/store/watch-reader.js'
import { LEAP_MS } from '../../scp/watch/clock-watch.js'
import { Watch } from '../../scp/watch/watch.js'
import { type Desk, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'
import { WrongClock } from '../support/wrong-clock.js'

const START = jst('2001-01-15T12:00:00')
const MIB = 1_048_576

const LIMITS = { locks: 20, cardLocks: 2, freeBytes: 500 * MIB, backlogMinutes: 60 }

const BRAKE = { beganAt: START, until: epochMs(START + 600_000), wrong: 300, limit: 300 }

/** A watch over values that the test sets; each look tells what became of alarms. */
function watchOver(t: Test) {
  return watchOverClocks(t, { network: new SetClock(START), machine: new SetClock(START) })
}

function watchOverClocks<C extends NetworkClock>(
  t: Test,
  clocks: { network: C; machine: C },
  monotonicMs = () => 0,
) {
  const seen: { -readonly [K in keyof Watched]: Watched[K] } & {
    free: number
    stamped: EpochMs | Fault
  } = {
    stamped: epochMs(0),
    locked: 0,
    cardsLocked: 0,
    brake: undefined,
    oldestWaiting: undefined,
    free: 501 * MIB,
  }
  const stands = new Set<string>()
  let told: string[] = []
  const hear = (one: unknown) => {
    const { type, code, subject } = one as AlarmTold
    const name = `${code} ${subject}`
    if (type === 'raised') stands.add(name)
    if (type === 'raised' || stands.delete(name)) told.push(`${type} ${name}`)
  }
  alarmsTold.subscribe(hear)
  t.teardown(() => void alarmsTold.unsubscribe(hear))
  const watch = new Watch({
    node: 'scp1',
    limits: LIMITS,
    read: async () => seen,
    stampedUntil: async () => {
      if (seen.stamped instanceof Fault) throw seen.stamped
      return seen.stamped
    },
    monotonicMs,
    freeBytes: async () => seen.free,
    clocks,
    later: () => () => {},
    log: pino({ level: 'silent' }),
  })
  const look = async () => {
    told = []
    await watch.run()
    return told
  }
  return { clocks, seen, look, close: () => watch.close() }
}

t.test(
  'M-15: locks, locked cards, the brake and free space alarm on one side of their limit, once',
  async t => {
    const one = watchOver(t)
    // biome-ignore format: table
    for (const [what, value, expected, because] of [
    ['locked', 19,        [],                                   'one below the limit'],
    ['locked', 20,        ['raised LOCK_STORM node scp1'],      'the limit'],
    ['locked', 25,        [],                                   'once'],
    ['locked', 20,        [],                                   'still there'],
    ['locked', 19,        ['cleared LOCK_STORM node scp1'],     'below again'],
    ['locked', 0,         [],                                   'once'],
    ['cardsLocked', 1,    [],                                   'one below the limit'],
    ['cardsLocked', 2,    ['raised CARD_PROBED node scp1'],     'the limit'],
    ['cardsLocked', 3,    [],                                   'once'],
    ['cardsLocked', 1,    ['cleared CARD_PROBED node scp1'],    'released'],
    ['brake',  BRAKE,     ['raised GUESS_RATE_HIGH node scp1'], 'the service brakes'],
    ['brake',  BRAKE,     [],                                   'once'],
    ['brake',  undefined, ['cleared GUESS_RATE_HIGH node scp1'], 'no longer'],
    ['free',   500 * MIB, [],                                   'as much as must be'],
    ['free',   500 * MIB - 1, ['raised DISK_SPACE_LOW node scp1'], 'less'],
    ['free',   0,         [],                                   'once'],
    ['free',   549 * MIB, [],                                   'files come and go at the limit'],
    ['free',   550 * MIB, ['cleared DISK_SPACE_LOW node scp1'], 'a tenth more is enough'],
  ] as const) {
    Object.assign(one.seen, { [what]: value })
    t.strictSame(await one.look(), expected, `${what} ${value}: ${because}`)
  }
    await one.close()
  },
)

t.test(
  'a clock that falls back by more than a second is an alarm until it has caught up (XK3)',
  async t => {
    for (const which of ['network', 'machine'] as const) {
      const one = watchOver(t)
      await one.look()
      // biome-ignore format: table
      for (const [ms, expected, because] of [
      [-1_000,     [],                                       'a second is corrected by time services'],
      [10_000,     [],                                       'it goes on'],
      [8_999,      [`raised CLOCK_WENT_BACK clock ${which}`], 'more than a second'],
      [-3_600_000, [],                                       'an hour more'],
      [9_999,      [],                                       'not yet there again'],
      [10_000,     [`cleared CLOCK_WENT_BACK clock ${which}`], 'there again'],
      [9e9,        [],                                       'set on, on purpose'],
    ] as const) {
      one.clocks[which].set(epochMs(START + ms))
      t.strictSame(await one.look(), expected, `${which} ${ms} ms: ${because}`)
    }
      await one.close()
    }
  },
)

t.test('XK3: after a start a clock behind what the store speaks of is an alarm', async t => {
  const one = watchOver(t)
  const lost = new Fault('STORE_FAILED', 'no answer')
  // biome-ignore format: table
  for (const [stampedMs, shownMs, expected, because] of [
    [1_000,  0,      [],                                       'a second is corrected by time services'],
    [1_001,  0,      ['raised CLOCK_WENT_BACK clock network'], 'more than a second, at the first looks'],
    [1_001,  1_000,  [],                                       'not yet there again'],
    [1_001,  1_001,  ['cleared CLOCK_WENT_BACK clock network'], 'there again'],
    [9e9,    1_001,  ['raised CLOCK_WENT_BACK clock network'], 'a charge under a wrong clock'],
    [lost,   1_001,  [],                                       'the store fails: what it said holds'],
    [9e9,    9e9,    ['cleared CLOCK_WENT_BACK clock network'], 'there again'],
    [lost,   9e9,    [],                                       'nothing is known to be wrong'],
  ] as const) {
    one.seen.stamped = stampedMs instanceof Fault ? stampedMs : epochMs(START + stampedMs)
    one.clocks.network.set(epochMs(START + shownMs))
    t.strictSame(await one.look(), expected, because)
  }
  await one.close()
})

t.test('XK3: a clock that leaps forward by itself is an alarm, each time', async t => {
  const clock = new WrongClock(START)
  const still = new WrongClock(START)
  const one = watchOverClocks(t, { network: clock, machine: still }, clock.monotonicMs)
  t.strictSame(await one.look(), [], 'whatever it shows at first')
  const raised = ['raised CLOCK_LEAPT clock network']
  // biome-ignore format: table
  for (const [passedMs, wrongMs, expected, because] of [
    [5_000,       0,               [],     'time passes'],
    [5_000,       LEAP_MS - 5_001, [],     'below five minutes in all'],
    [5_000,       LEAP_MS - 5_000, raised, 'five minutes'],
    [5_000,       0,               [],     'once'],
    [5_000,       3e11,            raised, 'ten years more'],
    [LEAP_MS,     0,               [],     'the machine was busy for five minutes: they have passed'],
    [5_000,       -9_000,          ['raised CLOCK_WENT_BACK clock network'], 'back, which is another fault'],
  ] as const) {
    clock.pass(passedMs, wrongMs)
    t.strictSame(await one.look(), expected, because)
  }
  await one.close()
})

t.test('XK3: a simulation’s clock that is moved on purpose is no leap', async t => {
  const now = process.hrtime.bigint()
  const clock = new RunningClock({ moment: START, monotonicNs: now, rate: 86_400 })
  let passedMs = 0
  const one = watchOverClocks(
    t,
    { network: clock, machine: new RunningClock('real time') },
    () => (passedMs += 5_000),
  )
  t.strictSame(await one.look(), [])
  t.strictSame(await one.look(), [], 'it goes fast')
  const soon = process.hrtime.bigint() + 100_000_000n
  clock.set({ moment: epochMs(START + 9e11), monotonicNs: soon, rate: 1 })
  t.strictSame(await one.look(), [], 'it was told, and shows it in a moment')
  while (clock.now() < START + 9e11) await new Promise(resolve => setImmediate(resolve))
  t.strictSame(await one.look(), [], 'it shows it')
  clock.set({ moment: epochMs(START + 10e11), monotonicNs: soon, rate: 1 })
  t.strictSame(await one.look(), [], 'and at once')
  await one.close()
})

t.test(
  'a file that waits for CRS for too long is an alarm, unless the clock was only set on',
  async t => {
    const one = watchOver(t)
    const file = (number: number, minutes: number) => ({
      number,
      since: epochMs(START - minutes * 60_000),
    })
    // biome-ignore format: table
    for (const [waiting, expected, because] of [
    [file(1, 60),  [],                                  'as long as it may'],
    [file(1, 61),  ['raised TRANSFER_LATE node scp1'],  'longer'],
    [file(1, 900), [],                                  'once'],
    [file(2, 800), [],                                  'it moves, and is late still'],
    [undefined,    ['cleared TRANSFER_LATE node scp1'], 'nothing waits'],
    [file(3, 900), [],                                  'seen for the first time: the clock was set on'],
    [file(4, 900), [],                                  'it was another: they are on their way'],
    [file(4, 900), ['raised TRANSFER_LATE node scp1'],  'it is stuck'],
    [file(5, 60),  ['cleared TRANSFER_LATE node scp1'], 'the rest is young'],
  ] as const) {
    one.seen.oldestWaiting = waiting
    t.strictSame(await one.look(), expected, because)
  }
    await one.close()
  },
)

/** What a desk's store shows to the watch at a moment. */
function watched({ file }: Desk, now: EpochMs): Watched {
  const store = openStoreToRead(file)
  try {
    return new WatchReader(store).read(now)
  } finally {
    store.close()
  }
}

t.test(
  'the store tells locks of ten minutes, locked cards of a day, and the oldest file',
  async t => {
    const desk = await openDesk(t, { clock: new SetClock(START) })
    for (const n of [1, 2]) {
      const token = await desk.call(phone(n))
      for (let entry = 0; entry < 5; entry++) await desk.key(token, wrongPin(entry))
    }
    const card = await desk.card(1_000)
    await desk.key(await desk.call(phone(3)), card.pin)
    const after = (ms: number) => watched(desk, epochMs(START + ms))
    for (const n of [4, 5, 6, 7, 8]) await desk.key(await desk.call(phone(n)), card.pin)
    t.match(after(0), { locked: 2, cardsLocked: 1, brake: undefined, oldestWaiting: undefined })
    t.match(after(599_999), { locked: 2 })
    t.match(after(600_000), { locked: 0 })
    t.match(after(86_399_999), { cardsLocked: 1 })
    t.match(after(86_400_000), { cardsLocked: 0 }, 'half-open: a day ago is over')
    desk.clock.set(epochMs(START + 3_600_000))
    await desk.store.ask('closeQuarterHours', { max: 10 })
    t.match(after(3_600_000).oldestWaiting, { number: 1 })
    await desk.close()
  },
)
