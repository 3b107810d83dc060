import { type RtpPacket, sequenceDistance, timestampDistance } from '../../platform/rtp/packet.js'
import { QUIET } from './clip-library.js'

/** Longest pause in a stream that is kept as silence; a longer one is a new beginning, in samples (10 s). */
const LONGEST_PAUSE = 80_000

/** How far behind the newest packet a late one may still come, in samples (1 s). */
const LATEST = 8_000

/** Most that is kept of a call, in samples: 10 minutes, twice the longest call. */
const SAMPLES_MAX = 4_800_000

/** What is known of a sample: no packet brought it, one did, or the sender made a pause there. */
export const CAME = { not: 0, with_packet: 1, pause: 2 } as const

/** One sender's packets from one beginning on. */
interface Stream {
  readonly ssrc: number
  /** Of its first packet. */
  readonly timestamp: number
  readonly sequence: number
  /** Its place in what was heard. */
  readonly begin: number
  /** Packets from the first to the newest, less one. */
  highest: number
  /** Which of them came, counted from the first. */
  readonly seen: Set<number>
}

function count(stream: Stream, { sequence }: RtpPacket): void {
  const newest = (stream.sequence + stream.highest) & 0xffff
  const place = stream.highest + sequenceDistance(newest, sequence)
  stream.highest = Math.max(stream.highest, place)
  if (place >= 0) stream.seen.add(place)
}

/** Whether a packet is the next one of a stream. */
const followsOn = ({ ssrc, sequence, highest }: Stream, packet: RtpPacket): boolean =>
  ssrc === packet.ssrc && ((sequence + highest + 1) & 0xffff) === packet.sequence

const lostOf = ({ highest, seen }: Stream): number => highest + 1 - seen.size

/**
 * What a handset heard: µ-law octets in the order of their time stamps, with a note of which of them
 * really came. Late packets fill the place that was left for them; a stream that begins anew (another
 * source, another time line) goes on behind the last.
 */
export class Heard {
  #samples = Buffer.alloc(16_000, QUIET)
  #came = Buffer.alloc(16_000)
  #length = 0
  #stream: Stream | undefined
  #lostBefore = 0

  /** Samples so far. */
  get length(): number {
    return this.#length
  }

  /** Octets so far: a view, valid until the next packet. */
  get samples(): Buffer {
    return this.#samples.subarray(0, this.#length)
  }

  /** For each octet how it came, one of `CAME`. A view like `samples`. */
  get came(): Buffer {
    return this.#came.subarray(0, this.#length)
  }

  /** Packets that were sent and did not come, by their sequence numbers (RFC 3550 §A.3). */
  get lostPackets(): number {
    return this.#lostBefore + (this.#stream ? lostOf(this.#stream) : 0)
  }

  /** Keeps the audio of a packet, µ-law octets. */
  accept(packet: RtpPacket, audio: Buffer): void {
    const follows = this.#stream !== undefined && followsOn(this.#stream, packet)
    const at = this.#placeOf(packet)
    if (at === undefined || at + audio.length > SAMPLES_MAX) return
    this.#makeRoom(at + audio.length)
    // Time has passed and no packet is missing: nothing was sent meanwhile.
    if (follows && at > this.#length) this.#came.fill(CAME.pause, this.#length, at)
    audio.copy(this.#samples, at)
    this.#came.fill(CAME.with_packet, at, at + audio.length)
    this.#length = Math.max(this.#length, at + audio.length)
  }

  #placeOf(packet: RtpPacket): number | undefined {
    const { ssrc, timestamp } = packet
    const stream = this.#stream
    if (stream?.ssrc === ssrc) {
      const at = stream.begin + timestampDistance(stream.timestamp, timestamp)
      const behind = this.#length - at
      // An old copy is passed over.
      if (at >= stream.begin && behind > LATEST) return undefined
      if (at >= stream.begin && behind > -LONGEST_PAUSE) {
        count(stream, packet)
        return at
      }
    }
    // Another source, or a new time line.
    if (stream) this.#lostBefore += lostOf(stream)
    const { sequence } = packet
    const begin = this.#length
    this.#stream = { ssrc, timestamp, begin, sequence, highest: 0, seen: new Set([0]) }
    return begin
  }

  #makeRoom(length: number): void {
    if (length <= this.#samples.length) return
    const size = Math.max(length, this.#samples.length * 2)
    const samples = Buffer.alloc(size, QUIET)
    const came = Buffer.alloc(size)
    this.#samples.copy(samples)
    this.#came.copy(came)
    this.#samples = samples
    this.#came = came
  }
}
