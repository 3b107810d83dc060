import type { EpochMs } from '../domain/clock.js'
import type { NetworkClock } from './clock.js'

/** Runs something later, in ms of the machine's own time; answers how to call it off. */
export type Later = (run: () => void, ms: number) => () => void

/** The machine's timers. They keep no program alive. */
export const nodeLater: Later = (run, ms) => {
  const timer = setTimeout(run, ms).unref()
  return () => clearTimeout(timer)
}

/** Longest wait between two looks at the clock, in ms: the machine's own may have been corrected. */
const LOOK_MS = 1_000

/**
 * A deadline on the network's clock (architecture, point 9): `onTime` is called once, when the clock has
 * reached it, also if that was long ago. It counts at the clock's rate, and sees at once that the clock
 * is set.
 */
export class Deadline {
  readonly #clock: NetworkClock
  readonly #onTime: () => void
  readonly #later: Later
  #callOff: (() => void) | undefined

  constructor(clock: NetworkClock, onTime: () => void, later: Later = nodeLater) {
    this.#clock = clock
    this.#onTime = onTime
    this.#later = later
  }

  /** Sets the deadline, in place of any before. */
  set(at: EpochMs): void {
    this.clear()
    const ignoreSets = this.#clock.onSet(() => this.set(at))
    const wait = Math.min(LOOK_MS, Math.ceil(this.#clock.msUntil(at)))
    const stop = this.#later(() => this.#look(at), wait)
    this.#callOff = () => {
      ignoreSets()
      stop()
    }
  }

  clear(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }

  #look(at: EpochMs): void {
    this.clear()
    if (this.#clock.now() >= at) this.#onTime()
    else this.set(at)
  }
}
