import type { ScenarioKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { IS_CHARGE_CALL } from './call-sessions.js'
import { scenarioKinds } from './keys.js'

/** What a peak is of: one charge kind, or all calls together. */
type PeakOf = ScenarioKind | 'all'

/** Code of all kinds together in the store; no kind gets it. */
export const ALL_KINDS = 0

const codeOf = (kind: PeakOf): number => (kind === 'all' ? ALL_KINDS : scenarioKinds.code(kind))

/**
 * 同時最大: the most charge calls that a node had at once in each quarter-hour. The calls are counted as they come
 * and go, and counted afresh from the store with each quarter-hour.
 */
export class CallPeaks {
  readonly #countOpen
  readonly #put
  #quarterHour: EpochMs | undefined
  readonly #calls = new Map<PeakOf, number>()
  readonly #peaks = new Map<PeakOf, number>()

  constructor(store: Database) {
    this.#countOpen = store.prepare<[], { charge_kind: number; calls: number }>(
      `SELECT charge_kind, count(*) AS calls FROM call_session WHERE ended_at IS NULL AND ${IS_CHARGE_CALL}
       GROUP BY charge_kind`,
    )
    this.#put = store.prepare<[number, number, number]>(
      `INSERT INTO traffic_peak (began_at, charge_kind, calls) VALUES (?, ?, ?)
       ON CONFLICT (began_at, charge_kind) DO UPDATE SET calls = max(calls, excluded.calls)`,
    )
  }

  /** It is `at`: told before any change of the calls in the store. */
  reach(at: EpochMs): void {
    const quarterHour = startOfQuarterHour(at)
    if (quarterHour === this.#quarterHour) return
    this.#quarterHour = quarterHour
    this.#peaks.clear()
    this.#calls.clear()
    let all = 0
    for (const { charge_kind, calls } of this.#countOpen.all()) {
      const kind = scenarioKinds.word(charge_kind)
      all += calls
      this.#calls.set(kind, calls)
      this.#raise(kind, calls)
    }
    this.#calls.set('all', all)
    this.#raise('all', all)
  }

  /** One call of a kind came, or went. */
  change(kind: ScenarioKind, by: 1 | -1): void {
    for (const of of [kind, 'all'] as const) {
      const calls = (this.#calls.get(of) ?? 0) + by
      this.#calls.set(of, calls)
      this.#raise(of, calls)
    }
  }

  #raise(of: PeakOf, calls: number): void {
    if (this.#quarterHour === undefined || calls <= (this.#peaks.get(of) ?? 0)) return
    this.#peaks.set(of, calls)
    this.#put.run(this.#quarterHour, codeOf(of), calls)
  }
}
