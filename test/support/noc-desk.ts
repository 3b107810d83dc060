import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import {
  CALL_RESULTS,
  type QuarterHourTraffic,
  type TrafficKind,
  type TrafficOfKind,
  type TrafficToCrs,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import { LogIns } from '../../noc/accounts/login.js'
import { digestPassword } from '../../noc/accounts/password.js'
import { CallBook } from '../../noc/calls/call-book.js'
import { LiveCalls } from '../../noc/calls/live-calls.js'
import { type NocAppOptions, nocApp } from '../../noc/http/app.js'
import { ProofReader } from '../../noc/proof/ask-sums.js'
import { openNocStore } from '../../noc/store/open.js'
import { LiveTraffic } from '../../noc/traffic/live-traffic.js'
import { SetClock } from '../../platform/clock.js'
import { SocketClient } from '../../platform/http-client.js'
import { jst } from './scp-desk.js'

export const PASSWORD = 'right horse battery'

/** No scp runs. */
const NOWHERE = new SocketClient('/nowhere.sock')

const digested = digestPassword(PASSWORD)

export interface NocDeskOptions {
  readonly folder?: string
  readonly scp?: NocAppOptions['scp']
  readonly billing?: NocAppOptions['billing']
  /** The generator's socket, in simulation. */
  readonly generator?: NocAppOptions['generator']
  /** Whether there is a phone, as in simulation. */
  readonly hasPhone?: boolean
}

/** noc's store and application, with the account `watch`, on clocks that the test moves. */
export async function openNoc(
  t: Test,
  {
    folder = t.testdir(),
    scp = NOWHERE,
    billing = NOWHERE,
    generator = NOWHERE,
    hasPhone = true,
  }: NocDeskOptions = {},
) {
  /** The machine's: sessions go by it. */
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  /** The network's: days go by it. */
  const networkClock = new SetClock(jst('2001-01-15T10:00:00'))
  const file = join(folder, 'noc.sqlite')
  const store = openNocStore(file, clock)
  const account = { name: 'watch', group: 'viewer', password: await digested } as const
  await store.accounts.put(account, 0)
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void lines.push(line) })
  const state = { asOf: networkClock.now(), stale: false, callsInProgress: 3, nowLocked: 1 }
  const live = new LiveTraffic({
    history: store.history,
    clock: networkClock,
    state: () => ({ ...state, asOf: networkClock.now() }),
  })
  const logIns = new LogIns({ ...store, nowMs: () => clock.now() })
  const { accounts, groups, people, peopleLog, sessions, alarms } = store
  const book = new CallBook()
  const calls = new LiveCalls({ book, clock, silent: () => [], ask: async () => undefined })
  const proofs = new ProofReader({
    ...{ scp, crs: NOWHERE, billing },
    nowMs: () => clock.now(),
  })
  const phone = hasPhone ? { server: 'ws://127.0.0.1:5066', domain: 'mls.mcscp' } : undefined
  const options = {
    ...{ logIns, accounts, groups, people, peopleLog, sessions },
    ...{ live, calls, proofs, alarms },
    ...{ clock: networkClock, scp, billing, log },
    ...{ mls: NOWHERE, phone, generator: phone && generator },
  }
  const { app, routes } = await nocApp(options)
  return {
    clock,
    networkClock,
    file,
    store,
    live,
    book,
    calls,
    logIns,
    app,
    routes,
    lines,
    close: async () => {
      await app.close()
      store.close()
    },
  }
}

/** A row of one kind in which every count differs, decided by `chance`. */
export function someTraffic(kind: TrafficKind, chance: () => number): TrafficOfKind {
  const count = (most: number) => Math.floor(chance() * most)
  const unanswered = UNANSWERED.map(measure => [measure, count(5)])
  const results = CALL_RESULTS.map(measure => [measure, kind === 'none' ? 0 : count(20)])
  const accepted = Number(Object.fromEntries(results).accepted)
  const answered = results.reduce((sum, [, calls]) => sum + Number(calls), 0)
  return {
    kind,
    counts: Object.fromEntries([
      ...unanswered,
      ...results,
      ['entries', answered + count(9)],
      ['newly_locked', count(2)],
      ['held_calls', answered],
      ['held_ms', answered * 30_000 + count(1_000)],
    ]),
    peak: count(30),
    holding: answered === 0 ? [] : [[31, answered]],
    cards: accepted === 0 ? [] : [[1_000, accepted]],
  }
}

/** A quarter-hour in which nothing went to CRS, and nothing waits. */
export const NOTHING_TO_CRS: TrafficToCrs = {
  sent: 0,
  acknowledged: 0,
  resent: 0,
  errors: 0,
  waiting: 0,
  oldestMinutes: 0,
  lastNumber: 0,
}

/** A quarter-hour of every kind. */
export const someQuarterHour = (
  beganAt: EpochMs,
  chance: () => number,
  final = true,
): QuarterHourTraffic => ({
  beganAt,
  final,
  peak: 30 + Math.floor(chance() * 9),
  nowLocked: Math.floor(chance() * 9),
  unlocked: Math.floor(chance() * 3),
  toCrs: {
    sent: Math.floor(chance() * 9),
    acknowledged: Math.floor(chance() * 9),
    resent: Math.floor(chance() * 3),
    errors: Math.floor(chance() * 3),
    waiting: 1,
    oldestMinutes: 2,
    lastNumber: 1 + Math.floor(chance() * 99),
  },
  kinds: (['mobilers', 'pricall', 'none'] as const).map(kind => someTraffic(kind, chance)),
})

/** `count` quarter-hours from a moment on. */
export const quarterHoursFrom = (from: EpochMs, count: number): EpochMs[] =>
  Array.from({ length: count }, (_, n) => epochMs(from + n * QUARTER_HOUR_MS))
