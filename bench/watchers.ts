import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { demonstrationAccountFile } from '../noc/config.js'
import { Callers, subscriber } from '../test/support/callers.js'
import { Network } from '../test/support/network.js'
import { loadAverage, machine } from './machine.js'
import { cpuMsOf } from './process-cost.js'
import type { Watched } from './watching.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly watchers: number
  readonly seconds: number
  readonly rounds: number
}

/** Calls that begin a second, whoever watches, and the handsets that make them. */
const CALLS_A_SECOND = 4
const HANDSETS = 24

/** The programs a call goes through. */
const CARRIERS = ['mls', 'switch-signalling', 'scp', 'scp-signalling', 'media', 'ivr'] as const

/** What one turn came to. */
interface Turn {
  /** From dialling to the answer, in ms. */
  readonly answeredMs: readonly number[]
  /** Answers of noc, in ms. */
  readonly polledMs: readonly number[]
  /** Events that the streams brought. */
  readonly events: number
  readonly mistakes: readonly string[]
  /** Processor time, in ms a second. */
  readonly noc: number
  readonly carriers: number
}

/** `watchers`: what a hundred people who watch cost those who call (bench Q13). */
export const watchers = (): Command =>
  new Command('watchers')
    .summary('100 watchers of the screens beside none, while calls are made')
    .description(
      'Starts a network of its own, makes calls at a steady rate, and lets 100 watchers ask for the table of the\n' +
        'charge traffic every 5 s, each with a stream of the calls open; in turns with nobody who watches\n' +
        '(A B B A …). Tells how long noc took to answer, how long calls took to be answered, and the processor\n' +
        'time of both. The exit code is 0 when every call was answered and every question.',
    )
    .option('--watchers <number>', 'how many watch', wholeNumber(1, 500), 100)
    .option('--seconds <number>', 'how long a turn is', wholeNumber(5, 120), 20)
    .option('--rounds <number>', 'turns of each side', wholeNumber(1, 10), 2)
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ watchers, seconds, rounds }: Options): Promise<boolean> {
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => void ends.push(end) }
  const loadBefore = loadAverage()
  try {
    const network = await Network.start(owner, { MCSCP_LOG_LEVEL: 'info' })
    const cookie = await logIn(network)
    const callers = new Callers(owner, network)
    const scene = { network, cookie, callers, seconds }
    // A program that has just started is slow.
    await turn(scene, 0)
    const turns: { readonly watchers: number; readonly turn: Turn }[] = []
    for (let round = 0; round < rounds; round++) {
      for (const many of round % 2 === 0 ? [0, watchers] : [watchers, 0]) {
        turns.push({ watchers: many, turn: await turn(scene, many) })
        console.error(`${many} watchers: done`)
      }
    }
    const sides = [0, watchers].map(many => ({
      watchers: many,
      ...together(turns.filter(one => one.watchers === many).map(one => one.turn)),
    }))
    tell(sides)
    const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
    const line = { bench: 'watchers', at: new Date().toISOString(), seconds, rounds, sides }
    console.log(JSON.stringify({ ...line, ...around }))
    return sides.every(({ mistakes }) => mistakes.length === 0)
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

interface Scene {
  readonly network: Network
  readonly cookie: string
  readonly callers: Callers
  readonly seconds: number
}

/** Logs in as the first look does; the cookie of the session. */
async function logIn({ home, screens }: Network): Promise<string> {
  const password = readFileSync(demonstrationAccountFile(home), 'utf8').trim()
  const answer = await fetch(`${screens}/login`, {
    method: 'POST',
    headers: { origin: screens, 'content-type': 'application/x-www-form-urlencoded' },
    body: `${new URLSearchParams({ account: 'watch', password })}`,
    redirect: 'manual',
  })
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
  if (!cookie.includes('=')) throw new Error(`noc let nobody in: ${answer.status}`)
  return cookie
}

/** Calls at the steady rate while so many watch. */
async function turn(scene: Scene, watchers: number): Promise<Turn> {
  const { network, seconds } = scene
  const pids = CARRIERS.map(name => network.pidOf(name))
  const noc = network.pidOf('noc')
  const watching = new Watching(scene, watchers)
  const cpuOf = () => [cpuMsOf(noc), pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0)] as const
  const [nocBefore, carriersBefore] = cpuOf()
  const { answeredMs, mistakes } = await callSteadily(scene)
  const [nocAfter, carriersAfter] = cpuOf()
  const watched = await watching.end()
  return {
    answeredMs,
    polledMs: watched.polledMs,
    events: watched.events,
    mistakes: [...mistakes, ...watched.mistakes],
    noc: (nocAfter - nocBefore) / seconds,
    carriers: (carriersAfter - carriersBefore) / seconds,
  }
}

