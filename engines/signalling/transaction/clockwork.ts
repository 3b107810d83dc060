import type { Scheduler, Timer } from '../scheduler.js'

/**
 * The two timers a transaction has at most: one that repeats a message, with a growing gap (A, E, G),
 * and one that ends a state (B, D, F, H, I, J, K, L, M).
 */
export class Clockwork {
  readonly #scheduler: Scheduler
  #repeat: Timer | undefined
  #end: Timer | undefined
  #gapMs = 0

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Starts the repeating timer with this gap. */
  repeatAfter(gapMs: number, fired: () => void) {
    this.#repeat?.stop()
    this.#gapMs = gapMs
    this.#repeat = this.#scheduler.after(gapMs, fired)
  }

  /** Starts it again with twice the gap, which stays below `maxMs`. */
  repeatDoubled(fired: () => void, maxMs = Number.POSITIVE_INFINITY) {
    this.repeatAfter(Math.min(this.#gapMs * 2, maxMs), fired)
  }

  stopRepeating() {
    this.#repeat?.stop()
    this.#repeat = undefined
  }

  /** Starts the ending timer, in place of one that runs. */
  endAfter(delayMs: number, fired: () => void) {
    this.#end?.stop()
    this.#end = this.#scheduler.after(delayMs, fired)
  }

  stopEnding() {
    this.#end?.stop()
    this.#end = undefined
  }

  stop() {
    this.stopRepeating()
    this.stopEnding()
  }
}
