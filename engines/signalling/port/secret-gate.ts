import { createHash, timingSafeEqual } from 'node:crypto'

/** Wrong secrets an address may give before its answers are held back. */
export const WRONG_SECRETS_MAX = 10

/** How long an answer is held back once an address has given too many wrong secrets. */
export const HELD_BACK_MS = 1_000

/** An address without a wrong secret for this long begins afresh. */
const FORGIVEN_AFTER_MS = 60_000

/** Most addresses remembered; the port is on loopback, where there are few. */
const ADDRESSES_MAX = 1_024

/** What an address gets for a secret: whether it is right, and how long the answer waits. */
export interface Judgement {
  readonly right: boolean
  readonly delayMs: number
}

/**
 * Compares secrets in constant time and slows down whoever tries many. The delay hits right answers
 * too, or it would tell them apart; it never locks out, or any local program could keep the real
 * application away.
 */
export class SecretGate {
  readonly #digest: Buffer
  readonly #monotonicMs: () => number
  readonly #wrong = new Map<string, { count: number; lastMs: number }>()

  constructor(secret: string, monotonicMs: () => number) {
    this.#digest = digestOf(secret)
    this.#monotonicMs = monotonicMs
  }

  judge(address: string, secret: string): Judgement {
    const right = timingSafeEqual(this.#digest, digestOf(secret))
    const now = this.#monotonicMs()
    const known = this.#wrong.get(address)
    const earlier = known && now - known.lastMs < FORGIVEN_AFTER_MS ? known.count : 0
    if (!right) this.#remember(address, earlier + 1, now)
    return { right, delayMs: earlier >= WRONG_SECRETS_MAX ? HELD_BACK_MS : 0 }
  }

  #remember(address: string, count: number, lastMs: number): void {
    this.#wrong.delete(address)
    if (this.#wrong.size >= ADDRESSES_MAX) {
      for (const oldest of this.#wrong.keys()) {
        this.#wrong.delete(oldest)
        break
      }
    }
    this.#wrong.set(address, { count, lastMs })
  }
}

/** Digests have one length, which `timingSafeEqual` needs, and tell nothing of the secret's. */
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
