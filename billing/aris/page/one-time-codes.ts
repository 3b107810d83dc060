import type { Msisdn } from '../../../domain/msisdn.js'

/** How long a code lets its subscriber in, in ms. */
export const CODE_LIFETIME_MS = 5 * 60_000

/** Most codes that are sent to a number within an hour: each costs its operator a short message. */
export const CODES_AN_HOUR = 5

const HOUR_MS = 3_600_000

/** Most numbers that are remembered; then those that asked first are forgotten, with their codes. */
const NUMBERS_MAX = 10_000

interface Asked {
  /** The newest code; `undefined` once it was used. */
  readonly code: string | undefined
  readonly madeAt: number
  /** When codes were made within the last hour. */
  readonly times: readonly number[]
}

/**
 * Codes by which a subscriber shows that the phone is at hand. A code counts once, for its time, and only until the
 * next is made. They are kept in memory: after a restart one is asked for again. Moments are of real time, in ms.
 */
export class OneTimeCodes {
  readonly #draw: () => string
  readonly #asked = new Map<Msisdn, Asked>()

  /** `draw`: six digits by chance. */
  constructor(draw: () => string) {
    this.#draw = draw
  }

  /** A new code for a number; `undefined` when it had as many as it may have in an hour. */
  make(number: Msisdn, now: number): string | undefined {
    const times = (this.#asked.get(number)?.times ?? []).filter(at => now - at < HOUR_MS)
    if (times.length >= CODES_AN_HOUR) return undefined
    const code = this.#draw()
    // The number asked last stands last.
    this.#asked.delete(number)
    this.#asked.set(number, { code, madeAt: now, times: [...times, now] })
    const [first] = this.#asked.keys()
    if (this.#asked.size > NUMBERS_MAX && first) this.#asked.delete(first)
    return code
  }

  /** Whether a code is the number's, and then it is used up. */
  use(number: Msisdn, code: string, now: number): boolean {
    const asked = this.#asked.get(number)
    if (asked?.code !== code || now - asked.madeAt >= CODE_LIFETIME_MS) return false
    this.#asked.set(number, { ...asked, code: undefined })
    return true
  }
}
