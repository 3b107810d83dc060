import type { Later } from './deadline.js'
import { Hindrance } from './hindrance.js'
import type { Logger } from './log.js'

export interface RoundsOptions {
  /** Does all that is to be done. Answers a pause in ms where something is left to be tried again. */
  readonly work: () => Promise<number | undefined>
  /** What is not done when a fault hinders it, in words, for the alarm. */
  readonly what: string
  /** Pause before what a fault hindered is tried again, in ms. */
  readonly retryMs: number
  readonly later: Later
  readonly log: Pick<Logger, 'info' | 'error'>
}

/**
 * Work in the background, one round at a time: what is asked for while a round is under way is done in
 * another one after it. A fault is an alarm until a round succeeds; what is no fault ends the program.
 */
export class Rounds {
  readonly #options: RoundsOptions
  readonly #hindrance: Hindrance
  #running: Promise<void> | undefined
  #again = false
  #closing = false
  #callOff = () => {}

  constructor(options: RoundsOptions) {
    this.#options = options
    this.#hindrance = new Hindrance(options.log, options.what)
  }

  /** Whether the work is to stop at the next place where it can. */
  get closing(): boolean {
    return this.#closing
  }

  /** There may be work. Resolves when all that there was is done, or must be tried again later. */
  run(): Promise<void> {
    this.#again = true
    this.#running ??= this.#untilDone().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closing = true
    this.#callOff()
    await this.#running
  }

  async #untilDone(): Promise<void> {
    this.#callOff()
    let pauseMs: number | undefined
    while (this.#again && !this.#closing) {
      this.#again = false
      pauseMs = await this.#round()
    }
    if (pauseMs === undefined || this.#closing) return
    this.#callOff = this.#options.later(() => void this.run(), pauseMs)
  }

  async #round(): Promise<number | undefined> {
    const { work, retryMs } = this.#options
    try {
      const pauseMs = await work()
      if (!this.#closing) this.#hindrance.over()
      return pauseMs
    } catch (error) {
      this.#hindrance.by(error)
      return retryMs
    }
  }
}
