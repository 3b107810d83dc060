import type { Msisdn } from '../../../domain/msisdn.js'
import type { GroupCommit } from '../../../platform/group-commit.js'
import type { Database } from '../../../platform/store.js'

/** P-15: so many wrong codes for a number lock its page. */
export const WRONG_CODES_MAX = 10

/** P-15: for so long, in ms; then it opens by itself. */
export const LOCKED_FOR_MS = 60 * 60_000

/** Wrong codes are remembered so long after the last, in ms. */
const REMEMBERED_MS = 24 * 3_600_000

interface Row {
  readonly wrong: number
  readonly last_at: number
}

/**
 * Wrong codes a number, whether or not it has a contract, so that a lock tells nobody which numbers exist.
 * A restart forgets none. Moments are of real time, in ms.
 */
export class PageLocks {
  readonly #writer: GroupCommit
  readonly #find
  readonly #count
  readonly #clear
  readonly #forget

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.#find = store.prepare<[string], Row>(
      'SELECT wrong, last_at FROM page_guess WHERE msisdn = ?',
    )
    this.#count = store.prepare<[string, number, number]>(
      `INSERT INTO page_guess (msisdn, wrong, last_at) VALUES (?, ?, ?)
       ON CONFLICT (msisdn) DO UPDATE SET wrong = excluded.wrong, last_at = excluded.last_at`,
    )
    this.#clear = store.prepare<[string]>('DELETE FROM page_guess WHERE msisdn = ?')
    this.#forget = store.prepare<[number]>('DELETE FROM page_guess WHERE last_at <= ?')
  }

  /** How long a number's page stays locked, in ms; 0: it is open. */
  lockedForMs(number: Msisdn, now: number): number {
    const row = this.#find.get(number)
    if (!row || row.wrong < WRONG_CODES_MAX) return 0
    return Math.max(0, row.last_at + LOCKED_FOR_MS - now)
  }

  /** Counts a wrong code; on disk when it returns. The first after a lock is the first again. */
  countWrong(number: Msisdn, now: number): Promise<void> {
    return this.#writer.run(() => {
      this.#forget.run(now - REMEMBERED_MS)
      const before = this.#find.get(number)?.wrong ?? 0
      this.#count.run(number, before >= WRONG_CODES_MAX ? 1 : before + 1, now)
    })
  }

  /** A right code: what was wrong before is forgotten. */
  async countRight(number: Msisdn): Promise<void> {
    if (this.#find.get(number)) await this.#writer.run(() => void this.#clear.run(number))
  }
}
