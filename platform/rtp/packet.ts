/** One RTP packet, as RFC 3550 §5.1 lays it out. */
export interface RtpPacket {
  /** 0 to 127; what it stands for is agreed by SDP. */
  readonly payloadType: number
  /** For audio: the first packet after silence. For telephone-event: the first of an event. */
  readonly marker: boolean
  /** 16 bits, one more for each packet sent, wrapping. */
  readonly sequence: number
  /** 32 bits, in units of the sampling clock (1/8,000 s for all that is used here), wrapping. */
  readonly timestamp: number
  /** 32 bits, chosen at random by the sender: the source of the stream. */
  readonly ssrc: number
  /** A view into the datagram, without padding. */
  readonly payload: Buffer
}

/** Octets of a header without contributing sources or extension. */
export const RTP_HEADER_BYTES = 12

const VERSION = 2

/**
 * Reads a datagram as RTP; `undefined` when it is none: too short, another version (STUN, DTLS), RTCP, or
 * lengths that do not fit. A port open to the network receives all of these.
 */
export function parseRtp(datagram: Buffer): RtpPacket | undefined {
  const reader = new RtpReader()
  if (!reader.read(datagram)) return undefined
  const { payloadType, marker, sequence, timestamp, ssrc, payload } = reader
  return { payloadType, marker, sequence, timestamp, ssrc, payload }
}

const NO_OCTETS = Buffer.alloc(0)

/**
 * Reads datagrams as RTP one after the other, in place: what it holds is true until the next is read. For those
 * who read thousands a second and keep none.
 */
export class RtpReader implements RtpPacket {
  payloadType = 0
  marker = false
  sequence = 0
  timestamp = 0
  ssrc = 0
  #datagram: Buffer = NO_OCTETS
  #begin = 0
  #end = 0

  /** A view into the datagram, made when it is asked for. */
  get payload(): Buffer {
    return this.#datagram.subarray(this.#begin, this.#end)
  }

  /** Whether a datagram is RTP, as `parseRtp` has it. */
  read(datagram: Buffer): boolean {
    if (datagram.length < RTP_HEADER_BYTES) return false
    const first = datagram.readUInt8(0)
    const second = datagram.readUInt8(1)
    // RFC 3550 §5.1: version (V): 2 bits. RFC 5761 §4: second octets 192 to 223 are RTCP.
    if (first >> 6 !== VERSION || (second >= 192 && second <= 223)) return false
    const begin = payloadBegin(datagram, first)
    const end = payloadEnd(datagram, first)
    if (begin === undefined || end === undefined || begin > end) return false
    this.payloadType = second & 0x7f
    this.marker = (second & 0x80) !== 0
    this.sequence = datagram.readUInt16BE(2)
    this.timestamp = datagram.readUInt32BE(4)
    this.ssrc = datagram.readUInt32BE(8)
    this.#datagram = datagram
    this.#begin = begin
    this.#end = end
    return true
  }
}

/** RFC 3550 §5.1, §5.3.1: contributing sources and a header extension stand before the payload. */
function payloadBegin(datagram: Buffer, first: number): number | undefined {
  const afterSources = RTP_HEADER_BYTES + (first & 0x0f) * 4
  if ((first & 0x10) === 0) return afterSources <= datagram.length ? afterSources : undefined
  if (afterSources + 4 > datagram.length) return undefined
  const begin = afterSources + 4 + datagram.readUInt16BE(afterSources + 2) * 4
  return begin <= datagram.length ? begin : undefined
}

/** RFC 3550 §5.1: the last octet of the padding is a count of how many octets should be ignored. */
function payloadEnd(datagram: Buffer, first: number): number | undefined {
  if ((first & 0x20) === 0) return datagram.length
  const padding = datagram.readUInt8(datagram.length - 1)
  if (padding === 0 || padding > datagram.length - RTP_HEADER_BYTES) return undefined
  return datagram.length - padding
}

/** Writes a header without sources, extension or padding into the first 12 octets of a buffer. */
export function writeRtpHeader(into: Buffer, header: Omit<RtpPacket, 'payload'>): void {
  into.writeUInt8(VERSION << 6, 0)
  into.writeUInt8((header.marker ? 0x80 : 0) | header.payloadType, 1)
  into.writeUInt16BE(header.sequence, 2)
  into.writeUInt32BE(header.timestamp, 4)
  into.writeUInt32BE(header.ssrc, 8)
}

/** A whole packet in a buffer of its own. */
export function formatRtp(packet: RtpPacket): Buffer {
  const datagram = Buffer.allocUnsafe(RTP_HEADER_BYTES + packet.payload.length)
  writeRtpHeader(datagram, packet)
  packet.payload.copy(datagram, RTP_HEADER_BYTES)
  return datagram
}

/**
 * How far a 16-bit sequence number stands after another, −32,768 to 32,767, across the wrap (the serial
 * arithmetic of RFC 1982).
 */
export const sequenceDistance = (from: number, to: number): number => ((to - from) << 16) >> 16

/** The same for 32-bit timestamps. */
export const timestampDistance = (from: number, to: number): number => (to - from) | 0
