import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { MonthCloser } from '../../billing/jobs/close-month.js'
import { MONTH_CLOSE, MonthClosing } from '../../billing/jobs/month-closing.js'
import { TimerFacility } from '../../billing/timers/timer-facility.js'
import { TimerFile } from '../../billing/timers/timer-file.js'
import type { JstMonth } from '../../domain/jst.js'
import { jst } from '../support/billing-desk.js'
import { until } from '../support/exchange-rig.js'
import { atTheEndOfDecember } from '../support/rated-desk.js'

const DECEMBER = '2000-12' as JstMonth

/** A desk whose December waits, and the timer that closes months at 02:00. */
async function openClosing(t: Test) {
  const desk = await atTheEndOfDecember(t)
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
  const closer = new MonthCloser(desk.store, log)
  const closing = new MonthClosing({ store: desk.store, closer, clock: desk.clock, log, at: 120 })
  let runs = 0
  const facility: TimerFacility = new TimerFacility({
    file: new TimerFile(join(t.testdir(), 'timers.json')),
    clock: desk.clock,
    log,
    notify: async () => {},
    startJob: async () => {
      await closing.run()
      facility.start([closing.timer()])
      runs++
    },
  })
  facility.start([closing.timer()])
  t.teardown(async () => {
    await facility.close()
    await closer.end()
  })
  return {
    ...desk,
    closer,
    dueAt: () => facility.all().find(({ name }) => name === MONTH_CLOSE)?.dueAt,
    isClosed: async () => (await desk.store.closeSummary(DECEMBER)).contracts > 0,
    alarms: () =>
      lines.filter(({ alarm }) => alarm === 'MONTH_NOT_CLOSED').map(({ msg, why }) => [msg, why]),
    /** Moves the clock, and waits until the job was run so often in all. */
    async moveTo(at: string, times: number) {
      desk.clock.set(jst(at))
      await until(`run ${times} of the job`, () => runs >= times)
    },
  }
}

t.test(
  'F-05, §7.15: a month closes by itself, the night after its corrections are over',
  async t => {
    const desk = await openClosing(t)
    t.equal(desk.dueAt(), jst('2001-01-02T02:00'), 'a timer of every night')
    await desk.moveTo('2001-01-07T02:00', 1)
    t.notOk(await desk.isClosed(), 'on the 7th it may still be corrected')
    await desk.moveTo('2001-01-08T02:00', 2)
    t.ok(await desk.isClosed())
    const { final, state } = await desk.invoice('2000-12', 1)
    t.strictSame([final, state], [true, 'billed'], 'calculated with it, and final')
    t.equal(desk.dueAt(), jst('2001-01-09T02:00'))
    t.strictSame(desk.alarms(), [])
    t.equal((await desk.closer.close(DECEMBER, true)).outcome, 'closed', 'asked again, it shows it')
  },
)

t.test('a month that cannot be closed is an alarm, and is tried again every hour', async t => {
  const desk = await openClosing(t)
  await desk.moveTo('2001-01-08T02:00', 1)
  t.ok(await desk.isClosed())
  await desk.moveTo('2001-02-08T02:00', 2)
  t.strictSame(
    desk.alarms(),
    [['alarm raised', 'complete are days up to 2000-12-31']],
    'January has charges that may still come',
  )
  t.equal(desk.dueAt(), jst('2001-02-08T03:00'))
  await desk.moveTo('2001-02-08T03:00', 3)
  t.equal(desk.alarms().length, 1, 'the same is told once')
  await desk.days('2001-01-01', '2001-01-31')
  await desk.moveTo('2001-02-08T04:00', 4)
  t.strictSame(desk.alarms().at(-1), ['alarm cleared', undefined])
  t.equal(desk.dueAt(), jst('2001-02-09T02:00'))
  t.equal(await desk.store.dueMonth(), undefined)
})

t.test('an operator holds a month: nothing closes it until it is released', async t => {
  const desk = await openClosing(t)
  const { store } = desk
  t.equal(await store.holdMonth(DECEMBER, 'the usage of one switch is late'), 'held')
  t.equal(await store.holdMonth(DECEMBER, 'again'), 'held_already')
  await desk.moveTo('2001-01-08T02:00', 1)
  t.notOk(await desk.isClosed())
  t.strictSame(desk.alarms(), [['alarm raised', 'held: the usage of one switch is late']])
  const asked = await desk.closer.close(DECEMBER, false)
  t.match(asked, { outcome: 'held', hold: { heldAt: jst('2001-01-02') } }, 'nor by command')
  t.equal(await store.releaseMonth(DECEMBER, 'it came'), 'released')
  t.equal(await store.releaseMonth(DECEMBER, 'it came'), 'not_held')
  await desk.moveTo('2001-01-08T03:00', 2)
  t.ok(await desk.isClosed())
  t.strictSame(desk.alarms().at(-1), ['alarm cleared', undefined])
  t.equal(await store.holdMonth(DECEMBER, 'too late'), 'month_closed')
})