/** Calls that are answered, greeted and hung up. */
async function callSteadily({ callers, seconds }: Scene) {
  const answeredMs: number[] = []
  const mistakes: string[] = []
  const calls: Promise<void>[] = []
  for (let n = 0; n < seconds * CALLS_A_SECOND; n++) {
    calls.push(
      (async () => {
        try {
          const beganMs = performance.now()
          const call = await callers.call(subscriber((n % HANDSETS) + 1))
          await call.answered
          answeredMs.push(performance.now() - beganMs)
          await call.sound()
          await call.hangUp()
        } catch (error) {
          mistakes.push(error instanceof Error ? error.message : `${error}`)
        }
      })(),
    )
    await after(1_000 / CALLS_A_SECOND)
  }
  await Promise.all(calls)
  return { answeredMs, mistakes }
}

/** People who watch, in a process of their own: what they do must not delay those who call. */
class Watching {
  readonly #child: ChildProcess

  constructor({ network: { screens }, cookie }: Scene, watchers: number) {
    this.#child = fork(fileURLToPath(new URL('./watching.js', import.meta.url)), [
      screens,
      `${watchers}`,
    ])
    // Not among the arguments, which everybody on the machine can read.
    this.#child.send(cookie)
  }

  /** All leave; what they saw. */
  async end(): Promise<Watched> {
    const told = once(this.#child, 'message')
    this.#child.send('leave')
    const [watched] = await told
    this.#child.disconnect()
    return watched
  }
}

/** The turns of one side. */
function together(turns: readonly Turn[]) {
  const mean = (of: (turn: Turn) => number) =>
    Math.round(turns.reduce((sum, turn) => sum + of(turn), 0) / turns.length)
  const answered = turns.flatMap(({ answeredMs }) => answeredMs)
  const polled = turns.flatMap(({ polledMs }) => polledMs)
  return {
    calls: answered.length,
    answered: { p50: quantile(answered, 0.5), p99: quantile(answered, 0.99) },
    polls: polled.length,
    polled: { p50: quantile(polled, 0.5), p95: quantile(polled, 0.95) },
    events: turns.reduce((sum, { events }) => sum + events, 0),
    noc: mean(turn => turn.noc),
    carriers: mean(turn => turn.carriers),
    mistakes: turns.flatMap(({ mistakes }) => mistakes).slice(0, 20),
  }
}

/** To a tenth; `null` of nothing. */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return value === undefined ? null : Number(value.toFixed(1))
}

function tell(sides: readonly ({ readonly watchers: number } & ReturnType<typeof together>)[]) {
  const rows: readonly (readonly [string, (side: (typeof sides)[number]) => unknown])[] = [
    ['watchers', side => side.watchers],
    ['calls', side => side.calls],
    ['answered: p50, ms', side => side.answered.p50],
    ['answered: p99, ms', side => side.answered.p99],
    ['questions to noc', side => side.polls],
    ['noc answered: p50, ms', side => side.polled.p50],
    ['noc answered: p95, ms', side => side.polled.p95],
    ['events of streams', side => side.events],
    ['CPU of noc, ms a second', side => side.noc],
    ['CPU of the programs of a call, ms a second', side => side.carriers],
  ]
  for (const [name, of] of rows) {
    console.log(name.padEnd(44) + sides.map(side => `${of(side) ?? '–'}`.padStart(10)).join(''))
  }
  for (const { mistakes } of sides) for (const mistake of mistakes) console.log(`  ${mistake}`)
}
