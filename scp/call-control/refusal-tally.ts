import type { CallRefusal } from '../../domain/call-refusal.js'
import type { TrafficKind } from '../../domain/charge-traffic.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from '../store/questions.js'
import type { RefusedCalls } from '../store/traffic.js'

/** Pause before a count is tried again that the store did not take, in ms. */
const RETRY_MS = 5_000

export interface RefusalTallyOptions {
  readonly store: ScpStore
  readonly log: Logger
  readonly later: (run: () => void, ms: number) => () => void
}

/**
 * Counts refused calls for the charge traffic. One count is on its way to the store at a time and the
 * next gathers meanwhile, so that a flood of refused calls is a few writes.
 */
export class RefusalTally {
  readonly #options: RefusalTallyOptions
  #counts = new Map<string, RefusedCalls>()
  /** A count was not taken, and is tried again after a pause. */
  #waits = false
  #writing: Promise<void> | undefined
  #callOffRetry = () => {}

  constructor(options: RefusalTallyOptions) {
    this.#options = options
  }

  add(kind: TrafficKind, refusal: CallRefusal, calls = 1): void {
    this.#count({ kind, refusal, calls })
    if (!this.#waits) this.#write()
  }

  /** Resolves when all that was counted is on disk, or could not be written. */
  async close(): Promise<void> {
    this.#callOffRetry()
    await this.#writing
    this.#write()
    await this.#writing
    this.#callOffRetry()
  }

  #count(refused: RefusedCalls): void {
    const key = `${refused.kind} ${refused.refusal}`
    const before = this.#counts.get(key)?.calls ?? 0
    this.#counts.set(key, { ...refused, calls: before + refused.calls })
  }

  #write(): void {
    if (this.#counts.size === 0) return
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    const { store, log, later } = this.#options
    while (this.#counts.size > 0) {
      const refused = [...this.#counts.values()]
      this.#counts = new Map()
      try {
        await store.ask('countRefusedCalls', refused)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        log.warn({ err: error }, 'refused calls not counted')
        for (const one of refused) this.#count(one)
        this.#waits = true
        const callOff = later(() => {
          this.#waits = false
          this.#write()
        }, RETRY_MS)
        this.#callOffRetry = () => {
          this.#waits = false
          callOff()
        }
        return
      }
    }
  }
}
