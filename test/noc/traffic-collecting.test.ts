import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import type { QuarterHourTraffic } from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, QUARTER_HOUR_MS } from '../../domain/jst.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { TrafficCollector } from '../../noc/traffic/collector.js'
import type { LiveMessage } from '../../noc/traffic/messages.js'
import { askTraffic, type NodeTraffic } from '../../noc/traffic/scp-traffic.js'
import type { Span } from '../../noc/traffic/slots.js'
import { SwitchCollector } from '../../noc/traffic/switch-collector.js'
import { askSwitchTraffic, type SwitchTraffic } from '../../noc/traffic/switch-traffic.js'
import { viewOf } from '../../noc/traffic/view.js'
import { Fault } from '../../platform/fault.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openNoc, quarterHoursFrom, someQuarterHour } from '../support/noc-desk.js'
import { jst } from '../support/scp-desk.js'

const DAY = '2001-01-15' as JstDay
const MIDNIGHT = jst(`${DAY}T00:00:00`)
const ALL = { day: DAY, by: 'quarter-hour', node: 'all', kind: 'all' } as const

/** scp as noc asks it: quarter-hours from its first to the open one. */
function fakeScp(first: EpochMs, now: () => EpochMs) {
  const chance = seededChance(2)
  const rows = new Map<number, QuarterHourTraffic>()
  const asked: EpochMs[] = []
  const scp = {
    node: 'scp1',
    away: false,
    asked,
    async ask(from: EpochMs): Promise<NodeTraffic> {
      if (scp.away) throw new Fault('PEER_UNREACHABLE', 'scp is away')
      asked.push(from)
      const quarterHours: QuarterHourTraffic[] = []
      for (let at = Math.max(first, from); at <= now(); at += QUARTER_HOUR_MS) {
        const final = at + QUARTER_HOUR_MS <= now()
        const known = rows.get(at)
        const row = known?.final ? known : someQuarterHour(epochMs(at), chance, final)
        rows.set(at, row)
        quarterHours.push(row)
        if (quarterHours.length === 672) break
      }
      const { node } = scp
      return {
        node,
        asOf: now(),
        callsInProgress: 1,
        nowLocked: 0,
        denominations: [1_000],
        quarterHours,
      }
    },
  }
  return { scp, rows }
}

/** A collector that asks when the test says so. */
function collect(
  { store, networkClock }: Awaited<ReturnType<typeof openNoc>>,
  scp: { ask: (from: EpochMs) => Promise<NodeTraffic> },
) {
  let told = 0
  const collector = new TrafficCollector({
    ask: scp.ask,
    history: store.history,
    clock: networkClock,
    later: () => () => {},
    log: pino({ level: 'silent' }),
    told: () => void told++,
  })
  return { collector, told: () => told }
}

t.test('M-13: noc keeps what scp counted, also of the time in which noc was down', async t => {
  const folder = t.testdir()
  const noc = await openNoc(t, { folder })
  const clock = noc.networkClock
  const first = jst('2001-01-01T09:00:00')
  const { scp, rows } = fakeScp(first, () => clock.now())
  const { collector, told } = collect(noc, scp)
  t.strictSame(collector.state, { asOf: undefined, stale: true, callsInProgress: 0, nowLocked: 0 })
  await collector.run()
  t.equal(scp.asked.length, 3, 'two weeks, a week at most at once')
  const kept = async (store = noc.store) =>
    (await store.history.between(epochMs(0), epochMs(clock.now() + 1))).map(one => one.traffic)
  t.strictSame(await kept(), [...rows.values()])
  t.match(collector.state, { asOf: clock.now(), stale: false, callsInProgress: 1 })

  clock.set(epochMs(clock.now() + 60_000))
  await collector.run()
  t.equal(scp.asked.at(-1), jst(`${DAY}T10:00:00`), 'from then on what is open alone')
  t.strictSame(await kept(), [...rows.values()], 'as it is now')

  scp.away = true
  await collector.run()
  t.match(collector.state, { stale: true, asOf: clock.now() }, 'what was told last, marked as old')
  t.equal(told(), 3, 'who watches is told of that too')
  await collector.close()
  await noc.close()

  clock.set(epochMs(clock.now() + 3 * 86_400_000))
  scp.away = false
  const again = await openNoc(t, { folder })
  again.networkClock.set(clock.now())
  const next = collect(again, scp)
  await next.collector.run()
  t.strictSame(await kept(again.store), [...rows.values()], 'nothing is missing, nothing changed')

  const [old, youngest] = ['2001-01-31T23:45:00', '2001-02-01T00:00:00'].map(begin =>
    someQuarterHour(jst(begin), seededChance(4)),
  )
  if (!old || !youngest) throw new Error('there are two')
  const quarterHours = [old, youngest]
  await again.store.history.put({ node: 'scp1', denominations: [], quarterHours })
  scp.away = true
  const keptAt = async (moment: string) => {
    again.networkClock.set(jst(moment))
    await next.collector.run()
    const rows = await again.store.history.between(old.beganAt, again.networkClock.now())
    return rows.map(({ traffic }) => traffic)
  }
  t.strictSame(await keptAt('2002-02-28T23:59:59.999'), [old, youngest], 'thirteen months')
  t.strictSame(await keptAt('2002-03-01T00:00:00'), [youngest], 'and not a quarter-hour longer')
  t.strictSame(await keptAt('2002-03-31T23:59:59.999'), [youngest])
  t.strictSame(await keptAt('2002-04-01T00:00:00'), [])
  await next.collector.close()
  await again.close()
})

