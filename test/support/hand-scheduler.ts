import type { Scheduler, Timer } from '../../engines/signalling/scheduler.js'

/** A scheduler whose time stands still until it is moved by hand. */
export class HandScheduler implements Scheduler {
  #nowMs = 0
  readonly #waiting = new Set<{ dueMs: number; expired: () => void }>()

  after(delayMs: number, expired: () => void): Timer {
    const entry = { dueMs: this.#nowMs + delayMs, expired }
    this.#waiting.add(entry)
    return { stop: () => this.#waiting.delete(entry) }
  }

  /** The time that has passed so far. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How many timers run. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Moves time on and fires what falls due, in order. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = this.#earliest()
      if (!next || next.dueMs > untilMs) break
      this.#nowMs = next.dueMs
      this.#waiting.delete(next)
      next.expired()
    }
    this.#nowMs = untilMs
  }

  /** The next to fall due; of several the one that was started first. */
  #earliest(): { dueMs: number; expired: () => void } | undefined {
    let earliest: { dueMs: number; expired: () => void } | undefined
    for (const one of this.#waiting) if (!earliest || one.dueMs < earliest.dueMs) earliest = one
    return earliest
  }
}
