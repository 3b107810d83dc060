import { createServer } from 'node:http'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { timerFilePath } from '../../billing/config.js'
import { REDRIVE, redrive } from '../../billing/jobs/redrive.js'
import { billing } from '../../billing/main.js'
import type { Timer } from '../../billing/timers/timer.js'
import { TimerFile } from '../../billing/timers/timer-file.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, type JstDay, nextJstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { charge, contractId, jst, number, openBillingDesk } from '../support/billing-desk.js'
import { runExchange, until } from '../support/exchange-rig.js'
import { FakeCrs } from '../support/fake-crs.js'
import { freshHome } from '../support/fresh-home.js'

t.setTimeout(120_000)

const silent = pino({ level: 'silent' })

/** billing as a program, without CRS; its timer management file holds these timers when it starts. */
async function startBilling(t: Test, at: string, timers: readonly Timer[]) {
  const home = freshHome(t)
  new TimerFile(timerFilePath(home)).put(timers)
  const clock = new SetClock(jst(at))
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
  const start = async () => {
    const running = await billing.start({
      home,
      given: { MCSCP_BILLING_ONLINE: '08:00-24:00', MCSCP_CRS_FTP_PORT: '1' },
      clock,
      log,
    })
    t.teardown(() => running.close().catch(() => {}))
    return running
  }
  const kept = () => new TimerFile(timerFilePath(home)).all()
  return { home, clock, lines, start, kept }
}

t.test('F-05: after its time a timer notifies the program that asked for it', async t => {
  const desk = openBillingDesk(t, '2000-12-01T10:00')
  const crs = new FakeCrs(desk.files)
  const run = await runExchange(desk, crs)
  t.teardown(() => run.close())
  await until('the exchange', () => run.state() === 'idle')
  t.match(run.facility.all(), [
    { name: 'trigger-send', about: '1', effect: { does: 'notify', program: 'billing' } },
  ])
  desk.clock.set(jst('2000-12-01T11:00'))
  await until('the next trigger', () => crs.triggers.length === 2 && run.state() === 'idle')
})

t.test('F-05, F-12: or another program, again until it has taken it, and once', async t => {
  const dueAt = jst('2000-12-01T09:00')
  const effect = { does: 'notify', program: 'aris' } as const
  const timer = { name: 'invoice-day', dueAt, about: '2000-12', effect }
  const desk = await startBilling(t, '2000-12-01T07:00', [timer])
  const told: string[] = []
  const aris = createServer((request, answer) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      if (request.url !== '/timer-notices') return answer.writeHead(503).end('{}')
      told.push(`${request.method} ${body}`)
      return answer.writeHead(told.length === 1 ? 503 : 200).end('{}')
    })
  })
  await new Promise<void>(resolve => aris.listen(join(desk.home.sockets, 'aris.sock'), resolve))
  t.teardown(() => {
    aris.closeAllConnections()
    aris.close()
  })
  const first = await desk.start()
  t.strictSame(told, [], 'not before its time')
  await first.close()

  // F-12: its deadline passes while billing is down.
  desk.clock.set(jst('2000-12-01T20:00'))
  await desk.start()
  await until('it is told', () => told.length === 2)
  await until('it is forgotten', () => desk.kept().every(({ name }) => name !== 'invoice-day'))
  const notice = `POST ${JSON.stringify({ timer: 'invoice-day', about: '2000-12' })}`
  t.strictSame(told, [notice, notice], 'the first time it was not taken')
})

t.test('F-05, B-08, B-19: or it starts a job, at night, while no trigger goes out', async t => {
  const desk = await startBilling(t, '2000-12-02T02:59', [])
  await desk.start()
  const kept = () => desk.kept().find(({ name }) => name === REDRIVE)
  t.match(kept(), { dueAt: jst('2000-12-02T03:00'), effect: { does: 'start_job', job: REDRIVE } })
  const runs = () => desk.lines.filter(({ msg }) => msg === 'held charges tried again').length
  desk.clock.set(jst('2000-12-02T03:00'))
  await until('the job', () => runs() === 1)
  await until('the next night', () => kept()?.dueAt === jst('2000-12-03T03:00'))
  t.notOk(
    desk.lines.some(({ msg }) => `${msg}`.startsWith('trigger')),
    'billing is closed for the night',
  )
})

