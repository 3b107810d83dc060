import { monotonicMs } from '../platform/clock.js'

/** A timer that runs until it fires or is stopped. Stopping twice, or after it fired, is harmless. */
export interface Timer {
  stop(): void
}

/** The only source of time and delay in a call. Monotonic: calls do not move with the network clock. */
export interface CallTime {
  nowMs(): number
  /** Calls `expired` once, `delayMs` from now, never from within `after` itself. */
  after(delayMs: number, expired: () => void): Timer
}

/** Node's own. */
export const nodeTime: CallTime = {
  nowMs: monotonicMs,
  after(delayMs, expired) {
    const timeout = setTimeout(expired, delayMs)
    return { stop: () => clearTimeout(timeout) }
  },
}

/** Resolves after a delay. */
export const pause = (time: CallTime, ms: number): Promise<void> =>
  new Promise(resolve => {
    time.after(ms, resolve)
  })
