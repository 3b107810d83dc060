import { existsSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type EpochMs, epochMs } from '../domain/clock.js'
import {
  type ClockSetting,
  decodeClockSetting,
  encodeClockSetting,
  settingFrom,
  settingHere,
  shownAt,
} from './clock-setting.js'
import { makeDurably, writeDurably } from './durable-file.js'
import { Fault, systemErrorCode } from './fault.js'
import type { Home } from './home.js'
import { type Machine, thisMachine } from './machine.js'
import { RunningClock } from './running-clock.js'

/** Programs and their owner alone may read and move the clock. */
const MODE = 0o600

/** Pause between two looks at the file, in ms, beside the system's own notice of changes. */
const LOOK_MS = 1_000

/** What the clock shows, and how it goes; `setting` is absent as long as it is the machine's own. */
export interface ClockShown {
  readonly now: EpochMs
  /** Network time passing in a unit of the machine's; 0: it stands. */
  readonly rate: number
  readonly setting: ClockSetting | undefined
}

/** Reads the clock from its file. Throws `CLOCK_DAMAGED`. */
export function readClock(home: Home, machine: Machine = thisMachine): ClockShown {
  const setting = settingIn(home)
  if (!setting) return { now: machine.realNow(), rate: 1, setting: undefined }
  return { now: shownAt(setting, machine), rate: setting.rate, setting }
}

/**
 * Begins a network in the past or the future: its clock starts at `moment` and goes at the machine's
 * pace. Only where no store speaks of another time yet; a clock that has begun is left as it is. Throws
 * `COMMAND_REFUSED`.
 */
export function beginClock(home: Home, moment: EpochMs, machine: Machine = thisMachine): void {
  // In this order: whoever makes a store here has made the clock before.
  const stored = readdirSync(home.stores).length > 0
  if (existsSync(home.clockFile)) return
  if (stored) {
    throw new Fault(
      'COMMAND_REFUSED',
      `The network in ${home.folder} has stores already, so its clock begins no more (MCSCP_CLOCK_START); ` +
        'use a fresh MCSCP_HOME, or move the clock forward by «mcscp clock advance».',
    )
  }
  makeDurably(home.clockFile, encodeClockSetting(settingFrom({ moment, rate: 1 }, machine)), MODE)
}

/** Where the clock is to go from what it shows; throws a `Fault` to refuse. */
export type ClockChange = (shown: ClockShown) => Pick<ClockSetting, 'moment' | 'rate'>

/**
 * Sets the clock by its file. Every program of the network sees that, and all take the change at the same
 * moment, `noticeMs` later; by the return they have. Never back: throws `COMMAND_REFUSED`, also when
 * another change is under way.
 */
export async function changeClock(
  home: Home,
  change: ClockChange,
  machine: Machine = thisMachine,
): Promise<ClockShown> {
  const shown = alone(home, () => {
    const shown = shownSoon(readClock(home, machine), machine.noticeMs)
    const { moment, rate } = change(shown)
    if (moment < shown.now) throw new Fault('COMMAND_REFUSED', 'The clock goes forward only.')
    const setting = settingFrom({ moment, rate }, machine, machine.noticeMs)
    writeDurably(home.clockFile, encodeClockSetting(setting), MODE)
    return { now: moment, rate, setting }
  })
  await wait(machine.noticeMs)
  return shown
}

/**
 * Writes a damaged clock anew, standing at a moment that the operator names. Throws `COMMAND_REFUSED`
 * where the clock is whole: it goes forward only.
 */
export function repairClock(
  home: Home,
  moment: EpochMs,
  machine: Machine = thisMachine,
): ClockShown {
  return alone(home, () => {
    if (!isDamaged(home)) {
      throw new Fault('COMMAND_REFUSED', 'The clock is whole, and needs no repair.')
    }
    const setting = settingFrom({ moment, rate: 0 }, machine)
    writeDurably(home.clockFile, encodeClockSetting(setting), MODE)
    return { now: moment, rate: 0, setting }
  })
}

