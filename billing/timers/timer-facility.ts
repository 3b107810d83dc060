import type { NetworkClock } from '../../platform/clock.js'
import { Deadline, type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { Timer, TimerNotice } from './timer.js'
import type { TimerFile } from './timer-file.js'

/** First and longest pause before a program that could not be told is told again, in ms. */
const RETRY_FIRST_MS = 1_000
const RETRY_LONGEST_MS = 60_000

export interface TimerFacilityOptions {
  readonly file: TimerFile
  readonly clock: NetworkClock
  readonly log: Logger
  /** Tells a program; resolves when it has taken the notice, throws a `Fault` when it did not. */
  readonly notify: (program: string, notice: TimerNotice) => Promise<void>
  /** Runs a job to its end. */
  readonly startJob: (job: string, about: string) => Promise<void>
  readonly later?: Later
}

/**
 * タイマー監視機能 (seed 004 §4.3(2); requirements F-05, F-06, F-12). A timer is in the management file from its
 * start until its effect has come about, so that it outlives a crash; one whose deadline passed meanwhile
 * takes effect at once.
 */
export class TimerFacility {
  readonly #options: TimerFacilityOptions
  readonly #running = new Map<string, () => void>()
  readonly #effects = new Set<Promise<void>>()
  #ended = false

  constructor(options: TimerFacilityOptions) {
    this.#options = options
  }

  /** F-12: sets every timer of the file going again, the first due first. */
  restore(): void {
    for (const timer of this.#options.file.all()) this.#run(timer)
  }

  /** Starts timers, restarting those that run. They are in the file when it returns. */
  start(timers: readonly Timer[]): void {
    this.#options.file.put(timers)
    for (const timer of timers) this.#run(timer)
  }

  stop(name: string): void {
    this.#forget(name)
    this.#options.file.remove(name)
  }

  /** The timers that run, the first due first. */
  all(): Timer[] {
    return this.#options.file.all()
  }

  /** Leaves the file as it is, and waits for effects under way. */
  async close(): Promise<void> {
    this.#ended = true
    for (const name of [...this.#running.keys()]) this.#forget(name)
    await Promise.all(this.#effects)
  }

  #forget(name: string): void {
    this.#running.get(name)?.()
    this.#running.delete(name)
  }

  #run(timer: Timer): void {
    this.#forget(timer.name)
    const { clock, later = nodeLater } = this.#options
    const deadline = new Deadline(clock, () => this.#take(timer, RETRY_FIRST_MS), later)
    this.#running.set(timer.name, () => deadline.clear())
    deadline.set(timer.dueAt)
  }

  #take(timer: Timer, retryMs: number): void {
    const effect = this.#effect(timer, retryMs)
    this.#effects.add(effect)
    void effect.finally(() => this.#effects.delete(effect))
  }

  async #effect(timer: Timer, retryMs: number): Promise<void> {
    const { file, log, later = nodeLater } = this.#options
    try {
      await this.#tell(timer)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.warn({ timer: timer.name, code: error.code, err: error }, 'timer had no effect yet')
      if (this.#ended || file.get(timer.name) !== timer) return
      const again = () => this.#take(timer, Math.min(retryMs * 2, RETRY_LONGEST_MS))
      this.#running.set(timer.name, later(again, retryMs))
      return
    }
    // What took effect may have started the timer again under its name: that one stays.
    if (file.get(timer.name) === timer) this.stop(timer.name)
  }

  #tell({ name, about, effect }: Timer): Promise<void> {
    const { notify, startJob, log } = this.#options
    log.info({ timer: name, about, ...effect }, 'timer fired')
    if (effect.does === 'start_job') return startJob(effect.job, about)
    return notify(effect.program, { timer: name, about })
  }
}
