import {
  type Digit,
  formatTelephoneEvent,
  LONGEST_EVENT,
} from '../../../platform/rtp/telephone-event.js'
import type { KeyToSend } from '../channel/keys-to-send.js'

/** One packet of a key that is sent (RFC 4733 §2.5.1). */
export interface KeyPacket {
  readonly payload: Buffer
  /** Of the moment at which the key went down: all packets of a key carry it. */
  readonly timestamp: number
  /** The first packet of a key. */
  readonly marker: boolean
}

/** Keys and pauses that wait at most (FreeSWITCH keeps as many). What comes beyond is dropped. */
const MOST_WAITING = 100

/** Timestamp units between two packets: 20 ms. */
const STEP_UNITS = 160

/** RFC 4733 §2.5.1.4: the last packet is sent three times. */
const ENDS = 3

/** Silence between two keys, in turns of 20 ms: receivers of tones want 40 ms, and gateways make tones of this. */
const TURNS_BETWEEN = 3

/** A volume of −10 dBm0, as phones send it. */
const VOLUME = 10

/** A key that is down, in timestamp units. */
interface Down {
  readonly digit: Digit
  readonly units: number
  readonly timestamp: number
  passed: number
  ends: number
}

/** Keys that are sent to the caller, a packet a turn. */
export class KeyOutput {
  readonly #waiting: KeyToSend[] = []
  #down: Down | undefined
  #pauseTurns = 0

  /** Whether there is anything to send, or to wait for before the next key. */
  get busy(): boolean {
    return this.#down !== undefined || this.#pauseTurns > 0 || this.#waiting.length > 0
  }

  /** Adds keys behind those that wait. */
  add(keys: readonly KeyToSend[]): void {
    this.#waiting.push(...keys.slice(0, MOST_WAITING - this.#waiting.length))
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting.length = 0
    this.#down = undefined
    this.#pauseTurns = 0
  }

  /** What is sent in a turn at this timestamp; nothing in a pause. */
  next(timestamp: number): KeyPacket | undefined {
    if (this.#pauseTurns > 0) {
      this.#pauseTurns--
      return undefined
    }
    const down = this.#down ?? this.#press(timestamp)
    return down && this.#packet(down)
  }

  #press(timestamp: number) {
    const { digit, units = 0 } = this.#waiting.shift() ?? {}
    if (digit !== undefined) {
      const held = Math.min(units, LONGEST_EVENT)
      this.#down = { digit, units: held, timestamp, passed: 0, ends: ENDS }
      return this.#down
    }
    // This turn is the first of the pause.
    this.#pauseTurns = Math.max(0, Math.ceil(units / STEP_UNITS) - 1)
    return undefined
  }

  #packet(down: Down): KeyPacket {
    const marker = down.passed === 0
    down.passed = Math.min(down.units, down.passed + STEP_UNITS)
    const { digit, timestamp, passed, units } = down
    // Where the key is not longer than a packet, that one comes before its end all the same.
    const end = !marker && passed >= units
    if (end) down.ends--
    if (down.ends === 0) {
      this.#down = undefined
      this.#pauseTurns = TURNS_BETWEEN
    }
    return {
      payload: formatTelephoneEvent({ digit, end, volume: VOLUME, duration: passed }),
      timestamp,
      marker,
    }
  }
}
