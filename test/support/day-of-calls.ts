import { generateKeyPairSync } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { billingSocket, billingStore } from '../../billing/config.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { HOUR_MS, nextJstDay, parseJstDay, startOfJstDay } from '../../domain/jst.js'
import { ScpClient } from '../../ivr/scp-client.js'
import { systemClock } from '../../platform/clock.js'
import { SocketClient } from '../../platform/http-client.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import { demonstrationCards } from '../../scp/cards/clear-file.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { orderCards } from '../../scp/cards/order-cards.js'
import { scpSocket, scpStore } from '../../scp/config.js'
import { identitySigner } from '../../switch-sim/mls/identity.js'
import { switchKey } from '../../switch-sim/mls/switch-key.js'
import { CrsRoad } from './crs-road.js'
import { auditDay, NODE } from './day-audit.js'
import { DayCallers } from './day-callers.js'
import { cardsFor, type PlannedCall, planDay } from './day-plan.js'
import { openSessions } from './kill-audit.js'
import { LonePrograms } from './lone-programs.js'
import { PacedClock } from './paced-clock.js'
import { WiredCalls } from './wired-calls.js'

/** The day that is played, and when its network begins: late enough that its first file is soon closed. */
export const DAY = parseJstDay('2001-01-15') ?? fail()
const FROM = startOfJstDay(DAY)
const TO = startOfJstDay(nextJstDay(DAY))
const CLOCK_START = '2001-01-14T23:50:00+09:00'

export interface DayPlan {
  readonly seed: number
  readonly calls: number
  /** `kill -9` of each of scp, crs and billing. */
  readonly killsEach: number
  /** Deliveries of quarter-hour files that are made again. */
  readonly repeats: number
  /** How fast the clock runs when nothing is behind. */
  readonly rate: number
}

/** Programs that are killed. */
const KILLED = ['scp', 'crs', 'billing'] as const

/** How long CRS is away, and between which hours of the day it leaves. */
const AWAY_MS = 3 * HOUR_MS
const AWAY_HOURS = [9, 18] as const

/** CRS is killed at most so long before it goes away, or after it came back. */
const APART_MS = HOUR_MS

/** Calls at once. */
const LINES = 40

/** The clock waits when so many callers wait for a line, or an event is so late. */
const WAITING_MAX = 120
const LATE_MS = HOUR_MS / 2

/** How long a call may last, and so what a killed scp has left open, in s. */
const CALL_S = 10

/** Longest that is waited for something, on a busy machine, in ms. */
const PATIENCE_MS = 120_000

/** Longest that CRS is away on a busy machine, as long as the clock waits for callers, in ms. */
const AWAY_PATIENCE_MS = 400_000

/** Face values of the cards there are. */
const FACE_VALUES = [500, 1_000, 3_000, 5_000]

/** Of so many acknowledgements of CRS one gets lost. */
const LOST_ONE_IN = 20

/** What happens to a program, and when. */
interface Happening {
  readonly at: EpochMs
  readonly what: 'killed' | 'away'
}

/** A day of calls that is under way. */
interface Day {
  readonly plan: DayPlan
  readonly programs: LonePrograms
  readonly clock: PacedClock
  readonly road: CrsRoad
  readonly calls: WiredCalls
  readonly callers: DayCallers
  readonly chance: () => number
  /** Moments of what is to happen next, by what it happens to. */
  readonly due: Map<string, EpochMs>
  kills: number
}

/**
 * Plays a day of calls of Mobilers and Pricall subscribers through the real scp, CRS and billing, while
 * these are killed, CRS is away for hours and its deliveries are repeated; then holds all the books of the
 * day against each other and against what callers were told.
 */
export async function dayOfCalls(t: Test, plan: DayPlan): Promise<void> {
  t.comment(`seed ${plan.seed}`)
  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1_000).toFixed(0)
  const day = await openDay(t, plan)
  const cards = await issueCards(day, cardsFor(plan.calls))
  const calls = planDay({ calls: plan.calls, from: FROM, chance: day.chance, cards })
  t.comment(`${seconds()} s: everything runs, ${cards.length} cards are sold`)
  await play(day, calls)
  const { callers, road, kills, clock } = day
  t.comment(
    `${seconds()} s: the day is over: ${calls.length} callers, ${callers.begun} calls, ` +
      `${kills} kills, failed ${JSON.stringify(Object.fromEntries(callers.failed))}, ` +
      `${road.repeated} deliveries repeated, ${road.outOfOrder} of them out of order, ` +
      `${road.lost} acknowledgements lost, the clock waited ${clock.waits} times`,
  )
  await settle(day)
  t.comment(`${seconds()} s: all is on its way's end`)
  await auditDay(t, { ...day, day: DAY, planned: calls, repeats: plan.repeats })
  for (const name of ['mls', 'noc', 'billing', 'aris', 'scp', 'crs']) {
    t.equal(await day.programs.stop(name), 'code 0', `${name} ends in order`)
  }
  t.comment(`${seconds()} s in all, load average ${loadavg()[0]?.toFixed(1)}`)
}