function isDamaged(home: Home): boolean {
  try {
    settingIn(home)
    return false
  } catch (error) {
    if (error instanceof Fault) return true
    throw error
  }
}

/** Tries to be the one that changes the clock, and the pause between two, in ms. */
const LOCK_TRIES = 100
const LOCK_PAUSE_MS = 10

/** Runs a change of the clock while no other program runs one. */
function alone<T>({ clockFile }: Home, work: () => T): T {
  const lock = `${clockFile}.lock`
  for (let tries = 1; !makeDurably(lock, `${process.pid}\n`, MODE); tries++) {
    if (tries > LOCK_TRIES) {
      throw new Fault(
        'COMMAND_REFUSED',
        `Another change of the clock is under way; if there is none, delete ${lock}.`,
      )
    }
    if (isLeftBehind(lock)) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS)
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Whether the program that held the lock was killed. */
function isLeftBehind(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH'
  }
}

const shownSoon = (shown: ClockShown, ms: number): ClockShown => ({
  ...shown,
  now: epochMs(shown.now + Math.floor(ms * shown.rate)),
})

/** A clock of a program, and how to let it go. */
export interface OpenClock {
  readonly clock: RunningClock
  close(): void
}

/** What a program wants to know of its clock beside the time. */
export interface ClockWatcher {
  /** It was set while the program runs. */
  readonly changed: (shown: ClockShown) => void
  /** Its file cannot be read any more; the clock goes on as it was set before. */
  readonly failed: (fault: Fault) => void
}

/**
 * Opens the clock for a program: it follows every change of the file at once. Throws `CLOCK_DAMAGED`.
 * The first to open it after a start of the machine sets it anew, so that all reckon from one reading.
 */
export function openClock(
  home: Home,
  { changed, failed }: ClockWatcher,
  machine: Machine = thisMachine,
): OpenClock {
  const { setting } = readClock(home, machine)
  if (setting && settingHere(setting, machine) !== setting) takeOver(home, machine)
  let seen = textIn(home)
  const clock = new RunningClock(settingOf(seen, home) ?? 'real time')
  let complaint = ''
  const look = () => {
    try {
      const text = textIn(home)
      if (text === seen) return
      seen = text
      const found = settingOf(text, home)
      if (!found) return
      clock.set(found)
      complaint = ''
      changed({ now: clock.now(), rate: found.rate, setting: found })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (error.message !== complaint) failed(error)
      complaint = error.message
    }
  }
  return { clock, close: follow(home, look) }
}

function takeOver(home: Home, machine: Machine): void {
  alone(home, () => {
    const setting = settingIn(home)
    const here = setting && settingHere(setting, machine)
    if (!here || here === setting) return
    writeDurably(home.clockFile, encodeClockSetting(here), MODE)
  })
}

/** Calls `look` whenever the file may have changed. Keeps no program alive. */
function follow({ clockFile }: Home, look: () => void): () => void {
  const timer = setInterval(look, LOOK_MS).unref()
  try {
    const name = basename(clockFile)
    const watcher = watch(dirname(clockFile), { persistent: false }, (_, file) => {
      if (file === null || file === name) look()
    })
    // Without notice from the system the clock is looked at in its pause.
    watcher.on('error', () => watcher.close())
    return () => {
      clearInterval(timer)
      watcher.close()
    }
  } catch {
    return () => clearInterval(timer)
  }
}

const settingIn = (home: Home): ClockSetting | undefined => settingOf(textIn(home), home)

function textIn({ clockFile }: Home): string | undefined {
  try {
    return readFileSync(clockFile, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw new Fault('CLOCK_DAMAGED', `The network's clock ${clockFile} cannot be read.`, {
      cause: error,
    })
  }
}

function settingOf(text: string | undefined, { clockFile }: Home): ClockSetting | undefined {
  if (text === undefined) return undefined
  const setting = decodeClockSetting(text)
  if (setting) return setting
  throw new Fault('CLOCK_DAMAGED', `The network's clock ${clockFile} is not as it was written.`)
}
