import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { type LockPolicy, lapsesAfterMs } from '../rules/lock-policy.js'

/**
 * 解除 (Figure 6): the ends of handsets' locks by time, from the history of locks: those that a person released,
 * and those that lapsed before anybody did.
 */
export class Unlocks {
  readonly #lapsesAfterMs: number | undefined
  readonly #released
  readonly #lapsed

  constructor(store: Database, policy: LockPolicy) {
    this.#lapsesAfterMs = lapsesAfterMs(policy)
    this.#released = store.prepare<[number, number], { began_at: number; locks: number }>(
      `SELECT at - at % ${QUARTER_HOUR_MS} AS began_at, count(*) AS locks FROM lock_event
       WHERE at >= ? AND at < ? AND lock_reason IS NULL GROUP BY 1`,
    )
    this.#lapsed = store.prepare<
      { from: number; to: number; after: number },
      { began_at: number; locks: number }
    >(
      `SELECT at + @after - (at + @after) % ${QUARTER_HOUR_MS} AS began_at, count(*) AS locks
       FROM lock_event AS held
       WHERE at >= @from - @after AND at < @to - @after AND lock_reason IS NOT NULL
         AND NOT EXISTS (
           SELECT 1 FROM lock_event AS later WHERE later.msisdn = held.msisdn
             AND later.sequence > held.sequence AND later.lock_reason IS NULL
             AND later.at < held.at + @after)
       GROUP BY 1`,
    )
  }

  /** How many locks ended in each quarter-hour that begins in [from, to); absent: none. */
  between(from: number, to: number): ReadonlyMap<number, number> {
    const ended = new Map<number, number>()
    const add = (rows: { began_at: number; locks: number }[]) => {
      for (const { began_at, locks } of rows)
        ended.set(began_at, (ended.get(began_at) ?? 0) + locks)
    }
    add(this.#released.all(from, to))
    const after = this.#lapsesAfterMs
    if (after !== undefined) add(this.#lapsed.all({ from, to, after }))
    return ended
  }
}
