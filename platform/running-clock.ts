import { type EpochMs, epochMs } from '../domain/clock.js'
import type { NetworkClock } from './clock.js'

/** From where, and how fast, a clock goes. */
export interface Pace {
  /** What it showed when it was set. */
  readonly moment: EpochMs
  /** The machine's monotonic time then, in ns: one count for all programs of a machine. */
  readonly monotonicNs: bigint
  /** Network time passing in a unit of the machine's; 0: it stands. Counted in millionths. */
  readonly rate: number
}

/** The moment that a clock shows which goes at a pace. */
export const momentAt = ({ moment, monotonicNs, rate }: Pace, nowNs: bigint): EpochMs =>
  epochMs(moment + Math.floor((Number(nowNs - monotonicNs) / 1e6) * rate))

/**
 * Places in the shared memory, each a 64-bit integer: `TURN`, the floor, and two paces of three places
 * each, one up to the moment from which the other counts.
 */
const TURN = 0
const FLOOR_MS = 1
const BEFORE = 2
const AFTER = 5
const PLACES = 8

/** In place of a rate: the clock is the machine's own. */
const REAL_TIME = -1

/**
 * The network's clock of a program and its threads, which share it by its memory. As long as it has no
 * pace it shows the machine's own time. A new pace counts from a moment a little ahead, so that all
 * programs take it at once. The clock never goes back: set behind what it showed, it stands until its
 * time has come.
 *
 * Memory is read without a lock: a writer makes `TURN` odd, writes, and makes it even again; a reader
 * reads anew when `TURN` was odd or changed meanwhile.
 */
export class RunningClock implements NetworkClock {
  readonly memory: SharedArrayBuffer
  readonly #places: BigInt64Array
  readonly #told = new Set<() => void>()

  /** A clock that goes at a pace, or at the machine's time, or another thread's by its memory. */
  constructor(start: Pace | 'real time' | SharedArrayBuffer) {
    this.memory = start instanceof SharedArrayBuffer ? start : new SharedArrayBuffer(8 * PLACES)
    this.#places = new BigInt64Array(this.memory)
    if (start instanceof SharedArrayBuffer) return
    const pace = start === 'real time' ? OF_MACHINE : start
    this.#write(pace, pace, pace.moment)
  }

  now(): EpochMs {
    const nowNs = process.hrtime.bigint()
    const { before, after, floor } = this.#read()
    const moment = shownBy(nowNs < after.monotonicNs ? before : after, nowNs)
    return moment > floor ? moment : floor
  }

  msUntil(moment: EpochMs): number {
    if (this.now() >= moment) return 0
    const nowNs = process.hrtime.bigint()
    const { before, after } = this.#read()
    if (nowNs >= after.monotonicNs) return msBy(after, moment, nowNs)
    const msToAfter = Number(after.monotonicNs - nowNs) / 1e6
    return Math.min(msToAfter, msBy(before, moment, nowNs))
  }

  onSet(told: () => void): () => void {
    this.#told.add(told)
    return () => void this.#told.delete(told)
  }

  /** Sets the clock going at a pace, and tells who wants to know. For the one thread that made it. */
  set(pace: Pace): void {
    const floor = this.now()
    const { before, after } = this.#read()
    const inForce = process.hrtime.bigint() < after.monotonicNs ? before : after
    this.#write(inForce, pace, floor)
    for (const told of [...this.#told]) told()
  }

  #write(before: Pace, after: Pace, floor: EpochMs): void {
    Atomics.add(this.#places, TURN, 1n)
    this.#writePace(BEFORE, before)
    this.#writePace(AFTER, after)
    Atomics.store(this.#places, FLOOR_MS, BigInt(floor))
    Atomics.add(this.#places, TURN, 1n)
  }

  #read(): { before: Pace; after: Pace; floor: EpochMs } {
    for (;;) {
      const turn = Atomics.load(this.#places, TURN)
      const before = this.#readPace(BEFORE)
      const after = this.#readPace(AFTER)
      const floor = epochMs(Number(Atomics.load(this.#places, FLOOR_MS)))
      if (turn % 2n === 0n && turn === Atomics.load(this.#places, TURN)) {
        return { before, after, floor }
      }
    }
  }

  #writePace(place: number, { moment, monotonicNs, rate }: Pace): void {
    Atomics.store(this.#places, place, BigInt(moment))
    Atomics.store(this.#places, place + 1, monotonicNs)
    Atomics.store(this.#places, place + 2, BigInt(Math.round(rate * 1e6)))
  }

  #readPace(place: number): Pace {
    return {
      moment: epochMs(Number(Atomics.load(this.#places, place))),
      monotonicNs: Atomics.load(this.#places, place + 1),
      rate: Number(Atomics.load(this.#places, place + 2)) / 1e6,
    }
  }
}

/** The pace of a clock that shows the machine's time. */
const OF_MACHINE: Pace = { moment: epochMs(0), monotonicNs: 0n, rate: REAL_TIME }

const shownBy = (pace: Pace, nowNs: bigint): EpochMs =>
  pace.rate === REAL_TIME ? epochMs(Date.now()) : momentAt(pace, nowNs)

const msBy = (pace: Pace, moment: EpochMs, nowNs: bigint): number =>
  (moment - shownBy(pace, nowNs)) / Math.abs(pace.rate)
