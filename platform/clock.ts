import { type Clock, type EpochMs, epochMs } from '../domain/clock.js'
import { RunningClock } from './running-clock.js'

/**
 * The network's clock as programs hold it (architecture, point 9). Charges, files, days, months and
 * trigger timers go by it, by way of `Deadline`; SIP and ivr timers go by `monotonicMs`; TLS, sessions,
 * signatures between programs and log lines go by `systemClock`.
 */
export interface NetworkClock extends Clock {
  /**
   * Milliseconds of the machine's time until the clock shows a moment, if nobody sets it before: 0 when
   * it is reached, `Infinity` when the clock stands.
   */
  msUntil(moment: EpochMs): number
  /** Tells each time that the clock was set, in the thread that sets it; answers how to stop that. */
  onSet(told: () => void): () => void
}

/** The machine's own clock, which nobody sets. */
export const systemClock: NetworkClock = {
  now: () => epochMs(Date.now()),
  msUntil: moment => Math.max(0, moment - Date.now()),
  onSet: () => () => {},
}

/** Milliseconds that only go forward, unaffected by changes of the calendar clock. For timers and deadlines. */
export const monotonicMs = (): number => performance.now()

/** A clock that stands until it is set, and shows every thread that holds it the same moment. For tests. */
export class SetClock implements NetworkClock {
  readonly memory: SharedArrayBuffer
  readonly #moment: BigInt64Array
  readonly #told = new Set<() => void>()

  /** Starts at a moment, or shares another thread's clock by its memory. */
  constructor(start: EpochMs | SharedArrayBuffer) {
    this.memory = typeof start === 'number' ? new SharedArrayBuffer(8) : start
    this.#moment = new BigInt64Array(this.memory)
    if (typeof start === 'number') this.set(start)
  }

  now(): EpochMs {
    return epochMs(Number(Atomics.load(this.#moment, 0)))
  }

  msUntil(moment: EpochMs): number {
    return this.now() >= moment ? 0 : Number.POSITIVE_INFINITY
  }

  onSet(told: () => void): () => void {
    this.#told.add(told)
    return () => void this.#told.delete(told)
  }

  /** Sets it, back too. */
  set(moment: EpochMs): void {
    Atomics.store(this.#moment, 0, BigInt(moment))
    for (const told of [...this.#told]) told()
  }
}

/** What a thread is given so that it reads the clock of the thread that starts it. */
export type ClockForThread =
  | { readonly kind: 'system' }
  | { readonly kind: 'set' | 'running'; readonly memory: SharedArrayBuffer }

/** Throws `TypeError` for a clock that another thread cannot read. */
export function clockForThread(clock: Clock): ClockForThread {
  if (clock === systemClock) return { kind: 'system' }
  if (clock instanceof SetClock) return { kind: 'set', memory: clock.memory }
  if (clock instanceof RunningClock) return { kind: 'running', memory: clock.memory }
  throw new TypeError('this clock cannot be read from another thread')
}

/** The clock that a thread was given. It shows every change; only `onSet` stays with the giver's thread. */
export function clockOfThread(given: ClockForThread): NetworkClock {
  switch (given.kind) {
    case 'system':
      return systemClock
    case 'set':
      return new SetClock(given.memory)
    case 'running':
      return new RunningClock(given.memory)
  }
}
