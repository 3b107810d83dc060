import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { ChargeId } from '../../domain/charge-id.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { units } from '../../domain/units.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import { openStoreToRead } from '../../platform/store.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { openUnits } from '../../switch-sim/mls/mscp/open-units.js'
import type { UnitStore } from '../../switch-sim/mls/mscp/unit-questions.js'
import { unitRoutes } from '../../switch-sim/mls/mscp/unit-routes.js'
import { RefusedContractTally } from '../../switch-sim/mls/refused-contract-tally.js'
import { trafficRoute } from '../../switch-sim/mls/traffic-route.js'
import { freshHome } from '../support/fresh-home.js'
import { jst } from '../support/scp-desk.js'

const NUMBER = '09010014001' as Msisdn
const OTHER = '09010014002' as Msisdn
const AT = jst('2001-01-15T12:00:00')
const chargeIdOf = (n: number) => `${'0'.repeat(31)}${n}-1` as ChargeId

/** The MSCP's units on a socket, as the switch serves them. */
async function openMscp(t: Test) {
  const home = freshHome(t)
  const path = join(home.stores, 'units.sqlite')
  const store = await openUnits(path, error => {
    throw error
  })
  const edge = httpEdge(pino({ level: 'silent' }))
  unitRoutes(edge, { store, clock: new SetClock(AT) })
  trafficRoute(edge, { store, clock: new SetClock(AT) })
  await listenOnSocket(edge, join(home.sockets, 'mls.sock'))
  const client = new SocketClient(join(home.sockets, 'mls.sock'))
  t.teardown(async () => {
    client.close()
    await edge.close()
    await store.close()
  })
  return {
    path,
    store,
    ask: (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) =>
      client.ask({ method, path, body, deadlineMs: 5_000 }),
  }
}

t.test(
  '非許容契約: told by quarter-hour, over restarts, and what the disk refused is counted later',
  async t => {
    const { ask, store } = await openMscp(t)
    const waiting: (() => void)[] = []
    const clock = new SetClock(jst('2001-01-15T11:59:59'))
    let failing = false
    const flaky: UnitStore = {
      async ask(name, asked) {
        if (failing) throw new Fault('STORE_FAILED', 'no space')
        return store.ask(name, asked)
      },
    }
    const later = (run: () => void) => {
      waiting.push(run)
      return () => {}
    }
    const log = pino({ level: 'silent' })
    const tally = new RefusedContractTally({ store: flaky, clock, later, log })
    tally.add()
    tally.add()
    clock.set(AT)
    tally.add()
    await tally.close()
    const told = { asOf: AT, more: false }
    const [before, now] = [jst('2001-01-15T11:45:00'), AT]
    const first = [
      { beganAt: before, calls: 2 },
      { beganAt: now, calls: 1 },
    ]
    t.strictSame((await ask('GET', '/v1/traffic?from=0')).body, {
      ...told,
      refusedContracts: first,
    })
    failing = true
    tally.add()
    await tally.close()
    failing = false
    t.equal(waiting.length, 1)
    waiting[0]?.()
    await tally.close()
    t.strictSame((await ask('GET', `/v1/traffic?from=${now}`)).body, {
      ...told,
      refusedContracts: [{ beganAt: now, calls: 2 }],
    })
  },
)

t.test('N-02: units are added once a charge id, and never other ones under it', async t => {
  const { ask } = await openMscp(t)
  const put = (n: number, msisdn: string, count: number) =>
    ask('PUT', `/unit-additions/${chargeIdOf(n)}`, { msisdn, units: count })
  const first = { sequence: 1, chargeId: chargeIdOf(1), msisdn: NUMBER, units: 300, addedAt: AT }
  t.strictSame(await put(1, NUMBER, 300), { status: 200, body: first })
  t.strictSame(await put(1, NUMBER, 300), { status: 200, body: first }, 'asked again')
  t.match(await put(1, NUMBER, 301), { status: 409, body: { code: 'UNITS_DIFFER' } })
  t.match(await put(1, OTHER, 300), { status: 409, body: { code: 'UNITS_DIFFER' } })
  t.match(await put(2, NUMBER, 50), { status: 200, body: { sequence: 2 } })
  t.strictSame((await ask('GET', `/units/${NUMBER}`)).body, { left: 350 })
  t.strictSame((await ask('GET', `/units/${OTHER}`)).body, { left: 0 }, 'never had any')
  t.match((await ask('GET', '/unit-additions')).body, {
    additions: [first, { sequence: 2, units: 50 }],
  })
  const paged = await ask('GET', '/unit-additions?after=1&max=1')
  t.match(paged.body, { additions: [{ sequence: 2 }] })

  // biome-ignore format: table
  for (const [answer, status, because] of [
    [await put(3, '0312345678', 300),                            400, 'no mobile number'],
    [await put(3, NUMBER, 0),                                    400, 'no units at all'],
    [await put(3, NUMBER, 1.5),                                  400, 'half a unit'],
    [await put(3, NUMBER, -1),                                   400, 'fewer than none'],
    [await ask('PUT', '/unit-additions/1', { units: 1 }),        400, 'no charge id'],
    [await ask('GET', '/unit-additions?max=1001'),               400, 'more than a page'],
    [await ask('DELETE', `/unit-additions/${chargeIdOf(1)}`),    404, 'nothing is taken back'],
    [await ask('POST', `/units/${NUMBER}/debits`),               404, 'N-03: nobody takes units over this wire'],
    [await ask('DELETE', `/units/${NUMBER}`),                    404, 'nor all of them'],
  ] as const) t.equal(answer.status, status, because)
})

t.test('N-02: a unit is taken while there is one, and never one more', async t => {
  const { store, path } = await openMscp(t)
  await store.ask('add', { chargeId: chargeIdOf(1), msisdn: NUMBER, units: units(3), at: AT })
  t.equal(await store.ask('debit', OTHER), null, 'who never had any')
  const taken = await Promise.all(Array.from({ length: 5 }, () => store.ask('debit', NUMBER)))
  t.strictSame(taken, [2, 1, 0, null, null], 'five calls at once, three units')
  t.equal(await store.ask('left', NUMBER), 0)
  await store.ask('add', { chargeId: chargeIdOf(2), msisdn: NUMBER, units: units(1), at: AT })
  t.equal(await store.ask('debit', NUMBER), 0, 'and again once there is one')
  const reader = openStoreToRead(path)
  t.strictSame(reader.prepare('SELECT added, used FROM unit_account').all(), [
    { added: 4, used: 4 },
  ])
  reader.close()
})
