/** A timer that runs until it fires or is stopped. Stopping twice, or after it fired, is harmless. */
export interface Timer {
  stop(): void
}

/**
 * The stack's only source of delay. It is monotonic: SIP timers do not move with the network clock.
 * Programs get `nodeScheduler`; tests get one they move by hand.
 */
export interface Scheduler {
  /** Calls `expired` once, `delayMs` from now, never from within `after` itself. */
  after(delayMs: number, expired: () => void): Timer
}

/** Node's timers, which it keeps in lists by duration, so that starting and stopping one is cheap. */
export const nodeScheduler: Scheduler = {
  after(delayMs, expired) {
    const timeout = setTimeout(expired, delayMs)
    timeout.unref()
    return { stop: () => clearTimeout(timeout) }
  },
}
