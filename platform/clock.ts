import { type Clock, epochMs } from '../domain/clock.js'

/** The machine's own clock. */
export const systemClock: Clock = { now: () => epochMs(Date.now()) }

/** Milliseconds that only go forward, unaffected by changes of the calendar clock. For timers and deadlines. */
export const monotonicMs = (): number => performance.now()
