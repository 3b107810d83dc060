import { sequenceDistance, timestampDistance } from '../../../platform/rtp/packet.js'

/** What is counted of one sender's packets, between two reports (RFC 3550 §A.3). */
export interface ReceptionFigures {
  readonly fractionLost: number
  readonly lost: number
  readonly highest: number
  readonly jitter: number
}

/** RFC 3550 §A.1: a sequence number so far ahead begins anew, as does one so far behind. */
const MAX_DROPOUT = 3_000
const MAX_MISORDER = 100

/** Timestamp units of a millisecond. */
const UNITS_OF_MS = 8

/** Counts the packets of one stream: what is lost, and how unevenly they come. */
export class Reception {
  readonly ssrc: number
  #first: number
  #highest: number
  #wraps = 0
  #received = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #jitter = 0
  #arrivedMs: number | undefined
  #timestamp = 0

  constructor(ssrc: number, sequence: number) {
    this.ssrc = ssrc
    this.#first = sequence
    this.#highest = sequence
  }

  /** A packet came. Jitter is of audio alone: the packets of a key share one timestamp (RFC 4733 §2.5.1.2). */
  take(sequence: number, timestamp: number, nowMs: number, isAudio: boolean): void {
    const ahead = sequenceDistance(this.#highest, sequence)
    if (ahead > MAX_DROPOUT || ahead < -MAX_MISORDER) this.#beginAnew(sequence)
    else if (ahead > 0) {
      if (sequence < this.#highest) this.#wraps++
      this.#highest = sequence
    }
    this.#received++
    if (!isAudio) return
    if (this.#arrivedMs !== undefined) {
      const passed = (nowMs - this.#arrivedMs) * UNITS_OF_MS
      const deviation = Math.abs(passed - timestampDistance(this.#timestamp, timestamp))
      // §6.4.1: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16. A talk after a pause is no jitter.
      if (deviation < MAX_DROPOUT) this.#jitter += (deviation - this.#jitter) / 16
    }
    this.#arrivedMs = nowMs
    this.#timestamp = timestamp
  }

  #beginAnew(sequence: number): void {
    this.#first = sequence
    this.#highest = sequence
    this.#wraps = 0
    this.#received = 0
    this.#expectedBefore = 0
    this.#receivedBefore = 0
  }

  /** The figures for a report; the next one's share of loss begins here. */
  report(): ReceptionFigures {
    const highest = this.#wraps * 0x10000 + this.#highest
    const expected = highest - this.#first + 1
    const expectedSince = expected - this.#expectedBefore
    const lostSince = expectedSince - (this.#received - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.#received
    const fraction = lostSince <= 0 ? 0 : Math.floor((lostSince * 256) / expectedSince)
    return {
      fractionLost: Math.min(255, fraction),
      lost: expected - this.#received,
      highest: highest >>> 0,
      jitter: Math.floor(this.#jitter),
    }
  }
}
