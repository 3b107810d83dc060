import { decodeG711 } from '../../../platform/rtp/g711.js'
import { timestampDistance } from '../../../platform/rtp/packet.js'
import type { Scheduler, Timer } from '../../signalling/scheduler.js'
import type { HeardFrame } from '../recording/heard-audio.js'
import { KeyToneDetector, type ToneListener } from './key-tone-detector.js'

/** Longest gap that counts as packets lost in the middle of a sound, samples: 60 ms. Beyond, it was silence. */
const LONGEST_GAP = 480

/** A timestamp further back than this is no late packet but a sender that began anew, samples: 1 s. */
const OLDEST_COPY = 8_000

/** Longest wait for a packet while a key is down, ms: then the sender has fallen silent. */
const QUIET_MS = 150

/** The keys in the sound of one call: packets in, keys out. */
export class ToneInput {
  readonly #scheduler: Scheduler
  readonly #detector: KeyToneDetector
  #expected: number | undefined
  #quiet: Timer | undefined

  constructor(scheduler: Scheduler, listener: ToneListener) {
    this.#scheduler = scheduler
    this.#detector = new KeyToneDetector(listener)
  }

  /** The sound of a packet. One that comes late, or twice, is left out. */
  take({ law, payload, timestamp }: HeardFrame): void {
    const ahead = this.#expected === undefined ? 0 : timestampDistance(this.#expected, timestamp)
    if (ahead < 0 && ahead > -OLDEST_COPY) return
    if (ahead < 0 || ahead > LONGEST_GAP) this.#detector.end()
    else if (ahead > 0) this.#detector.skip()
    this.#expected = (timestamp + payload.length) >>> 0
    this.#detector.take(decodeG711(law, payload))
    this.#quiet?.stop()
    this.#quiet = this.#detector.isDown
      ? this.#scheduler.after(QUIET_MS, () => this.#detector.end())
      : undefined
  }

  /** Another stream begins: a key that the former one left down is over. */
  beginStream(): void {
    this.#quiet?.stop()
    this.#expected = undefined
    this.#detector.end()
  }

  /** Reports nothing more. */
  close(): void {
    this.#quiet?.stop()
  }
}
