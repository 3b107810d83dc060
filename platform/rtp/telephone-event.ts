/** A key of a telephone (RFC 4733 §3.2, Table 3). */
export type Digit =
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '*'
  | '#'
  | 'A'
  | 'B'
  | 'C'
  | 'D'

/** RFC 4733 §3.2, Table 4: event codes 0 to 15 in order. */
const DIGITS = '0123456789*#ABCD'

/** The digit that a character names; letters in either case. */
export function parseDigit(character: string): Digit | undefined {
  const upper = character.toUpperCase()
  return upper.length === 1 && DIGITS.includes(upper) ? (upper as Digit) : undefined
}

/** A key going down or up: one payload of RTP (RFC 4733 §2.3). */
export interface TelephoneEvent {
  readonly digit: Digit
  /** Whether this packet closes the event. */
  readonly end: boolean
  /** Power of the tone below 0 dBm0, 0 to 63 dB. */
  readonly volume: number
  /** How long the key has been down, in timestamp units. */
  readonly duration: number
}

/** Octets of one event. */
const EVENT_BYTES = 4

/** Longest duration that one event can state; longer presses go on in a further segment. */
export const LONGEST_EVENT = 0xffff

/** Reads a payload; `undefined` when it is too short or names no digit (flash, fax tones …). */
export function parseTelephoneEvent(payload: Buffer): TelephoneEvent | undefined {
  if (payload.length < EVENT_BYTES) return undefined
  const digit = parseDigit(DIGITS.charAt(payload.readUInt8(0)))
  const second = payload.readUInt8(1)
  if (!digit) return undefined
  return {
    digit,
    end: (second & 0x80) !== 0,
    volume: second & 0x3f,
    duration: payload.readUInt16BE(2),
  }
}

/** Writes a payload. */
export function formatTelephoneEvent({ digit, end, volume, duration }: TelephoneEvent): Buffer {
  const payload = Buffer.allocUnsafe(EVENT_BYTES)
  payload.writeUInt8(DIGITS.indexOf(digit), 0)
  payload.writeUInt8((end ? 0x80 : 0) | volume, 1)
  payload.writeUInt16BE(Math.min(duration, LONGEST_EVENT), 2)
  return payload
}

/** What a sender puts on the wire for one press: a payload each 20 ms, then the end three times. */
export function keyPress(digit: Digit, milliseconds: number): TelephoneEvent[] {
  const volume = 10
  const stepUnits = 160
  const steps = Math.max(1, Math.ceil(milliseconds / 20))
  const going = Array.from({ length: steps }, (_, step) => ({
    digit,
    end: false,
    volume,
    duration: (step + 1) * stepUnits,
  }))
  // RFC 4733 §2.5.1.4: the final packet SHOULD be retransmitted a total of three times.
  const last = { digit, end: true, volume, duration: steps * stepUnits }
  return [...going, last, last, last]
}
