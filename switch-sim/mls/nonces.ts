import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DigestAlgorithm } from '../digest/digest-response.js'

export interface NonceOptions {
  /** Signs the nonces; made afresh at each start, so that nonces of an earlier run are stale. */
  readonly key: Buffer
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** Unpredictable octets, as many as asked for. */
  readonly random: (octets: number) => Buffer
  /** How long a nonce may be used. */
  readonly lifetimeMs: number
  /** Most nonces whose counts are remembered at once. */
  readonly remembered: number
}

/** What a nonce that a phone used is worth, in the order it is checked. */
export type NonceStanding =
  /** Not made by this run of the switch, or for another algorithm. */
  | 'foreign'
  /** Too old to be used, or so old that its counts are no longer remembered. */
  | 'stale'
  /** Its count was used before: a replay (RFC 7616 §5.4). */
  | 'replayed'
  | 'fresh'

const RANDOM_OCTETS = 9
const TIME_OCTETS = 6
const MAC_OCTETS = 15

/**
 * Nonces that carry their own proof (RFC 7616 §5.4): time, chance and a keyed digest of both and of the
 * algorithm they were offered for, so that nothing is kept for a phone that only asks, and none is of
 * use for a weaker algorithm. Counts are kept for a nonce that has authenticated, until it is stale.
 */
export class Nonces {
  readonly #options: NonceOptions
  /** Highest count used, by nonce, in order of first use. */
  readonly #counts = new Map<string, { issuedMs: number; highest: number }>()
  /** Nonces issued up to here may have been forgotten, so they are stale. */
  #forgottenThroughMs = -1

  constructor(options: NonceOptions) {
    this.#options = options
  }

  /** A new nonce for one algorithm. */
  issue(algorithm: DigestAlgorithm): string {
    const made = Buffer.alloc(TIME_OCTETS + RANDOM_OCTETS)
    made.writeUIntBE(Math.floor(this.#options.nowMs()), 0, TIME_OCTETS)
    this.#options.random(RANDOM_OCTETS).copy(made, TIME_OCTETS)
    return Buffer.concat([made, this.#mac(made, algorithm)]).toString('base64url')
  }

  /** How a nonce stands with this count. Changes nothing. */
  standing(nonce: string, algorithm: DigestAlgorithm, count: number): NonceStanding {
    const issuedMs = this.#issuedMs(nonce, algorithm)
    if (issuedMs === undefined) return 'foreign'
    const ageMs = this.#options.nowMs() - issuedMs
    if (ageMs > this.#options.lifetimeMs || issuedMs <= this.#forgottenThroughMs) return 'stale'
    const highest = this.#counts.get(nonce)?.highest ?? 0
    return count > highest ? 'fresh' : 'replayed'
  }

  /** Remembers that a nonce authenticated with this count; lower and equal ones are replays from now on. */
  spend(nonce: string, algorithm: DigestAlgorithm, count: number): void {
    const issuedMs = this.#issuedMs(nonce, algorithm)
    if (issuedMs === undefined) return
    this.#forgetOld()
    this.#counts.set(nonce, { issuedMs, highest: count })
  }

  #issuedMs(nonce: string, algorithm: DigestAlgorithm): number | undefined {
    const octets = Buffer.from(nonce, 'base64url')
    if (octets.length !== TIME_OCTETS + RANDOM_OCTETS + MAC_OCTETS) return undefined
    if (octets.toString('base64url') !== nonce) return undefined
    const made = octets.subarray(0, TIME_OCTETS + RANDOM_OCTETS)
    const mac = octets.subarray(TIME_OCTETS + RANDOM_OCTETS)
    return timingSafeEqual(mac, this.#mac(made, algorithm))
      ? made.readUIntBE(0, TIME_OCTETS)
      : undefined
  }

  #mac(made: Buffer, algorithm: DigestAlgorithm): Buffer {
    const hmac = createHmac('sha256', this.#options.key).update(algorithm).update(made)
    return hmac.digest().subarray(0, MAC_OCTETS)
  }

  #forgetOld(): void {
    const { lifetimeMs, remembered, nowMs } = this.#options
    for (const [nonce, { issuedMs }] of this.#counts) {
      const tooMany = this.#counts.size >= remembered
      if (!tooMany && nowMs() - issuedMs <= lifetimeMs) return
      if (tooMany) this.#forgottenThroughMs = Math.max(this.#forgottenThroughMs, issuedMs)
      this.#counts.delete(nonce)
    }
  }
}
