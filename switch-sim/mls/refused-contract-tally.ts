import type { Clock, EpochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { UnitStore } from './mscp/unit-questions.js'

/** Pause before a count is tried again that the store did not take, in ms. */
const RETRY_MS = 5_000

export interface RefusedContractTallyOptions {
  readonly store: UnitStore
  /** The network's. */
  readonly clock: Clock
  readonly later: Later
  readonly log: Logger
}

/**
 * Counts calls of contracts that may not charge, by quarter-hour. One count is on its way to the store at a
 * time and the next gathers meanwhile; no call waits for it.
 */
export class RefusedContractTally {
  readonly #options: RefusedContractTallyOptions
  #counts = new Map<EpochMs, number>()
  #writing: Promise<void> | undefined
  #callOffRetry = () => {}

  constructor(options: RefusedContractTallyOptions) {
    this.#options = options
  }

  add(): void {
    this.#put(startOfQuarterHour(this.#options.clock.now()), 1)
    this.#write()
  }

  /** Resolves when all that was counted is on disk, or could not be written. */
  async close(): Promise<void> {
    this.#callOffRetry()
    this.#write()
    await this.#writing
    this.#callOffRetry()
  }

  #put(beganAt: EpochMs, calls: number): void {
    this.#counts.set(beganAt, (this.#counts.get(beganAt) ?? 0) + calls)
  }

  #write(): void {
    if (this.#counts.size === 0) return
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    const { store, later, log } = this.#options
    while (this.#counts.size > 0) {
      const counted = [...this.#counts].map(([beganAt, calls]) => ({ beganAt, calls }))
      this.#counts = new Map()
      try {
        await store.ask('countRefusedContracts', counted)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        log.warn({ err: error }, 'refused contracts not counted')
        for (const { beganAt, calls } of counted) this.#put(beganAt, calls)
        this.#callOffRetry()
        this.#callOffRetry = later(() => this.#write(), RETRY_MS)
        return
      }
    }
  }
}
