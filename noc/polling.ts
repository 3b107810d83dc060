import type { Later } from '../platform/deadline.js'

/** Pause between two rounds, in ms of the machine's time. */
const PAUSE_MS = 1_000

/**
 * Asks other programs again and again, one round at a time, for as long as noc runs. Faults are the round's
 * own to deal with.
 */
export class Polling {
  readonly #round: () => Promise<void>
  readonly #later: Later
  #callOff = () => {}
  #running: Promise<void> | undefined
  #ended = false

  constructor(round: () => Promise<void>, later: Later) {
    this.#round = round
    this.#later = later
  }

  /** Whether a round under way is to stop at the next place where it can. */
  get ended(): boolean {
    return this.#ended
  }

  /** Goes one round now, or waits for the one under way, and from then on again and again. */
  run(): Promise<void> {
    this.#callOff()
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined
      if (!this.#ended) this.#callOff = this.#later(() => void this.run(), PAUSE_MS)
    })
    return this.#running
  }

  /** Begins no more rounds, and waits for the one under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOff()
    await this.#running
  }
}