t.test(
  'F-07, F-08: a week of silence is an alarm, and is caught up in order in one exchange',
  async t => {
    const desk = openBillingDesk(t, '2000-12-01T09:00')
    await desk.contract(1)
    const crs = new FakeCrs(desk.files)
    crs.away = true
    const run = await runExchange(desk, crs, { hours: '08:00-24:00' })
    t.teardown(() => run.close())
    const records = []
    for (let day = '2000-12-01' as JstDay; day <= '2000-12-07'; day = nextJstDay(day)) {
      const some = [charge(1, `${day}T10:10`, 3_000), charge(1, `${day}T23:50`, 1_000)]
      for (let hour = 0; hour < 24; hour++) {
        const began = epochMs(jst(day) + hour * HOUR_MS)
        const within = some.filter(
          ({ chargedAt: at }) => at >= began && at < epochMs(began + HOUR_MS),
        )
        desk.files.hour(began, within)
      }
      desk.files.close(day, some)
      records.push(...some)
    }
    desk.clock.set(jst('2000-12-01T09:10'))
    await until('the alarm', () => run.state() === 'stopped')
    t.strictSame(run.alarms(), ['EXCHANGE_STOPPED'])
    // Each morning opens anew, and stops again; nothing is reflected.
    for (let day = '2000-12-02' as JstDay; day <= '2000-12-07'; day = nextJstDay(day)) {
      desk.clock.set(jst(`${day}T08:00`))
      await until(`the morning of ${day}`, () => run.state() === 'sending')
      desk.clock.set(jst(`${day}T08:10`))
      await until(`the alarm of ${day}`, () => run.state() === 'stopped')
    }
    t.equal((await desk.store.exchange()).reflectedThrough, 0)
    // A trigger that waited for days has its ten minutes anew: CRS is back within them.
    const sendTrigger = crs.sendTrigger.bind(crs)
    let tries = 0
    crs.sendTrigger = async (...trigger) => {
      tries++
      await sendTrigger(...trigger)
    }
    desk.clock.set(jst('2000-12-08T08:00'))
    await until('many tries', () => tries > 8)
    t.equal(run.state(), 'sending')
    crs.away = false
    await until('the exchange', () => run.state() === 'idle')
    const { reflectedThrough } = await desk.store.exchange()
    t.equal(reflectedThrough, 7 * 25, 'seven days in one exchange')
    t.equal(crs.triggers.length, 1)
    const { confirmedThrough } = await desk.store.newestDays(1)
    t.equal(confirmedThrough, '2000-12-07', 'each day agrees with its close')
    const view = await desk.store.viewNumber(number(1), desk.clock.now())
    t.strictSame(
      view?.contract?.entries.map(({ occurredAt }) => occurredAt),
      records.map(({ chargedAt }) => chargedAt),
      'in their order, each once',
    )
    t.strictSame(crs.wrongs, [])
  },
)

