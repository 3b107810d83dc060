import { join } from 'node:path'
import { type AlarmTold, alarmsTold } from '../platform/alarm.js'
import { AlarmJournal, type AlarmJournalOptions } from '../platform/alarm-journal.js'
import { CallTrail } from '../platform/call-trail.js'
import { systemClock } from '../platform/clock.js'
import { Fault } from '../platform/fault.js'
import { makeHome } from '../platform/home.js'
import { type Logger, openLog } from '../platform/log.js'
import type { Running, Surroundings } from '../platform/program.js'
import { type Given, readSettings } from '../platform/settings.js'
import { serveStatus, statusSocket } from '../platform/status.js'
import { type FromChild, SUPERVISED, type ToChild } from './child-message.js'
import { beginNetworkClock, clockFor } from './network-clock.js'
import { homeOf, networkSettings } from './network-settings.js'
import { openMetrics } from './open-metrics.js'
import type { ProgramEntry } from './programs.js'
import { checkSettings } from './settings-in-force.js'

/** Longest that a program may take to end in order before it is ended anyway, in ms. */
const CLOSE_DEADLINE_MS = 15_000

/** Ends a program that a fault kept from starting: not 0, and not what a crash gives. */
const START_FAILED = 2

/**
 * Runs one program in this process until it is told to end: by the supervisor, by losing it, or, when
 * started alone, by Ctrl-C.
 */
export async function runProgram(
  entry: ProgramEntry,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { name } = entry
  const supervised = environment[SUPERVISED] !== undefined
  let running: Running
  let log: Logger | undefined
  try {
    const loading = entry.load()
    await Promise.all([loading, supervised ? itsTurn() : undefined])
    const home = homeOf(environment)
    const given = checkSettings(entry, home.settingsFile, environment)
    const values = readSettings(networkSettings, given)
    makeHome(home)
    beginNetworkClock(home, values)
    const node = nodeOf(entry, given)
    log = openLog({ program: node, folder: home.logs, level: values.logLevel })
    const clock = clockFor(home, values, log)
    const program = await loading
    const path = join(home.alarms, `${node}.jsonl`)
    const alarms = keepAlarms({ path, clock, log })
    // By the machine's clock, as the lines of the log are.
    const calls = new CallTrail(systemClock)
    const surroundings = { home, given, clock, log }
    const started = await program.start(surroundings)
    running = await withStatus(started, { name, node, alarms, calls, surroundings })
  } catch (error) {
    log?.fatal({ err: error }, 'program did not start')
    tellFailure(name, error)
    process.exit(START_FAILED)
  }
  log.info({ listening: running.listening }, 'program started')
  endOnCrash(log)
  const close = endInOrder(running, log)
  // Its supervisor may have been killed while it started.
  if (supervised && !process.connected) return await close()
  tellReady(name, running)
}

/** By which name its log, its alarms and its status are known in the home. */
const nodeOf = ({ name, node }: ProgramEntry, given: Given): string =>
  node ? readSettings({ node }, given).node : name

/** What runs beside a program in its process. */
interface Beside {
  readonly name: string
  readonly node: string
  readonly alarms: AlarmJournal
  readonly calls: CallTrail
  readonly surroundings: Surroundings
}

/** Keeps what is told of alarms from now on, whoever tells it. */
function keepAlarms(options: AlarmJournalOptions): AlarmJournal {
  const journal = new AlarmJournal(options)
  // Only platform/alarm.ts tells anything here.
  alarmsTold.subscribe(told => journal.take(told as AlarmTold))
  return journal
}

/** Lets a program tell its status, alarms and metrics, from its start until all that it holds has ended. */
async function withStatus(started: Running, beside: Beside): Promise<Running> {
  const { name, node, alarms, calls, surroundings } = beside
  const endings = [() => started.close(), () => alarms.close()]
  try {
    const tellAlarms = (after: number, journal: string) => alarms.after(after, journal)
    const socket = statusSocket(surroundings.home, node)
    const told = { alarms: tellAlarms, calls }
    endings.push(await serveStatus(socket, () => started.status(), told))
    endings.push(await openMetrics({ name, running: started, alarms }, surroundings))
  } catch (error) {
    for (const end of endings) await end()
    throw error
  }
  const close = async () => {
    for (const end of endings) await end()
  }
  return { ...started, close }
}

/** Resolves when the supervisor says so. Ends the process when it is not to start at all. */
function itsTurn(): Promise<void> {
  if (!process.connected) process.exit(0)
  return new Promise(resolve => {
    const end = () => process.exit(0)
    process.once('disconnect', end)
    process.once('message', (message: ToChild) => {
      process.off('disconnect', end)
      if (message.kind === 'close') end()
      resolve()
    })
  })
}

function tellReady(name: string, { listening }: Running): void {
  if (process.send) process.send({ kind: 'ready', listening } satisfies FromChild)
  else {
    const places = Object.entries(listening).map(([what, where]) => `  ${what}: ${where}`)
    console.log([`${name} is running. Ctrl-C ends it.`, ...places].join('\n'))
  }
}

function tellFailure(name: string, error: unknown): void {
  const advice =
    error instanceof Fault ? error.advice : error instanceof Error ? `${error.stack}` : `${error}`
  const code = error instanceof Fault ? error.code : undefined
  if (process.send) process.send({ kind: 'failed', code, advice } satisfies FromChild)
  else console.error(`${name}: ${advice}`)
}

/** A broken promise of our own code ends the process; the supervisor starts it again from its store. */
function endOnCrash(log: Logger): void {
  const crash = (error: unknown) => {
    log.fatal({ err: error }, 'program crashed')
    log.flush()
    console.error(error)
    process.exit(1)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}

function endInOrder(running: Running, log: Logger): () => Promise<void> {
  let closing = false
  const close = async () => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref()
    await running.close()
    log.info('program ended')
    log.flush(() => process.exit(0))
  }
  process.on('SIGTERM', close)
  // Ctrl-C reaches every process of the terminal; under a supervisor it alone decides the order.
  process.on('SIGINT', process.send ? () => {} : close)
  process.on('message', (message: ToChild) => message.kind === 'close' && close())
  process.on('disconnect', close)
  return close
}
