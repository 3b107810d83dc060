import type { CallRefusal } from '../../domain/call-refusal.js'
import type { TrafficKind } from '../../domain/charge-traffic.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from '../store/questions.js'

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
  #counts = new Map<string, { kind: TrafficKind; refusal: CallRefusal; calls: number }>()
  #writing: Promise<void> | undefined
  #callOffRetry = () => {}

  constructor(options: RefusalTallyOptions) {
    this.#options = options
  }

  add(kind: TrafficKind, refusal: CallRefusal, calls = 1): void {
    const key = `${kind} ${refusal}`
    const before = this.#counts.get(key)?.calls ?? 0
    this.#counts.set(key, { kind, refusal, calls: before + calls })
    this.#write()
  }

  /** Resolves when all that was counted is on disk, or could not be written. */
  async close(): Promise<void> {
    this.#callOffRetry()
    this.#write()
    await this.#writing
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
        this.#callOffRetry = later(() => {
          for (const { kind, refusal, calls } of refused) this.add(kind, refusal, calls)
        }, RETRY_MS)
        return
      }
    }
  }
}
