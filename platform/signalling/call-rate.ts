/** How many calls a second are let through. */
export interface CallRateLimit {
  readonly callsASecond: number
  /** How many may come at once after a silence; at least 1. */
  readonly burst: number
}

/**
 * Lets call attempts through at a rate, by the generic cell rate algorithm (ITU-T I.371, virtual
 * scheduling): however many are offered, the rate itself is served, which a congested program needs to
 * finish what it began (requirement M-05).
 */
export class CallRate {
  readonly #limit: CallRateLimit
  /** When the next call would come if all kept to the rate, monotonic ms. */
  #theoreticalArrivalMs = Number.NEGATIVE_INFINITY

  constructor(limit: CallRateLimit) {
    this.#limit = limit
  }

  /** Whether a call that comes now, in monotonic ms, is let through; one that is not takes no place. */
  take(nowMs: number): boolean {
    const { callsASecond, burst } = this.#limit
    const incrementMs = 1000 / callsASecond
    const dueMs = Math.max(this.#theoreticalArrivalMs, nowMs)
    if (dueMs - nowMs > (burst - 1) * incrementMs + TOLERANCE_MS) return false
    this.#theoreticalArrivalMs = dueMs + incrementMs
    return true
  }
}

/** What sums of fractions of a millisecond may be off. */
const TOLERANCE_MS = 1e-6
