import type { Clock, EpochMs } from '../domain/clock.js'

/** Runs something later, in ms of the machine's own time; answers how to call it off. */
export type Later = (run: () => void, ms: number) => () => void

/** The machine's timers. They keep no program alive. */
export const nodeLater: Later = (run, ms) => {
  const timer = setTimeout(run, ms).unref()
  return () => clearTimeout(timer)
}

/** Longest wait between two looks at the clock, in ms: it may be set forward, or run faster than ours. */
const LOOK_MS = 1_000

/**
 * A deadline on the calendar clock (architecture, point 9): `onTime` is called once, when the clock has
 * reached it, also if that was long ago.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #onTime: () => void
  readonly #later: Later
  #callOff: (() => void) | undefined

  constructor(clock: Clock, onTime: () => void, later: Later = nodeLater) {
    this.#clock = clock
    this.#onTime = onTime
    this.#later = later
  }

  /** Sets the deadline, in place of any before. */
  set(at: EpochMs): void {
    this.clear()
    const wait = Math.min(LOOK_MS, Math.max(0, at - this.#clock.now()))
    this.#callOff = this.#later(() => {
      if (this.#clock.now() >= at) this.#onTime()
      else this.set(at)
    }, wait)
  }

  clear(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }
}
