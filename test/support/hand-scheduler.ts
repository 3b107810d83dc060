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
      const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= untilMs)
      const next = due.sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      this.#nowMs = next.dueMs
      this.#waiting.delete(next)
      next.expired()
    }
    this.#nowMs = untilMs
  }
}