async function openDay(t: Test, plan: DayPlan): Promise<Day> {
  const chance = seededChance(plan.seed)
  const calls = await WiredCalls.open(t)
  let road: CrsRoad | undefined
  const programs = await LonePrograms.open(t, async ({ crs: crsPort }, home) => {
    // By chances of its own: when files come to it is not the seed's.
    const roadChance = seededChance(plan.seed + 1)
    const options = { crsPort, home, node: NODE, chance: roadChance, lostOneIn: LOST_ONE_IN }
    road = await CrsRoad.open(t, options)
    return {
      MCSCP_CLOCK_START: CLOCK_START,
      MCSCP_SCP_CRS_ADDRESS: `127.0.0.1:${road.port}`,
      MCSCP_SCP_MEDIA_ADDRESS: calls.media,
      MCSCP_SCP_CALL_S: `${CALL_S}`,
      // Calls are counted by the second of the callers, who are as much faster as the day is.
      MCSCP_SCP_CALLS_A_SECOND: '10000',
      MCSCP_SCP_CALLS_WAITING: '10000',
      // CRS answers in real time, of which a fast clock leaves little in ten minutes.
      MCSCP_BILLING_RECEIVE_MIN: '180',
    }
  })
  if (!road) throw new Error('there is no road to CRS')
  await programs.start('switch-signalling', 'scp-signalling')
  await programs.start('mls', 'scp', 'crs', 'aris', 'billing')
  const { home, ports } = programs
  await calls.connect(ports.scpSip)
  const socket = new SocketClient(scpSocket(home))
  t.teardown(() => socket.close())
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const callers = new DayCallers({
    calls,
    scp: new ScpClient(socket),
    signer: await identitySigner(switchKey(home), systemClock),
    forger: await identitySigner(stranger, systemClock),
  })
  const clock = new PacedClock(t, home, plan.rate)
  return { plan, programs, clock, road, calls, callers, chance, due: new Map(), kills: 0 }
}

/** Cards of all face values, mixed. */
async function issueCards({ programs, chance }: Day, count: number): Promise<ClearCard[]> {
  const each = Math.ceil(count / FACE_VALUES.length)
  for (const faceValue of FACE_VALUES) await orderCards(programs.home, { count: each, faceValue })
  const cards = demonstrationCards(programs.home).slice(-each * FACE_VALUES.length)
  return cards
    .map(card => ({ card, place: chance() }))
    .sort((one, other) => one.place - other.place)
    .map(({ card }) => card)
}

async function play(day: Day, calls: readonly PlannedCall[]): Promise<void> {
  const { clock, due, chance, plan } = day
  const waiting = [...calls]
  const awayFrom = hourOfDay(between(chance, ...AWAY_HOURS))
  const happenings = KILLED.map(name => happen(day, name, happeningsOf(name, awayFrom, day)))
  // Some are made together.
  const moments = Array.from({ length: plan.repeats / 2 }, () => between(chance, 3, 23.5))
  const playing = Promise.all([
    ...happenings,
    repeatDeliveries(day, sorted(moments).map(hourOfDay)),
    serveAll(day, waiting),
  ])
  const overdue = () => {
    const now = clock.now()
    const late = [...due.values()].some(at => now - at > LATE_MS)
    return late || (waiting[WAITING_MAX]?.at ?? now) < now
  }
  await Promise.all([playing, clock.runTo(TO, overdue)])
}

/** When a program is killed, and CRS away: in order, and apart from each other. */
function happeningsOf(
  name: (typeof KILLED)[number],
  awayFrom: EpochMs,
  { plan, chance }: Pick<Day, 'plan' | 'chance'>,
): Happening[] {
  const away: Happening[] = name === 'crs' ? [{ at: awayFrom, what: 'away' }] : []
  const apart = (at: number) =>
    away.length === 0 || at < awayFrom - APART_MS || at > awayFrom + AWAY_MS + APART_MS
  const kills: Happening[] = []
  while (kills.length < plan.killsEach) {
    const at = hourOfDay(between(chance, 1, 23))
    if (apart(at)) kills.push({ at, what: 'killed' })
  }
  return [...kills, ...away].sort((one, other) => one.at - other.at)
}

