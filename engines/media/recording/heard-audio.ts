import { decodeG711, type G711Law } from '../../../platform/rtp/g711.js'
import { timestampDistance } from '../../../platform/rtp/packet.js'

/** Audio of one packet. */
export interface HeardFrame {
  readonly law: G711Law
  readonly payload: Uint8Array
  /** RTP timestamp of its first sample. */
  readonly timestamp: number
}

/** How long a frame may come behind later ones and still find its place, samples: 200 ms. */
const WINDOW = 1_600

/** Longest silence that is believed, samples; beyond, the sender has begun a new time line: 60 s. */
const LONGEST_GAP = 60 * 8_000

/**
 * Puts the audio of packets in order by their timestamps, as 16-bit samples: what is lost or was never sent
 * is silence, what comes twice or too late is left out.
 */
export class HeardAudio {
  readonly #waiting = new Map<number, Int16Array>()
  /** Timestamp of sample 0. */
  #origin: number | undefined
  /** Samples given out. */
  #settled = 0
  /** End of the latest frame, in samples. */
  #end = 0

  /** Samples given out so far. */
  get samples(): number {
    return this.#settled
  }

  /** Takes a frame; gives the samples whose place is settled by now. */
  take({ law, payload, timestamp }: HeardFrame): Int16Array {
    this.#origin ??= timestamp
    let at = timestampDistance(this.#origin, timestamp)
    if (at - this.#end > LONGEST_GAP || at < this.#settled - LONGEST_GAP) {
      this.#origin = (timestamp - this.#end) >>> 0
      at = this.#end
    }
    if (at >= this.#settled) {
      this.#waiting.set(at, decodeG711(law, payload))
      this.#end = Math.max(this.#end, at + payload.length)
    }
    return this.#give(this.#end - WINDOW)
  }

  /** What is left at the end. */
  finish(): Int16Array {
    return this.#give(this.#end)
  }

  #give(until: number): Int16Array {
    if (until <= this.#settled) return new Int16Array(0)
    const from = this.#settled
    const given = new Int16Array(until - from)
    for (const [at, frame] of this.#waiting) {
      if (at >= until) continue
      this.#waiting.delete(at)
      given.set(frame.subarray(0, until - at), at - from)
      const rest = frame.subarray(until - at)
      if (rest.length > 0) this.#waiting.set(until, rest)
    }
    this.#settled = until
    return given
  }
}
