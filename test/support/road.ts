import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { EpochMs } from '../../domain/clock.js'
import type { Home } from '../../platform/home.js'
import { momentAt, type Pace } from '../../platform/running-clock.js'
import { freePort } from './network.js'
import type { RoadChild } from './road-child.js'

const CHILD = fileURLToPath(new URL('./road-child.js', import.meta.url))

/** Handsets that key, in turn: demonstration numbers, which CRS maps to a company. */
export const FIRST_HANDSET = 10_000_001
export const HANDSETS = 1_000

export type RoadProgram = RoadChild['program']

/** How fast the clock of the road goes: a quarter-hour in 62 ms, a day in 6 s. */
const RATE = 14_400

/** Longest that a program may take to start, or to come to where it is killed, in ms. */
const PATIENCE_MS = 120_000

type Child = ChildProcessByStdio<Writable, Readable, null>

/**
 * All that a charge passes on its way to the ledger, each program a process in one home: a node that
 * charges without calls, the MSCP, CRS and billing. Any of them may be killed and started again.
 */
export class Road {
  readonly crsPort: number
  readonly ftpPort: number
  /** Indexes of cards of which a caller was told that they are charged. */
  readonly told: number[] = []
  /** Codes of the alarms that were raised. */
  readonly alarms = new Set<string>()
  readonly #home: Home
  readonly #pins: readonly string[]
  readonly #pace: Pace
  readonly #children = new Map<RoadProgram, Child>()
  #next = 0

  private constructor(home: Home, pins: readonly string[], pace: Pace, ports: [number, number]) {
    this.#home = home
    this.#pins = pins
    this.#pace = pace
    this.crsPort = ports[0]
    this.ftpPort = ports[1]
  }

  static async open(
    t: { teardown(end: () => unknown): unknown },
    { home, pins, startAt }: { home: Home; pins: readonly string[]; startAt: EpochMs },
  ): Promise<Road> {
    const pace = { moment: startAt, monotonicNs: process.hrtime.bigint(), rate: RATE }
    const road = new Road(home, pins, pace, [await freePort(), await freePort()])
    t.teardown(() => Promise.all([...road.#children.keys()].map(program => road.kill(program))))
    return road
  }

  now(): EpochMs {
    return momentAt(this.#pace, process.hrtime.bigint())
  }

  /** Starts a program, under an environment that may hold its end. */
  async start(program: RoadProgram, env: NodeJS.ProcessEnv = process.env): Promise<void> {
    const child: Child = spawn(process.execPath, [CHILD], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    // A kill that comes while something is written to it is what these tests are about.
    child.stdin.on('error', () => {})
    this.#children.set(program, child)
    const ready = new Promise<void>(resolve => {
      createInterface({ input: child.stdout }).on('line', line => {
        if (line === 'R') resolve()
        else this.#hear(line)
      })
    })
    const { moment, monotonicNs, rate } = this.#pace
    const order: RoadChild = {
      program,
      home: this.#home.folder,
      crsPort: this.crsPort,
      ftpPort: this.ftpPort,
      moment,
      monotonicNs: `${monotonicNs}`,
      rate,
      pins: program === 'node' ? this.#pins : [],
      from: this.#next,
      firstHandset: FIRST_HANDSET,
      handsets: HANDSETS,
    }
    child.stdin.write(`${JSON.stringify(order)}\n`)
    await Promise.race([ready, ended(child), patience(`${program} starts`)])
  }

  /** Waits until a program has died; the code and the signal of its end. */
  async died(program: RoadProgram): Promise<readonly [code: number | null, signal: string | null]> {
    const child = this.#children.get(program)
    if (!child) throw new Error(`${program} does not run`)
    return await Promise.race([ended(child), patience(`${program} comes to where it is killed`)])
  }

  async kill(program: RoadProgram): Promise<void> {
    const child = this.#children.get(program)
    this.#children.delete(program)
    child?.kill('SIGKILL')
    if (child) await ended(child)
  }

  /** The node keys no further card; all else goes on. */
  stopCharging(): void {
    this.#children.get('node')?.stdin.write('stop\n')
  }

  #hear(line: string): void {
    const [kind, what = '', finding] = line.split(' ')
    if (kind === '!') this.alarms.add(what)
    if (kind !== 'A') return
    this.#next = Number(what) + 1
    if (finding === 'redeemed') this.told.push(Number(what))
  }
}

async function ended(child: Child): Promise<readonly [number | null, string | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return [child.exitCode, child.signalCode]
}

const patience = (what: string): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`it never came about: ${what}`)), PATIENCE_MS).unref()
  })
