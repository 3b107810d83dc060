import { type EpochMs, epochMs } from '../../../domain/clock.js'
import type { Database } from '../../../platform/store.js'

/** Charge calls of contracts that may not charge, of one quarter-hour. */
export interface RefusedContractCalls {
  readonly beganAt: EpochMs
  readonly calls: number
}

/** 非許容契約 (Figure 6): counted where step ⑤ says no, and kept, since the MCSCP sees no such call. */
export class RefusedContracts {
  readonly #add
  readonly #from

  constructor(store: Database) {
    this.#add = store.prepare<[number, number]>(
      `INSERT INTO refused_contract (began_at, calls) VALUES (?, ?)
       ON CONFLICT (began_at) DO UPDATE SET calls = calls + excluded.calls`,
    )
    this.#from = store.prepare<[number, number], { began_at: number; calls: number }>(
      `SELECT began_at, calls FROM refused_contract WHERE began_at >= ?
       ORDER BY began_at LIMIT ?`,
    )
  }

  add(counted: readonly RefusedContractCalls[]): void {
    for (const { beganAt, calls } of counted) this.#add.run(beganAt, calls)
  }

  /** The quarter-hours from a moment on in which there were any, oldest first, at most `max`. */
  from(from: EpochMs, max: number): RefusedContractCalls[] {
    return this.#from
      .all(from, max)
      .map(({ began_at, calls }) => ({ beganAt: epochMs(began_at), calls }))
  }
}
