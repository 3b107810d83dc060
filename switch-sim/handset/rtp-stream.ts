import { formatRtp, type RtpPacket } from '../../platform/rtp/packet.js'
import {
  type Digit,
  formatTelephoneEvent,
  keyPress,
  type TelephoneEvent,
} from '../../platform/rtp/telephone-event.js'
import { QUIET } from './clip-library.js'

/** Samples in one packet: 20 ms. */
const PACKET_SAMPLES = 160

/** What was agreed with the other side, as far as the sender must know. */
export interface AgreedTypes {
  readonly audioType: number
  /** Absent when keys were not agreed as RFC 4733. */
  readonly keyType?: number
}

/** One press that is being sent. */
interface Pressing {
  readonly events: readonly TelephoneEvent[]
  /** All packets of a press carry the time it began (RFC 4733 §2.3). */
  readonly timestamp: number
  sent: number
  readonly done: () => void
}

/** A press that waits, and the pause that follows it. */
interface Waiting {
  readonly digit: Digit
  readonly pressMs: number
  readonly pausePackets: number
  readonly done: () => void
}

/**
 * What a handset sends: a packet of quiet every 20 ms, and in its place, while a key is down, the event of
 * that key (RFC 4733 §2.5.1). Pure but for the numbers it counts; `first` gives where they begin.
 */
export class RtpStream {
  readonly #ssrc: number
  #sequence: number
  #timestamp: number
  #pressing: Pressing | undefined
  #pausePackets = 0
  readonly #waiting: Waiting[] = []
  #beginsTalk = true

  constructor(first: {
    readonly ssrc: number
    readonly sequence: number
    readonly timestamp: number
  }) {
    this.#ssrc = first.ssrc
    this.#sequence = first.sequence
    this.#timestamp = first.timestamp
  }

  /** Presses a key as soon as those before it are done; resolves when its last packet has been sent. */
  press(digit: Digit, pressMs: number, pauseMs: number): Promise<void> {
    return new Promise(done => {
      this.#waiting.push({ digit, pressMs, pausePackets: Math.ceil(pauseMs / 20), done })
    })
  }

  /** The packet of this 20 ms. */
  next({ audioType, keyType }: AgreedTypes): Buffer {
    if (!this.#pressing && this.#pausePackets === 0 && keyType !== undefined) this.#beginPress()
    const pressing = this.#pressing
    const packet =
      pressing && keyType !== undefined ? this.#event(pressing, keyType) : this.#quiet(audioType)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + PACKET_SAMPLES) >>> 0
    return formatRtp(packet)
  }

  #beginPress(): void {
    const waiting = this.#waiting.shift()
    if (!waiting) return
    const { digit, pressMs, pausePackets, done } = waiting
    const events = keyPress(digit, pressMs)
    this.#pressing = { events, timestamp: this.#timestamp, sent: 0, done }
    this.#pausePackets = pausePackets
  }

  #event(pressing: Pressing, keyType: number): RtpPacket {
    const event = pressing.events[pressing.sent]
    if (!event) throw new RangeError('a press has at least one packet')
    const marker = pressing.sent === 0
    pressing.sent++
    if (pressing.sent === pressing.events.length) {
      this.#pressing = undefined
      pressing.done()
    }
    const payload = formatTelephoneEvent(event)
    this.#beginsTalk = true
    return { ...this.#head(keyType, marker), timestamp: pressing.timestamp, payload }
  }

  #quiet(audioType: number): RtpPacket {
    if (this.#pausePackets > 0) this.#pausePackets--
    const marker = this.#beginsTalk
    this.#beginsTalk = false
    return { ...this.#head(audioType, marker), payload: Buffer.alloc(PACKET_SAMPLES, QUIET) }
  }

  #head(payloadType: number, marker: boolean) {
    const sequence = this.#sequence
    return { payloadType, marker, sequence, timestamp: this.#timestamp, ssrc: this.#ssrc }
  }
}
