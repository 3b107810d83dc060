import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'

/** Charge calls of contracts that may not charge, of one quarter-hour (Figure 6: 非許容契約). */
export interface RefusedContractCalls {
  readonly beganAt: EpochMs
  readonly calls: number
}

/** What the switch told of a time, as it stood at `asOf`. */
export interface RefusedContractsTold {
  readonly asOf: EpochMs
  readonly refusedContracts: readonly RefusedContractCalls[]
}

/** What the switch counted, which the MCSCP cannot: kept whether the switch runs or not. */
export class RefusedContracts {
  readonly #writer: GroupCommit
  readonly #put
  readonly #tell
  readonly #between
  readonly #toldUntil
  readonly #forget
  #version = 0

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.#put = store.prepare<[number, number]>(
      `INSERT INTO refused_contract (began_at, calls) VALUES (?, ?)
       ON CONFLICT (began_at) DO UPDATE SET calls = excluded.calls`,
    )
    this.#tell = store.prepare<[number]>(
      `INSERT INTO switch_told (only_row, as_of) VALUES (1, ?)
       ON CONFLICT (only_row) DO UPDATE SET as_of = max(as_of, excluded.as_of)`,
    )
    this.#between = store.prepare<[number, number], { began_at: number; calls: number }>(
      'SELECT began_at, calls FROM refused_contract WHERE began_at >= ? AND began_at < ?',
    )
    this.#toldUntil = store.prepare<[], number>('SELECT as_of FROM switch_told').pluck()
    this.#forget = store.prepare<[number]>('DELETE FROM refused_contract WHERE began_at < ?')
  }

  /** Keeps what the switch told last of each quarter-hour. */
  async put({ asOf, refusedContracts }: RefusedContractsTold): Promise<void> {
    await this.#writer.run(() => {
      for (const { beganAt, calls } of refusedContracts) this.#put.run(beganAt, calls)
      this.#tell.run(asOf)
    })
    this.#version++
  }

  /** Another number after each change, for who keeps what was made of this. */
  get version(): number {
    return this.#version
  }

  /** Until when the switch has told; `undefined`: there is none, or it never did. */
  toldUntil(): EpochMs | undefined {
    const asOf = this.#toldUntil.get()
    return asOf === undefined ? undefined : epochMs(asOf)
  }

  /** Calls by the quarter-hours that begin in [from, to) and had any. */
  between(from: EpochMs, to: EpochMs): ReadonlyMap<number, number> {
    return new Map(this.#between.all(from, to).map(row => [row.began_at, row.calls]))
  }

  /** Forgets what began before a moment; within a work of the writer. */
  forgetBefore(moment: EpochMs): void {
    this.#forget.run(moment)
  }
}
