import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  countOf,
  offered,
  type QuarterHourTraffic,
  TRAFFIC_MEASURES,
} from '../../domain/charge-traffic.js'
import { epochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import { LeftOverSessions } from '../../scp/call-control/left-over-sessions.js'
import { RefusalTally } from '../../scp/call-control/refusal-tally.js'
import { trafficKinds } from '../../scp/store/keys.js'
import { Locks } from '../../scp/store/locks.js'
import type { ScpStore } from '../../scp/store/questions.js'
import type { RefusedCalls } from '../../scp/store/traffic.js'
import { type TrafficTotals, TrafficTotalsReader } from '../../scp/store/traffic-totals.js'
import { jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { POLICY, phone } from '../support/scp-values.js'
import { holdIdentities, recountOf, rowsOf, sorted } from '../support/traffic-rows.js'
import { runTraffic } from '../support/traffic-run.js'

t.setTimeout(300_000)

const START = jst('2001-01-31T22:40:00')

/** What a reader has added up since the store was made, in pieces, is the sum of all rows. */
function holdTotals(t: Test, totals: TrafficTotals, rows: readonly QuarterHourTraffic[]): void {
  const sums = (pairs: (readonly [string, number])[]) => {
    const all = new Map<string, number>()
    for (const [of, amount] of pairs) if (amount > 0) all.set(of, (all.get(of) ?? 0) + amount)
    return sorted(all)
  }
  const kinds = rows.flatMap(row => row.kinds)
  const told = [
    ...totals.counts.map(one => [`${one.kind} ${one.measure}`, one.amount] as const),
    ...totals.cards.map(one => [`${one.kind} ${one.faceValue}`, one.cards] as const),
  ]
  const counted = kinds.flatMap(({ kind, counts, cards }) => [
    ...TRAFFIC_MEASURES.map(of => [`${kind} ${of}`, counts[of] ?? 0] as const),
    ...cards.map(([faceValue, count]) => [`${kind} ${faceValue}`, count] as const),
  ])
  t.strictSame(sums(told), sums(counted), `the counters after ${rows.length} quarter-hours`)
  const last = rows.at(-1)
  t.equal(totals.nowLocked, last?.nowLocked)
  t.equal(totals.waiting, last?.toCrs.waiting)
  t.equal(Math.floor(totals.oldestMs / 60_000), last?.toCrs.oldestMinutes)
}

t.test('M-13, M-17: each row is what its calls came to, and adds up', async t => {
  const clock = new SetClock(START)
  const desk = await openDesk(t, { clock })
  const beside = openStoreToRead(desk.file)
  const totals = new TrafficTotalsReader(beside, new Locks(beside, POLICY.lock))
  let ticks = 0
  const seed = 20_010_131
  const run = await runTraffic({
    desk,
    chance: seededChance(seed),
    calls: 3_000,
    from: START,
    ticks: 540,
    ticked: async () => {
      await desk.store.ask('closeQuarterHours', { max: 64 })
      if (ticks++ % 60 === 0) holdTotals(t, totals.read(clock.now()), rowsOf(desk))
    },
  })
  const rows = rowsOf(desk)
  holdTotals(t, totals.read(clock.now()), rows)
  beside.close()
  t.comment(`seed ${seed}: ${run.calls} calls, ${run.straddling} over the end of a quarter-hour`)
  t.ok(run.straddling > 20)
  t.equal(rows.length, 7, 'a row a quarter-hour, over midnight and the end of the month')
  t.strictSame(sorted(recountOf(rows).counts), sorted(run.counts), 'as callers were answered')
  t.strictSame(sorted(recountOf(rows).peaks), sorted(run.peaks), 'the peaks too')
  holdIdentities(t, rows)
  const calls = rows.flatMap(({ kinds }) => kinds).reduce((sum, row) => sum + offered(row), 0)
  t.equal(calls, run.calls, 'no call is missing, none counted twice')
  const seen = new Set([...run.counts.keys()].map(key => key.split(' ')[2]))
  for (const measure of TRAFFIC_MEASURES) t.ok(seen.has(measure), `${measure} came about`)
  t.strictSame(
    rows.map(({ final }) => final),
    rows.map((_, index) => index < rows.length - 1),
    'all but the open one are final',
  )
  await desk.close()
})

t.test('what a call counts as, and where', async t => {
  const clock = new SetClock(jst('2001-01-15T10:14:00'))
  const desk = await openDesk(t, { clock })
  const [card, other] = await desk.cards(2, 3_000)
  const at = (moment: string) => clock.set(jst(`2001-01-15T${moment}`))
  const row = (moment: string) => {
    const beganAt = startOfQuarterHour(jst(`2001-01-15T${moment}`))
    return rowsOf(desk).find(one => one.beganAt === beganAt)
  }

  const straddling = await desk.call(phone(1))
  await desk.key(straddling, card?.pin ?? wrongPin())
  at('10:15:00')
  t.match(row('10:00'), { kinds: [{ counts: {}, cards: [[3_000, 1]] }] }, 'money: when charged')
  await desk.end(straddling)
  await desk.end(straddling)
  t.match(
    row('10:15'),
    { kinds: [{ kind: 'mobilers', counts: { accepted: 1, entries: 1 }, cards: [] }] },
    'the call: when it ended, once',
  )

  await desk.store.ask('closeQuarterHours', { max: 64 })
  const lastMoment = await desk.call(phone(2))
  at('10:29:59.999')
  await desk.end(lastMoment)
  t.match(row('10:15'), { final: false, kinds: [{ counts: { abandoned: 1 } }] }, 'its last moment')

  const two = [await desk.call(phone(3)), await desk.call(phone(4), 'pricall')]
  for (let n = 0; n < 5; n++) await desk.key(two[0] ?? straddling, wrongPin(n))
  at('10:31:00')
  await desk.store.ask('closeQuarterHours', { max: 64 })
  t.match(row('10:15'), { final: true, peak: 2, nowLocked: 1 })
  t.match(row('10:30'), { final: false, peak: 0, nowLocked: 1, kinds: [] }, 'an empty row')
  for (const token of two) await desk.end(token)
  t.match(
    row('10:30'),
    {
      peak: 2,
      kinds: [
        { kind: 'mobilers', peak: 1, counts: { unknown: 1, entries: 5, newly_locked: 1 } },
        { kind: 'pricall', peak: 1, counts: { abandoned: 1 } },
      ],
    },
    'calls that go on are of the next peak too',
  )
  const told = { notice: 'no_input', entries: 0 } as const
  t.equal(await desk.store.ask('tellOfCall', { token: straddling, told }), false, 'too late')
  t.ok(other)
  await desk.close()
})

t.test('M-13: what went to CRS, what came back, and what went wrong, by time', async t => {
  const folder = t.testdir()
  const clock = new SetClock(jst('2001-01-15T10:14:00'))
  const made = await openDesk(t, { folder, clock })
  for (const n of [1, 2]) {
    const [card] = await made.cards(1, 3_000)
    await made.key(await made.call(phone(n)), card?.pin ?? wrongPin())
  }
  clock.set(jst('2001-01-15T10:46:00'))
  await made.store.ask('closeQuarterHours', { max: 64 })
  await made.store.ask('countSentToCrs', [1])
  await made.store.ask('countTransferError', undefined)
  await made.close()
  clock.set(jst('2001-01-15T11:01:00'))
  const desk = await openDesk(t, { folder, clock })
  await desk.store.ask('countSentToCrs', [1, 2, 3])
  const answers = [1, 2].map(due => ({ due, answer: Buffer.from('200') }))
  await desk.store.ask('recordAcknowledgements', answers)
  await desk.store.ask('closeQuarterHours', { max: 64 })
  const toCrs = rowsOf(desk).map(row => row.toCrs)
  const nothing = { sent: 0, acknowledged: 0, resent: 0, errors: 0, lastNumber: 0 }
  t.match(toCrs, [
    { ...nothing, waiting: 0 },
    { ...nothing, waiting: 0 },
    { ...nothing, waiting: 0 },
    { ...nothing, sent: 2, errors: 1, waiting: 3 },
    { ...nothing, acknowledged: 2, resent: 1, waiting: 2, lastNumber: 2 },
  ])
  const beside = openStoreToRead(desk.file)
  const { transfers } = new TrafficTotalsReader(beside, new Locks(beside, POLICY.lock)).read(
    clock.now(),
  )
  beside.close()
  t.strictSame(transfers, { sent: 2, resent: 1, errors: 1 }, 'a restart does not send anew')
  await desk.close()
})

t.test('解除: locks that a person released and those that lapsed, each once', async t => {
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  const lock = { ...POLICY.lock, lapseHours: 1 }
  const desk = await openDesk(t, { clock, policy: { ...POLICY, lock } })
  const lockUp = async (n: number) => {
    const token = await desk.call(phone(n))
    for (let entry = 0; entry < lock.consecutiveMax; entry++) await desk.key(token, wrongPin(entry))
    await desk.end(token)
  }
  const unlock = (n: number) =>
    desk.store.ask('performAct', {
      act: 'unlock_handset',
      payload: { msisdn: phone(n) },
      person: { name: 'tanaka', role: 'operator' },
      reason: 'a shop called',
    })
  const at = (moment: string) => clock.set(jst(`2001-01-15T${moment}`))
  for (const n of [1, 2, 3]) await lockUp(n)
  at('10:20:00')
  t.equal((await unlock(1)).outcome, 'performed')
  await lockUp(1)
  at('10:59:59.999')
  const rows = () =>
    rowsOf(desk, epochMs(0), lock).map(({ unlocked, nowLocked }) => [unlocked, nowLocked])
  const before = rows()
  t.strictSame(before.at(-1), [0, 3], 'none has lapsed yet')
  t.strictSame(
    before.map(([unlocked]) => unlocked),
    [0, 1, 0, 0],
    'the one that was released',
  )
  at('11:00:00')
  t.strictSame(rows().at(-1), [2, 1], 'two lapse together')
  await lockUp(2)
  at('11:20:00')
  t.strictSame(
    rows().slice(-2),
    [
      [2, 1],
      [1, 1],
    ],
    'and the third twenty minutes later',
  )
  at('12:00:00')
  const all = rows()
  const [ended = 0, standing = 0] = [all.reduce((sum, [n = 0]) => sum + n, 0), all.at(-1)?.[1]]
  t.equal(ended + standing, 5, 'M-17: locked = unlocked + locked still')
  await desk.close()
})

const CHILD = fileURLToPath(new URL('../support/traffic-child.js', import.meta.url))

const KILLS = 6

/** Starts the child and kills it once it has told of so many calls; tells of how many it did. */
async function killAfter(
  folder: string,
  from: number,
  startAt: number,
  pins: string,
  calls: number,
) {
  const child = spawn(process.execPath, [CHILD, folder, `${from}`, `${startAt}`, pins], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let told = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text.split('\n').length - 1
    if (told >= calls) child.kill('SIGKILL')
  })
  const [, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error('the child ended by itself')
  return told
}

t.test('killed again and again, scp counts every call once', async t => {
  const folder = t.testdir()
  const clock = new SetClock(START)
  const chance = seededChance(7)
  const made = await openDesk(t, { folder, clock })
  const pins = (await made.cards(KILLS * 300, 1_000)).map(({ pin }) => pin).join(',')
  await made.close()
  let told = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const calls = 30 + Math.floor(chance() * 100)
    told += await killAfter(folder, kill * 300, START + kill * 60_000, pins, calls)
  }
  const desk = await openDesk(t, { folder, clock })
  const over = new Promise<void>(resolve => {
    void LeftOverSessions.find(desk.store, pino({ level: 'silent' }), 0, run => {
      run()
      resolve()
      return () => {}
    })
  })
  await over
  await desk.store.ask('closeQuarterHours', { max: 64 })
  const rows = rowsOf(desk)
  const store = openStoreToRead(desk.file)
  const all = (sql: string) =>
    (store.prepare(sql).raw().all() as number[][]).map(row => row.join(' ')).sort()
  const quarterHour = (column: string) => `${column} - ${column} % 900000`
  const flat = <T>(of: (row: (typeof rows)[number]['kinds'][number], beganAt: number) => T[]) =>
    rows.flatMap(({ beganAt, kinds }) => kinds.flatMap(row => of(row, beganAt)))
  t.strictSame(all('SELECT count(*) FROM call_session WHERE ended_at IS NULL'), ['0'])
  t.strictSame(
    flat((row, at) =>
      offered(row) === 0 ? [] : [`${at} ${trafficKinds.code(row.kind)} ${offered(row)}`],
    ).sort(),
    all(`SELECT ${quarterHour('ended_at')}, charge_kind, count(*) FROM call_session GROUP BY 1, 2`),
    'as many as call sessions ended',
  )
  t.strictSame(
    flat((row, at) => {
      const count = countOf(row, 'accepted')
      return count === 0 ? [] : [`${at} ${trafficKinds.code(row.kind)} ${count}`]
    }).sort(),
    all(`SELECT ${quarterHour('ended_at')}, charge_kind, count(*) FROM call_session
         JOIN entry USING (token) WHERE finding = 9 GROUP BY 1, 2`),
    'by their last entry',
  )
  t.strictSame(
    flat((row, at) =>
      row.cards.map(([value, n]) => `${at} ${trafficKinds.code(row.kind)} ${value} ${n}`),
    ).sort(),
    all(`SELECT ${quarterHour('charged_at')}, charge_kind, face_value, count(*) FROM charge_record
         GROUP BY 1, 2, 3`),
    'and money as in the charge log',
  )
  holdIdentities(t, rows)
  const calls = flat(row => [offered(row)]).reduce((sum, count) => sum + count, 0)
  t.comment(`${KILLS} kills; ${told} calls told as ended, ${calls} counted`)
  t.ok(calls >= told, 'none that was told is lost')
  store.close()
  await desk.close()
})

/** Runs a test's own timers when it says so. */
function handTimers() {
  const waiting = new Set<() => void>()
  const later = (run: () => void) => {
    waiting.add(run)
    return () => void waiting.delete(run)
  }
  const fire = () => {
    const due = [...waiting]
    waiting.clear()
    for (const run of due) run()
  }
  return { later, fire, waiting }
}

t.test('calls refused while the disk is full are counted later, and at the end', async t => {
  const timers = handTimers()
  const written: RefusedCalls[] = []
  let full = true
  const store = {
    async ask(_name: string, refused: readonly RefusedCalls[]) {
      if (full) throw new Fault('STORE_FAILED', 'full')
      written.push(...refused)
      return 'done'
    },
  } as unknown as ScpStore
  const log = pino({ level: 'silent' })
  const tally = new RefusalTally({ store, log, later: timers.later })
  for (let call = 0; call < 50; call++) {
    tally.add('mobilers', 'congestion')
    await turn()
  }
  t.equal(timers.waiting.size, 1, 'one count is tried again, however many calls come')
  full = false
  timers.fire()
  await turn()
  t.strictSame(written, [{ kind: 'mobilers', refusal: 'congestion', calls: 50 }])
  full = true
  tally.add('none', 'no-identity', 3)
  await turn()
  full = false
  await tally.close()
  t.strictSame(written.slice(1), [{ kind: 'none', refusal: 'no-identity', calls: 3 }])
  t.equal(timers.waiting.size, 0)
})

t.test('a left-over call that a full disk kept open is ended by the next try', async t => {
  const timers = handTimers()
  const open = new Set(['a', 'b'])
  let full = true
  const store = {
    async ask(name: string, asked?: { token: string }) {
      if (name === 'openCallSessions') return [...open]
      if (full && asked?.token === 'b') throw new Fault('STORE_FAILED', 'full')
      open.delete(asked?.token ?? '')
      return 'done'
    },
  } as unknown as ScpStore
  const log = pino({ level: 'silent' })
  const leftOver = await LeftOverSessions.find(store, log, 300_000, timers.later)
  timers.fire()
  await turn()
  t.strictSame([...open], ['b'], 'what could be written was')
  full = false
  timers.fire()
  await turn()
  t.strictSame([...open], [])
  t.equal(timers.waiting.size, 0, 'and that was all')
  leftOver.forget()
})
