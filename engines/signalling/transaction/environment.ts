import type { Scheduler } from '../scheduler.js'
import type { TimerValues } from './timers.js'

/** What every transaction stands on. */
export interface Environment {
  readonly scheduler: Scheduler
  readonly timers: TimerValues
}

/** RFC 3261 §17: how long a transaction goes on before it gives up, 64·T1. */
export const giveUpMs = ({ timers }: Environment): number => 64 * timers.t1Ms
