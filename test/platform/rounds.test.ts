import { pino } from 'pino'
import t, { type Test } from 'tap'
import { type AlarmTold, alarmsTold } from '../../platform/alarm.js'
import { Fault } from '../../platform/fault.js'
import { Rounds } from '../../platform/rounds.js'

const RETRY_MS = 10_000

/** Rounds of work that a test lets go on, with the alarms told and the pauses that were begun. */
function openRounds(t: Test, work: (round: number) => Promise<number | undefined>) {
  const told: string[] = []
  const listen = (message: unknown) => {
    const { type, code, subject } = message as AlarmTold
    if (subject === 'what dishes') told.push(`${type} ${code}`)
  }
  alarmsTold.subscribe(listen)
  t.teardown(() => alarmsTold.unsubscribe(listen))
  const pauses: { readonly ms: number; readonly over: () => void }[] = []
  let round = 0
  const rounds = new Rounds({
    work: () => work(++round),
    what: 'dishes',
    retryMs: RETRY_MS,
    later: (over, ms) => {
      const pause = { ms, over }
      pauses.push(pause)
      return () => void pauses.splice(pauses.indexOf(pause), 1)
    },
    log: pino({ enabled: false }),
  })
  return { rounds, told, pauses, count: () => round }
}

t.test('what is asked for meanwhile is done in one more round, and no two go at once', async t => {
  let under = 0
  const { rounds, count } = openRounds(t, async () => {
    t.equal(++under, 1, 'alone')
    await new Promise(setImmediate)
    under -= 1
    return undefined
  })
  await Promise.all([rounds.run(), rounds.run(), rounds.run()])
  t.equal(count(), 2)
  await rounds.run()
  t.equal(count(), 3)
})

t.test('a fault is an alarm until a round succeeds, another fault another alarm', async t => {
  const faults = ['FOLDER_NOT_WRITABLE', 'FOLDER_NOT_WRITABLE', 'STORE_FAILED'] as const
  const { rounds, told, pauses } = openRounds(t, async round => {
    const code = faults[round - 1]
    if (code) throw new Fault(code, 'it cannot be done')
    return undefined
  })
  await rounds.run()
  t.strictSame(told, ['raised FOLDER_NOT_WRITABLE'])
  t.strictSame(
    pauses.map(({ ms }) => ms),
    [RETRY_MS],
  )
  await rounds.run()
  t.equal(told.length, 1, 'it stands already')
  t.equal(pauses.length, 1, 'a round called off the pause before it')
  await rounds.run()
  t.equal(told.at(-1), 'raised STORE_FAILED')
  told.length = 0
  await rounds.run()
  t.match(new Set(told), new Set(['cleared STORE_FAILED', 'cleared FOLDER_NOT_WRITABLE']))
  t.equal(told.filter(one => one === 'cleared STORE_FAILED').length, 1)
  t.equal(pauses.length, 0)
})

t.test('a round may leave something for later, and tells of what an earlier run left', async t => {
  const { rounds, told, pauses, count } = openRounds(t, async round =>
    round === 1 ? 250 : undefined,
  )
  await rounds.run()
  t.ok(told.includes('cleared STORE_FAILED'), 'nothing hinders')
  t.equal(pauses[0]?.ms, 250)
  pauses[0]?.over()
  await rounds.run()
  t.ok(count() > 1)
  t.equal(pauses.length, 0)
})

t.test('what ends in the middle has not succeeded, and begins nothing more', async t => {
  let reached = () => {}
  const begun = new Promise<void>(resolve => {
    reached = resolve
  })
  let goOn = () => {}
  const { rounds, told, pauses, count } = openRounds(t, async () => {
    reached()
    await new Promise<void>(resolve => {
      goOn = resolve
    })
    t.ok(rounds.closing)
    return 250
  })
  void rounds.run()
  await begun
  const closed = rounds.close()
  goOn()
  await closed
  await rounds.run()
  t.equal(count(), 1)
  t.strictSame(told, [], 'no alarm is taken back by half a round')
  t.equal(pauses.length, 0)
})

t.test('what is no fault is thrown on', async t => {
  const { rounds } = openRounds(t, async () => {
    throw new TypeError('a mistake of ours')
  })
  await t.rejects(rounds.run(), { message: 'a mistake of ours' })
})
