import { type Clock, type EpochMs, epochMs } from '../domain/clock.js'

/** The machine's own clock. */
export const systemClock: Clock = { now: () => epochMs(Date.now()) }

/** Milliseconds that only go forward, unaffected by changes of the calendar clock. For timers and deadlines. */
export const monotonicMs = (): number => performance.now()

/** A calendar clock that stands until it is set, and shows every thread that holds it the same moment. */
export class SetClock implements Clock {
  readonly memory: SharedArrayBuffer
  readonly #moment: BigInt64Array

  /** Starts at a moment, or shares another thread's clock by its memory. */
  constructor(start: EpochMs | SharedArrayBuffer) {
    this.memory = typeof start === 'number' ? new SharedArrayBuffer(8) : start
    this.#moment = new BigInt64Array(this.memory)
    if (typeof start === 'number') this.set(start)
  }

  now(): EpochMs {
    return epochMs(Number(Atomics.load(this.#moment, 0)))
  }

  set(moment: EpochMs): void {
    Atomics.store(this.#moment, 0, BigInt(moment))
  }
}

/** What a thread is given so that it reads the clock of the thread that starts it. */
export type ClockForThread = 'system' | SharedArrayBuffer

/** Throws `TypeError` for a clock that another thread cannot read. */
export function clockForThread(clock: Clock): ClockForThread {
  if (clock === systemClock) return 'system'
  if (clock instanceof SetClock) return clock.memory
  throw new TypeError('this clock cannot be read from another thread')
}

/** The clock that a thread was given. */
export const clockOfThread = (given: ClockForThread): Clock =>
  given === 'system' ? systemClock : new SetClock(given)
