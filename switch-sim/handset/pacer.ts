/** Length of one packet of audio, in ms. */
const PACKET_MS = 20

/** How far behind packets are still sent one by one; what is longer ago is left out, in ms. */
const CATCH_UP_MS = 100

/**
 * One clock for all handsets of a process: every 20 ms each is told to send a packet. A late turn is made
 * good at once, so that the streams keep their pace on a busy machine.
 */
export class Pacer {
  readonly #nowMs: () => number
  readonly #senders = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #dueMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Calls `send` every 20 ms until the result is called. */
  every20Ms(send: () => void): () => void {
    this.#senders.add(send)
    if (!this.#timer) {
      this.#dueMs = this.#nowMs() + PACKET_MS
      this.#wait()
    }
    return () => {
      this.#senders.delete(send)
      if (this.#senders.size > 0) return
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, this.#dueMs - this.#nowMs()))
  }

  #turn(): void {
    const now = this.#nowMs()
    if (now - this.#dueMs > CATCH_UP_MS) this.#dueMs = now
    while (this.#dueMs <= now) {
      for (const send of this.#senders) send()
      this.#dueMs += PACKET_MS
    }
    if (this.#senders.size > 0) this.#wait()
  }
}
