import { monotonicMs } from '../../platform/clock.js'
import { nodeScheduler, type Scheduler } from '../signalling/scheduler.js'

/** Time that only goes forward, for audio and timers: milliseconds, and something that waits. */
export interface MonotonicTime {
  now(): number
  readonly scheduler: Scheduler
}

/** The machine's. */
export const systemTime: MonotonicTime = { now: monotonicMs, scheduler: nodeScheduler }
