import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TimerValues } from '../../engines/signalling/transaction/timers.js'
import { type Held, MeasuredEngine } from '../../test/support/measured-engine.js'
import { type Owner, unusedPort } from '../../test/support/sip-peer.js'
import { pin } from '../process-cost.js'

/** Who answers calls has one core, and who makes them the other. */
export const ANSWERING_CORE = 0
export const CALLING_CORE = 1

/** Pause between two looks whether SIPp listens, in ms. */
const LOOK_EVERY_MS = 50

const LOOPBACK = '127.0.0.1'

const SECRET = 'the secret of a bench'

/** What answers calls at a UDP port. */
export interface Answerer {
  readonly port: number
  /** Its processes: the engine alone, and all of them. */
  readonly engine: readonly number[]
  readonly all: readonly number[]
}

/** The signalling engine with a drachtio-srf application. */
export interface Product extends Answerer {
  held(): Promise<Held>
  /** Dialogs at present; to be asked while calls are made. */
  dialogs(): Promise<number>
  /** Timers of the engine before its first call. */
  readonly timersAtRest: number
  /** Of how many calls the application was told that they failed. */
  failed(): Promise<number>
}

/** Starts the engine, and the application in a process of its own. */
export async function startProduct(owner: Owner, timers?: TimerValues): Promise<Product> {
  const plan = { engine: 'signalling', secret: SECRET, ...(timers ? { timers } : {}) } as const
  const engine = await MeasuredEngine.start(owner, plan, profiling())
  const entry = fileURLToPath(new URL('application.js', import.meta.url))
  const application = fork(entry, [`${engine.applicationPort}`, SECRET])
  endWith(owner, application, () => application.disconnect())
  await once(application, 'message')
  const all = [engine.pid, application.pid ?? 0]
  for (const pid of all) pin(pid, ANSWERING_CORE)
  return {
    port: engine.sipPort,
    engine: [engine.pid],
    all,
    held: () => engine.held(),
    dialogs: async () => (await engine.held(0)).calls,
    timersAtRest: engine.timersAtRest,
    async failed() {
      const told = once(application, 'message')
      application.send('failed')
      return (await told)[0]
    },
  }
}

/** Node's own profiler for the engine, where MCSCP_BENCH_PROFILE names a folder for what it finds. */
const profiling = (): string[] => {
  const folder = process.env.MCSCP_BENCH_PROFILE
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}

/** SIPp's own answerer: it answers at once, in C, and knows no transactions. */
export async function startSippAnswerer(owner: Owner): Promise<Answerer> {
  const port = await unusedPort('udp')
  const where = ['-i', LOOPBACK, '-p', `${port}`]
  const sipp = spawn('sipp', ['-sn', 'uas', ...where, '-nostdin'], { stdio: 'ignore' })
  endWith(owner, sipp, () => sipp.kill('SIGKILL'))
  await Promise.race([
    once(sipp, 'spawn'),
    once(sipp, 'error').then(([error]) => Promise.reject(error)),
  ])
  while (!isTaken(port)) {
    if (sipp.exitCode !== null) throw new Error('SIPp ended instead of answering')
    await after(LOOK_EVERY_MS)
  }
  const pid = sipp.pid ?? 0
  pin(pid, ANSWERING_CORE)
  return { port, engine: [pid], all: [pid] }
}

/** Lets processes run on every core. */
export function unpin(pids: readonly number[]): void {
  for (const pid of pids) pin(pid, ...cpus().keys())
}

/** Whether a socket has the port (proc(5): local addresses in hexadecimal); to try it would take it away. */
const isTaken = (port: number): boolean =>
  readFileSync('/proc/net/udp', 'utf8').includes(
    `:${port.toString(16).toUpperCase().padStart(4, '0')} `,
  )

function endWith(owner: Owner, child: ChildProcess, end: () => void): void {
  const ended = once(child, 'exit')
  owner.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    end()
    await ended
  })
}
