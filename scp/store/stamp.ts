import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'

/**
 * The writer's clock: the moment of each charge, which never goes back and never falls into a
 * quarter-hour that is closed, whatever the calendar clock does. So records stand in commit order, and
 * none falls behind its file (requirement C-05, fault test XK3).
 */
export class Stamp {
  readonly #clock: Clock
  #floor: EpochMs

  /** `floor`: the latest moment the store already speaks of. */
  constructor(clock: Clock, floor: EpochMs) {
    this.#clock = clock
    this.#floor = floor
  }

  now(): EpochMs {
    const now = this.#clock.now()
    if (now > this.#floor) this.#floor = now
    return this.#floor
  }

  /** Lets no later stamp be earlier than `moment`. */
  notBefore(moment: EpochMs): void {
    if (moment > this.#floor) this.#floor = moment
  }

  /** The latest moment that was stamped, or that the store spoke of when it was opened. */
  latest(): EpochMs {
    return this.#floor
  }

  /** How far the calendar clock has fallen behind what was stamped, in ms; 0 when all is well. */
  behindMs(): number {
    return epochMs(Math.max(0, this.#floor - this.#clock.now()))
  }
}
