import type { EpochMs } from '../../domain/clock.js'
import type { NetworkClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { LimitAlarm } from '../../platform/limit-alarm.js'
import type { Logger } from '../../platform/log.js'
import type { Watched } from '../store/watch-reader.js'
import { ClockWatch } from './clock-watch.js'

/** Pause between two looks, in ms of the machine's time: half of the 10 s within which a full disk is told (XF4). */
const PAUSE_MS = 5_000

const MINUTE_MS = 60_000

/** Where the alarms begin, as the settings have it. */
export interface WatchLimits {
  /** Handsets locked within ten minutes. */
  readonly locks: number
  /** Cards locked within a day. */
  readonly cardLocks: number
  /** Free space of the home's disk, in bytes. */
  readonly freeBytes: number
  /** Age of the oldest file that CRS has not acknowledged, in minutes. */
  readonly backlogMinutes: number
}

export interface WatchOptions {
  readonly node: string
  readonly limits: WatchLimits
  readonly read: (now: EpochMs) => Promise<Watched>
  /** The latest moment that the store speaks of, which the network's clock has shown once. */
  readonly stampedUntil: () => Promise<EpochMs>
  /** Free space of the home's disk, in bytes. */
  readonly freeBytes: () => Promise<number>
  /** The network's, and the machine's own. */
  readonly clocks: { readonly network: NetworkClock; readonly machine: NetworkClock }
  /** Milliseconds that only go forward, whatever becomes of the clocks. */
  readonly monotonicMs: () => number
  readonly later: Later
  readonly log: Logger
}

/**
 * 監視 (seed 004 Table 5, requirement M-15): looks again and again at what no single request shows, and
 * raises an alarm once when it is beyond its limit, cleared once when it no longer is.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #lockStorm
  readonly #cardLocks
  readonly #guesses
  readonly #disk
  readonly #backlog
  readonly #networkClock: ClockWatch
  readonly #machineClock: ClockWatch
  /** The oldest file that waited at the last look. */
  #waited: number | undefined
  #callOff = () => {}
  #looking: Promise<void> | undefined
  #ended = false

  constructor(options: WatchOptions) {
    this.#options = options
    const { log, node, clocks } = options
    const about = { node }
    this.#lockStorm = new LimitAlarm({ log, code: 'LOCK_STORM', severity: 'major', about })
    this.#cardLocks = new LimitAlarm({ log, code: 'CARD_PROBED', severity: 'major', about })
    this.#guesses = new LimitAlarm({ log, code: 'GUESS_RATE_HIGH', severity: 'critical', about })
    this.#disk = new LimitAlarm({ log, code: 'DISK_SPACE_LOW', severity: 'critical', about })
    this.#backlog = new LimitAlarm({ log, code: 'TRANSFER_LATE', severity: 'major', about })
    const clockWatch = (name: 'network' | 'machine') =>
      new ClockWatch({ name, clock: clocks[name], monotonicMs: options.monotonicMs, log })
    this.#networkClock = clockWatch('network')
    this.#machineClock = clockWatch('machine')
  }

  /** Looks once, and from then on again and again. */
  run(): Promise<void> {
    this.#callOff()
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      if (!this.#ended) this.#callOff = this.#options.later(() => void this.run(), PAUSE_MS)
    })
    return this.#looking
  }

  /** Looks no more, and waits for a look that is under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOff()
    await this.#looking
    this.#networkClock.close()
    this.#machineClock.close()
  }

  async #look(): Promise<void> {
    this.#machineClock.look(undefined)
    this.#networkClock.look(await this.#stampedUntil())
    try {
      await this.#lookAtDisk()
      this.#lookAtStore(await this.#options.read(this.#options.clocks.network.now()))
    } catch (error) {
      // A store that fails is told by whoever writes; this look is made again.
      if (!(error instanceof Fault)) throw error
    }
  }

  /** Unknown while the store fails, which is told by whoever writes. */
  async #stampedUntil(): Promise<EpochMs | undefined> {
    try {
      return await this.#options.stampedUntil()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return undefined
    }
  }

  async #lookAtDisk(): Promise<void> {
    const { limits, freeBytes } = this.#options
    const free = await freeBytes()
    // A tenth more to be over: files come and go at the limit.
    const enough = free >= limits.freeBytes * 1.1
    const state = free < limits.freeBytes ? 'beyond' : enough ? 'within' : 'between'
    this.#disk.judge(state, { freeMegabytes: Math.floor(free / 1_048_576) })
  }

  #lookAtStore({ locked, cardsLocked, brake, oldestWaiting }: Watched): void {
    const { limits, clocks } = this.#options
    this.#lockStorm.judge(locked >= limits.locks ? 'beyond' : 'within', { locked })
    const probed = cardsLocked >= limits.cardLocks
    this.#cardLocks.judge(probed ? 'beyond' : 'within', { cards: cardsLocked })
    this.#guesses.judge(brake ? 'beyond' : 'within', {
      ...(brake && { wrong: brake.wrong, limit: brake.limit }),
    })
    const minutes = oldestWaiting ? (clocks.network.now() - oldestWaiting.since) / MINUTE_MS : 0
    // A clock that is set on makes files old at once: late is one that waited at the last look too.
    const moves = oldestWaiting === undefined || oldestWaiting.number !== this.#waited
    const late = minutes > limits.backlogMinutes
    this.#backlog.judge(late ? (moves ? 'between' : 'beyond') : 'within', {
      minutes: Math.floor(minutes),
      ...(oldestWaiting && { file: oldestWaiting.number }),
    })
    this.#waited = oldestWaiting?.number
  }
}
