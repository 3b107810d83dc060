import { setTimeout as wait } from 'node:timers/promises'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { changeClock, openClock } from '../../platform/clock-file.js'
import type { Home } from '../../platform/home.js'

/** Pause between two looks at whether the clock must wait, in ms. */
const LOOK_MS = 20

/**
 * The network's clock in a test's hands: it runs fast, and waits when what was to happen by now has not, so
 * that a slow machine changes how long a day takes, and not what is in it.
 */
export class PacedClock {
  readonly #home: Home
  readonly #rate: number
  readonly #opened: ReturnType<typeof openClock>
  /** How often it had to wait. */
  waits = 0

  constructor(t: { teardown(end: () => unknown): unknown }, home: Home, rate: number) {
    this.#home = home
    this.#rate = rate
    const failed = (fault: Error) => {
      throw fault
    }
    this.#opened = openClock(home, { changed: () => {}, failed })
    t.teardown(() => this.#opened.close())
  }

  now(): EpochMs {
    return this.#opened.clock.now()
  }

  /** Resolves when the clock shows a moment. */
  async reaches(moment: EpochMs): Promise<void> {
    while (this.now() < moment) await wait(LOOK_MS)
  }

  /** Runs up to a moment, and stands there; stands meanwhile as long as `behind` holds. */
  async runTo(moment: EpochMs, behind: () => boolean): Promise<void> {
    await this.#go(this.#rate)
    while (this.now() < moment || behind()) {
      if (behind()) {
        this.waits++
        await this.#go(0)
        while (behind()) await wait(LOOK_MS)
        await this.#go(this.#rate)
      }
      await wait(LOOK_MS)
    }
    await this.#go(0)
  }

  /** Sets a clock that stands forward, but never back. */
  async advance(moment: EpochMs): Promise<void> {
    await changeClock(this.#home, ({ now }) => ({
      moment: epochMs(Math.max(now, moment)),
      rate: 0,
    }))
  }

  async #go(rate: number): Promise<void> {
    await changeClock(this.#home, ({ now }) => ({ moment: now, rate }))
  }
}