t.test(
  '非許容契約: what the switch counted stands in noc’s table, and a dash where it did not tell',
  async t => {
    const folder = t.testdir()
    const noc = await openNoc(t, { folder })
    const begins = quarterHoursFrom(MIDNIGHT, 10)
    const quarterHours = begins.map(at => someQuarterHour(at, seededChance(8)))
    await noc.store.history.put({ node: 'scp1', denominations: [], quarterHours })
    const shown = async (by: Span = 'quarter-hour', node = 'all') => {
      const { rows, total } = await viewOf({ ...ALL, by, node }, noc.store.history)
      return [...rows.map(({ values }) => values.not_permitted), total.not_permitted]
    }
    t.strictSame(new Set(await shown()), new Set([null]), 'no switch ever told')

    const counted = new Map([
      [begins[0], 3],
      [begins[2], 4],
      [begins[6], 1],
    ])
    let asOf = begins[6] ?? MIDNIGHT
    let away = false
    const asked: EpochMs[] = []
    const ask = async (from: EpochMs): Promise<SwitchTraffic> => {
      if (away) throw new Fault('PEER_UNREACHABLE', 'the switch is away')
      asked.push(from)
      const told = [...counted].flatMap(([beganAt, calls]) =>
        beganAt !== undefined && beganAt >= from ? [{ beganAt, calls }] : [],
      )
      // Two at most at once, so that a long outage is fetched in pieces.
      return { asOf, more: told.length > 2, refusedContracts: told.slice(0, 2) }
    }
    let changes = 0
    const collectorOf = ({ store }: typeof noc) =>
      new SwitchCollector({
        ask,
        history: store.history.refusedContracts,
        later: () => () => {},
        log: pino({ level: 'silent' }),
        told: () => void changes++,
      })
    const collector = collectorOf(noc)
    await collector.run()
    t.strictSame(await shown(), [3, 0, 4, 0, 0, 0, 1, null, null, null, 8])
    t.strictSame(await shown('hour', 'scp1'), [7, 1, null, 8], 'hours too, whatever the node')
    t.strictSame(await shown('day'), [8, 8], 'and days')
    await collector.run()
    const before = changes
    await collector.run()
    t.equal(changes, before, 'nothing new is told to nobody')
    away = true
    await collector.run()
    await collector.close()
    await noc.close()

    const again = await openNoc(t, { folder })
    away = false
    asOf = begins[9] ?? MIDNIGHT
    counted.set(begins[6], 2)
    counted.set(begins[8], 5)
    const next = collectorOf(again)
    await next.run()
    const after = await viewOf(ALL, again.store.history)
    t.strictSame(
      after.rows.map(({ values }) => values.not_permitted),
      [3, 0, 4, 0, 0, 0, 2, 0, 5, 0],
      'what was counted while noc was away is fetched',
    )
    t.equal(asked.at(-1), begins[5], 'and no more than that')
    const kept = again.store.history.refusedContracts
    await again.store.history.forgetBefore(begins[8] ?? MIDNIGHT)
    t.equal(kept.between(MIDNIGHT, asOf).size, 1, 'what is old is forgotten with the rest')
    await next.close()
    await again.close()

    const answering = (status: number, body: unknown) =>
      askSwitchTraffic({ ask: async () => ({ status, body }) }, MIDNIGHT)
    await t.rejects(answering(503, {}), { code: 'PEER_UNREACHABLE' })
    await t.rejects(answering(200, { asOf: 1 }), { code: 'PEER_ANSWER_INVALID' })
  },
)

t.test('another node in scp’s place is asked for its own history', async t => {
  const noc = await openNoc(t)
  const { scp } = fakeScp(jst('2001-01-14T00:00:00'), () => noc.networkClock.now())
  const { collector } = collect(noc, scp)
  await collector.run()
  scp.node = 'scp2'
  await collector.run()
  const kept = await noc.store.history.between(epochMs(0), epochMs(noc.networkClock.now() + 1))
  const [one, other] = ['scp1', 'scp2'].map(node => kept.filter(row => row.node === node).length)
  t.ok(one && one === other, `${one} of one and ${other} of the other`)
  await collector.close()
  await noc.close()
})

t.test('an answer that is not of scp’s interface is refused', async t => {
  const good = {
    node: 'scp1',
    asOf: 1,
    callsInProgress: 0,
    nowLocked: 0,
    denominations: [],
    quarterHours: [],
  }
  const ask = (status: number, body: unknown) =>
    askTraffic({ ask: async () => ({ status, body }) }, epochMs(0))
  t.match(await ask(200, good), { node: 'scp1', quarterHours: [] })
  for (const bad of [{}, { ...good, asOf: -1 }, { ...good, quarterHours: [{ beganAt: 1 }] }]) {
    await t.rejects(ask(200, bad), { code: 'PEER_ANSWER_INVALID' })
  }
  await t.rejects(ask(503, {}), { code: 'PEER_UNREACHABLE' })
})