/** What happens to one program in a day; a killed one is started again at once. */
async function happen(day: Day, name: string, happenings: readonly Happening[]): Promise<void> {
  const { programs, clock, due } = day
  for (const { at, what } of happenings) {
    await clock.reaches(at)
    due.set(name, at)
    if (what === 'killed') {
      await programs.kill(name)
      day.kills++
    } else {
      await programs.stop(name)
      due.delete(name)
      await clock.reaches(epochMs(at + AWAY_MS))
    }
    await programs.start(name)
    due.delete(name)
  }
}

/** Delivers files again at moments of the day, and at its end those that are left of so many. */
async function repeatDeliveries({ clock, road, plan }: Day, moments: EpochMs[]): Promise<void> {
  const repeatOnce = async () => {
    const deadline = performance.now() + AWAY_PATIENCE_MS
    while (!(await road.repeat(plan.repeats - road.repeated))) {
      if (performance.now() > deadline) throw new Error('CRS never came back')
      await wait(50)
    }
  }
  for (const moment of moments) {
    await clock.reaches(moment)
    if (road.repeated < plan.repeats) await repeatOnce()
  }
  while (road.repeated < plan.repeats) await repeatOnce()
}

/** Serves each caller when the time has come, as many at once as there are lines. */
async function serveAll({ clock, callers }: Day, waiting: PlannedCall[]): Promise<void> {
  const serving = new Set<Promise<void>>()
  for (let next = waiting[0]; next; next = waiting[0]) {
    await clock.reaches(next.at)
    waiting.shift()
    const served = callers.serve(next).finally(() => serving.delete(served))
    serving.add(served)
    if (serving.size >= LINES) await Promise.race(serving)
  }
  await Promise.all(serving)
}

/** Lets all come to its end: call sessions, the files of the day, and billing's next opening. */
async function settle({ programs, clock, calls }: Day): Promise<void> {
  const { home } = programs
  // It was not there all day, and fetches what it missed.
  await programs.start('noc')
  await until('every call is over', () => calls.legs === 0)
  await until('every call session has ended', () => openSessions({ home }) === 0)
  const delivered = () => filesOwed(scpStore(home)) === 0
  const closing = `-${DAY.replaceAll('-', '')}-close.txt`
  await until('CRS has every file', delivered)
  await until('CRS has closed the day', () =>
    readdirSync(home.hourlyFiles).some(name => name.endsWith(closing)),
  )
  await clock.advance(epochMs(TO + 8 * HOUR_MS))
  await until('billing has the day', async () => {
    if (isBooked(billingStore(home))) return true
    const state = await exchangeState(programs)
    if (state === 'stopped') await programs.command('billing', 'rearm')
    if (state === 'idle') await clock.advance(epochMs(clock.now() + HOUR_MS))
    return false
  })
  await until('CRS has what was closed since', delivered)
}

/** Closed quarter-hours that CRS has not acknowledged. */
function filesOwed(file: string): number {
  const store = openStoreToRead(file)
  const owed = store
    .prepare(
      `SELECT count(*) FROM quarter_hour_file
       WHERE number > (SELECT coalesce(max(number), 0) FROM acknowledgement)`,
    )
    .pluck()
    .get()
  store.close()
  return Number(owed)
}

function isBooked(file: string): boolean {
  const store = openStoreToRead(file)
  const confirmed = store.prepare('SELECT confirmed_at FROM day WHERE day = ?').pluck().get(DAY)
  store.close()
  return typeof confirmed === 'number'
}

async function exchangeState({ home }: LonePrograms): Promise<string> {
  const billing = new SocketClient(billingSocket(home))
  const asked = { method: 'GET', path: '/v1/exchange', deadlineMs: PATIENCE_MS } as const
  const { body } = await billing.ask(asked)
  billing.close()
  return `${(Object(body) as { state?: unknown }).state}`
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it never came about: ${what}`)
    await wait(200)
  }
}

/** A moment of the day, in hours since its begin. */
const hourOfDay = (hours: number): EpochMs => epochMs(Math.floor(FROM + hours * HOUR_MS))

const between = (chance: () => number, least: number, most: number): number =>
  least + chance() * (most - least)

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b)

function fail(): never {
  throw new RangeError('not a day')
}
