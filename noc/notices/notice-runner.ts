import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { AlarmStep, Notices, NoticeWay } from '../store/notices.js'

/** Pause between two looks for something to tell, in ms of the machine's time. */
const LOOK_MS = 1_000

/** Longest pause before what was not taken is told again, in ms. */
const RETRY_LONGEST_MS = 60_000

/** What became of telling: up to which step it is done, or when to try again. */
export type Delivered =
  | { readonly outcome: 'told'; readonly pauseMs: number }
  /** The other side did not take it. */
  | { readonly outcome: 'failed'; readonly why: string }
  /** It may not be told now. */
  | { readonly outcome: 'held'; readonly pauseMs: number }

export interface NoticeRunnerOptions {
  readonly way: NoticeWay
  readonly notices: Notices
  readonly deliver: (steps: readonly AlarmStep[]) => Promise<Delivered>
  readonly later: Later
  readonly log: Logger
}

/** Tells alarms by one way, in order, each step until it is taken, over restarts of noc too. */
export class NoticeRunner {
  readonly #options: NoticeRunnerOptions
  #failures = 0
  #callOff = () => {}
  #running: Promise<void> | undefined
  #ended = false

  constructor(options: NoticeRunnerOptions) {
    this.#options = options
  }

  /** Tells what there is, and from then on again and again. */
  run(): Promise<void> {
    this.#callOff()
    this.#running ??= this.#round()
      .then(pauseMs => {
        if (!this.#ended) this.#callOff = this.#options.later(() => void this.run(), pauseMs)
      })
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /** Tells no more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOff()
    await this.#running
  }

  async #round(): Promise<number> {
    const { way, notices, deliver, log } = this.#options
    try {
      const steps = await notices.untold(way)
      const last = steps.at(-1)
      if (!last) return LOOK_MS
      const delivered = await deliver(steps)
      if (delivered.outcome === 'failed') return this.#failed(delivered.why)
      this.#failures = 0
      if (delivered.outcome === 'told') await notices.told(way, last.step)
      return delivered.pauseMs
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.warn({ way, code: error.code, why: error.message }, 'notices not kept')
      return LOOK_MS
    }
  }

  #failed(why: string): number {
    const { way, log } = this.#options
    this.#failures += 1
    if (this.#failures === 1) log.warn({ way, why }, 'notice not taken')
    return Math.min(RETRY_LONGEST_MS, LOOK_MS * 2 ** (this.#failures - 1))
  }
}
