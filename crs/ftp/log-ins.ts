import { raiseAlarm } from '../../platform/alarm.js'
import type { Later } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'

/** Wrong passwords are remembered this long, in ms. */
const REMEMBERED_MS = 60_000

/** What each wrong password of that time adds to the wait for an answer, and the longest wait, in ms. */
const WAIT_MS = 200
const WAIT_MAX_MS = 10_000

/** Longest silence of the alarm while guessing goes on, in ms. */
const ALARM_EVERY_MS = 60_000

/**
 * Slows down who guesses passwords: the more were wrong within a minute, from wherever, the later a wrong
 * one is answered. A right one is answered at once, so that guessing keeps billing out of nothing.
 */
export class LogIns {
  readonly #log: Logger
  readonly #nowMs: () => number
  readonly #later: Later
  #wrongMs: number[] = []
  #toldMs = Number.NEGATIVE_INFINITY

  constructor(log: Logger, nowMs: () => number, later: Later) {
    this.#log = log
    this.#nowMs = nowMs
    this.#later = later
  }

  /** Resolves when a wrong password may be answered. */
  refused(from: string): Promise<void> {
    const now = this.#nowMs()
    this.#wrongMs = this.#wrongMs.filter(ms => now - ms < REMEMBERED_MS)
    this.#wrongMs.push(now)
    if (now - this.#toldMs >= ALARM_EVERY_MS) {
      this.#toldMs = now
      raiseAlarm(this.#log, 'LOG_IN_REFUSED', 'major', { from })
    }
    const waitMs = Math.min(WAIT_MAX_MS, this.#wrongMs.length * WAIT_MS)
    return new Promise(resolve => {
      this.#later(resolve, waitMs)
    })
  }
}
