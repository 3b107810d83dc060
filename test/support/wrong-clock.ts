import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { NetworkClock } from '../../platform/clock.js'

/** A machine's clock under a time service that sets it without a word; its monotonic time is moved by hand. */
export class WrongClock implements NetworkClock {
  #shown: EpochMs
  #passedMs = 0

  constructor(start: EpochMs) {
    this.#shown = start
  }

  now(): EpochMs {
    return this.#shown
  }

  msUntil(moment: EpochMs): number {
    return Math.max(0, moment - this.#shown)
  }

  onSet(): () => void {
    return () => {}
  }

  readonly monotonicMs = (): number => this.#passedMs

  /** Time passes, and the clock goes on by as much and by what it is wrong. */
  pass(ms: number, wrongMs = 0): void {
    this.#passedMs += ms
    this.#shown = epochMs(this.#shown + ms + wrongMs)
  }
}