t.test(
  'XN4: half-sent, sent twice, refused, clock set back: in order, and each file once',
  async t => {
    const desk = openBillingDesk(t, '2000-12-01T10:00')
    await desk.contract(1)
    const crs = new FakeCrs(desk.files)
    desk.files.hour('2000-12-01T08:00', [charge(1, '2000-12-01T08:10', 3_000)])
    const { fetchFile, fetchAnswer, sendTrigger } = crs
    let calls = 0
    // The trigger is taken, and the word of it is lost; then the answer and the file come by halves.
    crs.sendTrigger = async (name, content) => {
      await sendTrigger.call(crs, name, content)
      if (calls++ === 0) throw new Fault('PEER_UNREACHABLE', 'the connection broke')
    }
    crs.fetchAnswer = async name => {
      const whole = await fetchAnswer.call(crs, name)
      return calls++ < 4 ? whole?.subarray(0, whole.length / 2) : whole
    }
    crs.fetchFile = async name => {
      const whole = await fetchFile.call(crs, name)
      return calls++ < 8 ? whole.subarray(0, 64 * calls) : whole
    }
    const run = await runExchange(desk, crs)
    t.teardown(() => run.close())
    await until('the exchange', () => run.state() === 'idle')
    t.equal((await desk.store.exchange()).reflectedThrough, 1)
    t.strictSame(crs.wrongs, [], 'a trigger that is sent again is the same, byte for byte')

    // I7: the same sequence with other content is refused, whatever comes after it.
    desk.files.hour('2000-12-01T09:00', [charge(1, '2000-12-01T09:10', 1_000)])
    desk.clock.set(jst('2000-12-01T09:30'))
    desk.clock.set(jst('2000-12-01T11:00:01'))
    await until('the next', () => crs.triggers.length === 2 && run.state() === 'idle')
    await t.rejects(
      desk.store.reflect({
        name: 'the second file',
        sha256: Buffer.alloc(32, 7),
        content: {
          outcome: 'whole',
          header: {
            sequence: 2,
            beganAt: jst('2000-12-01T09:00'),
            closedAt: jst('2000-12-01T10:00'),
          },
          records: [],
          trailer: { count: 0, sum: yen(0), sha256: '' },
        },
      }),
      { code: 'CLOSED_FILE_CHANGED' },
    )
    const view = await desk.store.viewNumber(number(1), desk.clock.now())
    t.equal(view?.contract?.balance, 4_000)
  },
)

t.test(
  'XN5: whatever happened to its number, a charge is credited or held, to the yen',
  async t => {
    const at = '2000-12-10T12:00'
    // biome-ignore format: table
    for (const [because, before, after, owner] of [
    ['the number is unknown for good',             async () => {}, async () => {}, undefined],
    ['its contract is told of a day later',        async () => {}, contract(1),    'K1'],
    ['another network has it (number portability)', contract(1, 'ended'), async () => {}, undefined],
    ['it was cancelled before the charge',         contract(1, 'ended'), contract(2), undefined],
    ['it was cancelled after the charge',          contract(1),    cancel('2000-12-11'), 'K1'],
    ['it was changed between charge and posting',  contract(1, 'changed'), async () => {}, 'K1'],
  ] as const) {
    const desk = openBillingDesk(t, '2000-12-12')
    await before(desk)
    desk.files.hour(at, [charge(1, '2000-12-10T12:30', 3_000)])
    await desk.reflect()
    await after(desk)
    const heldYen = async () =>
      (await desk.store.heldCharges(0, 9)).reduce((sum, { faceValue }) => sum + faceValue, 0)
    const creditedTo = async (id: string) =>
      (await desk.store.viewContract(contractId(id), desk.clock.now()))?.balance ?? 0
    for (const day of ['2000-12-13', '2000-12-14']) {
      const credited = (await creditedTo('K1')) + (await creditedTo('K2'))
      t.equal((await heldYen()) + credited, 3_000, `I2, ${because}: nothing is lost or doubled`)
      desk.clock.set(jst(`${day}T03:00`))
      await redrive(desk.store, silent)
    }
    t.equal(await heldYen(), owner ? 0 : 3_000, because)
    if (owner) t.equal(await creditedTo(owner), 3_000, because)
    const [held] = await desk.store.heldCharges(0, 9)
    if (held) t.match(held.held, { reason: 'number_unknown', retries: 2 }, 'and it ages')
  }
  },
)

type Desk = ReturnType<typeof openBillingDesk>

/** A contract of a number; ended or changed to another number around the charge. */
function contract(n: number, then?: 'ended' | 'changed') {
  return async (desk: Desk): Promise<void> => {
    if (n === 2) {
      await desk.contract(2)
      return
    }
    await desk.contract(n)
    const id = contractId(`K${n}`)
    if (then === 'ended') await desk.store.cancel(id, jst('2000-12-09'))
    if (then === 'changed') await desk.store.changeNumber(id, number(77), jst('2000-12-11'))
  }
}

const cancel = (at: string) => async (desk: Desk) => {
  const outcome = await desk.store.cancel(contractId('K1'), jst(at))
  if (outcome !== 'ended') throw new Error(outcome)
}
