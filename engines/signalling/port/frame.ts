/**
 * The framing of drachtio's wire protocol: `<bytes>#<payload>`, repeated, nothing between two
 * frames. The length counts the bytes of the payload's UTF-8 text.
 */

/**
 * Longest payload taken from an application, in bytes. The reference server stops at 12 KB without
 * a word; a session description with many candidates is longer than that.
 */
export const PAYLOAD_BYTES_MAX = 1_048_576

/** Most digits that may stand before `#`: those of `PAYLOAD_BYTES_MAX`. */
const LENGTH_DIGITS_MAX = 7

const HASH = 0x23
const ZERO = 0x30
const NINE = 0x39

/** One frame, ready for the socket. */
export function encodeFrame(payload: string | Buffer): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload
  return Buffer.concat([Buffer.from(`${bytes.length}#`, 'latin1'), bytes])
}

/** What a chunk of the stream brought, in the order of its checks. */
export type Reading =
  | { outcome: 'not_a_length' }
  | { outcome: 'too_long' }
  | { outcome: 'payloads'; payloads: readonly string[] }

/**
 * Cuts a byte stream into payloads, however the network split or joined the frames. After
 * `not_a_length` or `too_long` the stream has lost its step: every later chunk gets the same answer.
 */
export class FrameReader {
  #payloadBytesMax: number
  #digits = 0
  #length = 0
  #inPayload = false
  #parts: Buffer[] = []
  #missing = 0
  #broken: Reading | undefined

  constructor(payloadBytesMax = PAYLOAD_BYTES_MAX) {
    this.#payloadBytesMax = payloadBytesMax
  }

  /** Takes longer, or only shorter, payloads from the next frame on. */
  limitTo(payloadBytesMax: number): void {
    this.#payloadBytesMax = payloadBytesMax
  }

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#inPayload || this.#digits > 0
  }

  /** Takes the next bytes; gives every payload that they complete. */
  read(chunk: Buffer): Reading {
    const payloads: string[] = []
    let at = 0
    while (at < chunk.length && !this.#broken) {
      at = this.#inPayload ? this.#readPayload(chunk, at, payloads) : this.#readLength(chunk, at)
    }
    return this.#broken ?? { outcome: 'payloads', payloads }
  }

  #readLength(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0
    if (byte >= ZERO && byte <= NINE && this.#digits < LENGTH_DIGITS_MAX) {
      this.#digits += 1
      this.#length = this.#length * 10 + byte - ZERO
    } else if (byte === HASH && this.#length > 0) {
      if (this.#length > this.#payloadBytesMax) this.#broken = { outcome: 'too_long' }
      this.#inPayload = true
      this.#missing = this.#length
    } else if (byte >= ZERO && byte <= NINE) {
      this.#broken = { outcome: 'too_long' }
    } else {
      this.#broken = { outcome: 'not_a_length' }
    }
    return at + 1
  }

  #readPayload(chunk: Buffer, at: number, payloads: string[]): number {
    const part = chunk.subarray(at, at + this.#missing)
    this.#parts.push(part)
    this.#missing -= part.length
    if (this.#missing === 0) {
      payloads.push(Buffer.concat(this.#parts).toString('utf8'))
      this.#parts = []
      this.#inPayload = false
      this.#digits = 0
      this.#length = 0
    }
    return at + part.length
  }
}
