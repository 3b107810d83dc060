export interface PasswordThrottleOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** Wrong passwords for one number from one address after which both must wait. */
  readonly perNumber: number
  /** Wrong passwords from one address, over all numbers, after which it must wait. */
  readonly perAddress: number
  /** How long they wait, counted from the last wrong password that was looked at. */
  readonly waitMs: number
  /** Most numbers and addresses remembered at once. */
  readonly remembered: number
}

interface Failures {
  count: number
  lastMs: number
}

/**
 * Slows down who guesses passwords (RFC 7616 §5.9). Keyed by what the phone claims, whether such a
 * subscriber exists or not, so that the answer tells nobody which numbers do.
 */
export class PasswordThrottle {
  readonly #options: PasswordThrottleOptions
  readonly #failures = new Map<string, Failures>()

  constructor(options: PasswordThrottleOptions) {
    this.#options = options
  }

  /** Seconds this address must wait before a password for this number is looked at again; 0 when none. */
  waitSeconds(username: string, address: string): number {
    const { perNumber, perAddress } = this.#options
    const waitMs = Math.max(
      this.#waitMs(numberKey(username, address), perNumber),
      this.#waitMs(addressKey(address), perAddress),
    )
    return Math.ceil(waitMs / 1000)
  }

  /** Counts a wrong password. */
  failed(username: string, address: string): void {
    this.#count(numberKey(username, address))
    this.#count(addressKey(address))
  }

  /** A right password clears the number at that address, not the address. */
  succeeded(username: string, address: string): void {
    this.#failures.delete(numberKey(username, address))
  }

  #waitMs(key: string, allowed: number): number {
    const failures = this.#failures.get(key)
    if (!failures || failures.count < allowed) return 0
    return Math.max(0, failures.lastMs + this.#options.waitMs - this.#options.nowMs())
  }

  #count(key: string): void {
    const { nowMs, waitMs, remembered } = this.#options
    const now = nowMs()
    const before = this.#failures.get(key)
    const count = before && now - before.lastMs <= waitMs ? before.count + 1 : 1
    // Placed last again, so that the one longest quiet is first to be forgotten.
    this.#failures.delete(key)
    this.#failures.set(key, { count, lastMs: now })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > remembered && oldest !== undefined) this.#failures.delete(oldest)
  }
}

const numberKey = (username: string, address: string) => `${address} ${username}`
const addressKey = (address: string) => address
