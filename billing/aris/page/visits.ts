import { randomBytes } from 'node:crypto'
import type { Msisdn } from '../../../domain/msisdn.js'

/** A visit that asked nothing for so long is over, in ms. */
export const VISIT_IDLE_MS = 15 * 60_000

/** Most visits at once; then the one that asked last the longest ago is over. */
const VISITS_MAX = 10_000

/** Subscribers who have shown that the phone is theirs; in memory alone. Moments are of real time, in ms. */
export class Visits {
  readonly #visits = new Map<string, { readonly number: Msisdn; readonly usedAt: number }>()

  /** Begins one; its token, 256 random bits. */
  begin(number: Msisdn, now: number): string {
    const token = randomBytes(32).toString('base64url')
    this.#visits.set(token, { number, usedAt: now })
    const [oldest] = this.#visits.keys()
    if (this.#visits.size > VISITS_MAX && oldest !== undefined) this.#visits.delete(oldest)
    return token
  }

  /** Whose visit it is, and that it goes on; `undefined` when it is over, or none. */
  use(token: string, now: number): Msisdn | undefined {
    const visit = this.#visits.get(token)
    this.#visits.delete(token)
    if (!visit || now - visit.usedAt >= VISIT_IDLE_MS) return undefined
    this.#visits.set(token, { number: visit.number, usedAt: now })
    return visit.number
  }

  /** Ends one. */
  end(token: string): void {
    this.#visits.delete(token)
  }
}
