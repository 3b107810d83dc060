import type { CallSessionToken } from '../../domain/call-session.js'

/** A call is slow when so long passed from its admission (step ⑧) to ivr's first question, in ms. */
const SLOW_MS = 1_000

/** So many slow calls in a row mean that the network is slow, and not a caller. */
const SLOW_IN_A_ROW = 4

/** A call that asks nothing for so long waits for something else, in ms. */
const FORGOTTEN_MS = 10_000

/**
 * The calls that were let in and of which ivr has asked nothing yet (steps ⑧ to ⑬). Where calls come faster
 * than their questions can be answered, these grow in number, and each waits longer than ivr's patience: a
 * network that lets all in then charges none (requirement M-05, fault test XS9). So they are bounded, by a
 * quarter of the limit while it is slow.
 */
export class CallsToBeAsked {
  readonly #max: number
  readonly #sinceMs = new Map<CallSessionToken, number>()
  #slowInARow = 0

  /** `max`: most of them at once. */
  constructor(max: number) {
    this.#max = max
  }

  /** Whether there is room for one more at this time, in monotonic ms. */
  hasRoom(nowMs: number): boolean {
    // In the order they came.
    for (const [token, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs < FORGOTTEN_MS) break
      this.#sinceMs.delete(token)
    }
    const isSlow = this.#slowInARow >= SLOW_IN_A_ROW
    return this.#sinceMs.size < (isSlow ? Math.ceil(this.#max / 4) : this.#max)
  }

  /** A call was let in. */
  add(token: CallSessionToken, nowMs: number): void {
    this.#sinceMs.set(token, nowMs)
  }

  /** Ivr asked about a call, for the first time or again. */
  asked(token: CallSessionToken, nowMs: number): void {
    const sinceMs = this.#sinceMs.get(token)
    if (sinceMs === undefined) return
    this.#sinceMs.delete(token)
    this.#slowInARow = nowMs - sinceMs > SLOW_MS ? this.#slowInARow + 1 : 0
  }

  /** A call is over, asked about or not. */
  over(token: CallSessionToken): void {
    this.#sinceMs.delete(token)
  }
}
