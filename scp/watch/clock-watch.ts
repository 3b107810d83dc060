import { type EpochMs, epochMs } from '../../domain/clock.js'
import { raiseAlarm } from '../../platform/alarm.js'
import type { NetworkClock } from '../../platform/clock.js'
import { LimitAlarm } from '../../platform/limit-alarm.js'
import type { Logger } from '../../platform/log.js'

/** How far a clock may fall back before it is an alarm, in ms (fault test XK3). */
const BACK_MAX_MS = 1_000

/**
 * How much more a clock may show from one look to the next than time has passed, in ms (fault test XK3): time
 * services that start late set a clock on by seconds, a wrong one by hours or years.
 */
export const LEAP_MS = 5 * 60_000

export interface ClockWatchOptions {
  /** What the alarms call the clock. */
  readonly name: 'network' | 'machine'
  readonly clock: NetworkClock
  /** Milliseconds that only go forward, whatever becomes of calendar clocks. */
  readonly monotonicMs: () => number
  readonly log: Logger
}

/** What a clock said of itself at a look. */
interface Word {
  readonly shown: EpochMs
  /** By the monotonic clock. */
  readonly saidAt: number
  /** Until it would show `LEAP_MS` more, in ms of the machine's time, if nobody set it. */
  readonly dueMs: number
}

/**
 * One clock as it is seen from look to look (requirement M-15): an alarm stands while it shows less than
 * before, and one is raised when it leaps forward by itself. A clock that is moved on purpose tells of it, or
 * had said that it would (a simulation's takes a new pace a moment after it is told), and is no fault.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions
  readonly #wentBack: LimitAlarm
  readonly #forgetSets: () => void
  #highest = epochMs(0)
  #word: Word | undefined
  #wasSet = false

  constructor(options: ClockWatchOptions) {
    this.#options = options
    const { name, clock, log } = options
    const about = { clock: name }
    this.#wentBack = new LimitAlarm({ log, code: 'CLOCK_WENT_BACK', severity: 'critical', about })
    this.#forgetSets = clock.onSet(() => {
      this.#wasSet = true
    })
  }

  /** Looks once; `known`: the latest moment that somebody else knows the clock to have shown. */
  look(known: EpochMs | undefined): void {
    const saidAt = this.#options.monotonicMs()
    const shown = this.#options.clock.now()
    this.#judgeBack(shown, known)
    this.#judgeLeap(shown, saidAt)
    const dueMs = this.#options.clock.msUntil(epochMs(shown + LEAP_MS))
    this.#word = { shown, saidAt, dueMs }
    this.#wasSet = false
  }

  close(): void {
    this.#forgetSets()
  }

  #judgeBack(shown: EpochMs, known = this.#highest): void {
    const backMs = Math.max(this.#highest, known) - shown
    this.#wentBack.judge(backMs > BACK_MAX_MS ? 'beyond' : backMs <= 0 ? 'within' : 'between', {
      backSeconds: Math.max(0, Math.ceil(backMs / 1000)),
    })
    this.#highest = epochMs(Math.max(this.#highest, known, shown))
  }

  #judgeLeap(shown: EpochMs, at: number): void {
    const before = this.#word
    if (!before || this.#wasSet) return
    const forwardMs = shown - before.shown
    if (forwardMs < LEAP_MS || at - before.saidAt >= before.dueMs) return
    const { name, log } = this.#options
    const leapSeconds = Math.round(forwardMs / 1000)
    raiseAlarm(log, 'CLOCK_LEAPT', 'critical', { clock: name, leapSeconds })
  }
}