t.test('who watches is told the table, then only what changed of it', async t => {
  const noc = await openNoc(t)
  const { store, live, networkClock } = noc
  const chance = seededChance(3)
  const [early, open] = quarterHoursFrom(jst(`${DAY}T09:45:00`), 2)
  if (!early || !open) throw new Error('there are two')
  const put = (...quarterHours: QuarterHourTraffic[]) =>
    store.history.put({ node: 'scp1', denominations: [1_000], quarterHours })
  await put(someQuarterHour(early, chance), someQuarterHour(open, chance, false))
  const told: LiveMessage[] = []
  const leave = await live.watch({ ...ALL, day: 'today' }, one => told.push(one))
  t.match(told, [
    { type: 'view', view: { day: DAY, rows: [{ time: '09:45' }, { time: '10:00' }] } },
  ])
  await live.changed()
  t.match(told.at(-1), { type: 'change', rows: [], state: { callsInProgress: 3 } })
  await put(someQuarterHour(open, chance, false))
  await live.changed()
  t.match(told.at(-1), { type: 'change', rows: [{ time: '10:00', open: true }] })
  t.equal(told.length, 3)
  networkClock.set(jst('2001-01-16T00:00:01'))
  await live.changed()
  t.match(told.at(-1), { type: 'view', view: { day: '2001-01-16', rows: [] } }, 'a new day')
  leave()
  await live.changed()
  t.equal(told.length, 4, 'who left is told nothing')
  await noc.close()
})

t.test('server-sent events: the table, its changes, and signs of life', async t => {
  const noc = await openNoc(t)
  const address = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  const token = await noc.store.sessions.begin('watch')
  const left = new AbortController()
  const ask = (query: string) =>
    fetch(`${address}/api/traffic/live${query}`, {
      headers: { cookie: `${SESSION_COOKIE}=${token}` },
      signal: left.signal,
    })
  t.equal((await ask('?day=2001-02-30')).status, 400, 'no such day')
  const answer = await ask('')
  t.match(answer.headers.get('content-type'), 'text/event-stream')
  t.match(answer.headers.get('content-security-policy'), "default-src 'none'")
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let read = ''
  const until = async (pattern: RegExp) => {
    while (!pattern.test(read)) read += (await reader?.read())?.value ?? ''
  }
  await until(/event: view\ndata: (\{.*"rows":\[\].*\})\n\n/)
  await noc.live.changed()
  await until(/event: change\ndata: \{"rows":\[\]/)
  t.pass('both came')
  left.abort()
  await noc.close()
})

t.test('who leaves before the stream begins is watched for no more', async t => {
  const noc = await openNoc(t)
  const { port } = new URL(await noc.app.listen({ host: '127.0.0.1', port: 0 }))
  const token = await noc.store.sessions.begin('watch')
  let watching = 0
  const watch = noc.live.watch.bind(noc.live)
  noc.live.watch = async (...asked) => {
    const leave = await watch(...asked)
    watching += 1
    return () => {
      watching -= 1
      leave()
    }
  }
  const asked = once(noc.app.server, 'request')
  const { sessions } = noc.store
  const use = sessions.use.bind(sessions)
  // The browser is gone by the time its session is looked up.
  const lookedUp = new Promise<void>(resolve => {
    sessions.use = async used => {
      const [, response] = await asked
      socket.destroy()
      if (!response.destroyed) await once(response, 'close')
      resolve()
      return use(used)
    }
  })
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  await once(socket, 'connect')
  const head = `Host: 127.0.0.1:${port}\r\nCookie: ${SESSION_COOKIE}=${token}\r\n\r\n`
  socket.write(`GET /api/traffic/live HTTP/1.1\r\n${head}`)
  await lookedUp
  // Whatever follows the look-up is done in these turns: nothing of it waits for anything.
  for (let turns = 0; turns < 10; turns++) await turn()
  t.equal(watching, 0)
  await noc.close()
})

t.test('a watcher that comes while the last one leaves is told of changes', async t => {
  const noc = await openNoc(t)
  const nodes = noc.store.history.nodes.bind(noc.store.history)
  let go = () => {}
  noc.store.history.nodes = async () => {
    await new Promise<void>(resolve => {
      go = resolve
    })
    return nodes()
  }
  const told: LiveMessage[] = []
  const choice = { ...ALL, day: 'today' } as const
  // Whoever asks for the table waits for its nodes until the test lets it go on.
  const read = async <T>(asking: Promise<T>): Promise<T> => {
    await turn()
    go()
    return asking
  }
  const leave = await read(noc.live.watch(choice, () => {}))
  const second = noc.live.watch(choice, one => told.push(one))
  leave()
  const leaveToo = await read(second)
  await read(noc.live.changed())
  t.match(told, [{ type: 'view' }, { type: 'change' }])
  leaveToo()
  await noc.close()
})
