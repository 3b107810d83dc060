import type { CallTime, Timer } from '../../ivr/call-time.js'

/** Call time that stands still until it is moved by hand. */
export class VirtualTime implements CallTime {
  #nowMs = 0
  readonly #waiting = new Set<{ readonly dueMs: number; readonly expired: () => void }>()

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, expired: () => void): Timer {
    const entry = { dueMs: this.#nowMs + Math.max(0, delayMs), expired }
    this.#waiting.add(entry)
    return { stop: () => this.#waiting.delete(entry) }
  }

  /** Moves time on and fires what falls due, in order; what each leads to is done before the next. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settled()
    for (;;) {
      const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= untilMs)
      const next = due.sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      this.#nowMs = next.dueMs
      this.#waiting.delete(next)
      next.expired()
      await settled()
    }
    this.#nowMs = untilMs
  }
}

/** Lets every promise that can go on go on. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
