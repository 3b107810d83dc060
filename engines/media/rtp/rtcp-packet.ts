/** What one receiver tells of one sender (RFC 3550 §6.4.1, report block). */
export interface ReceptionReport {
  /** Whose packets it is about. */
  readonly ssrc: number
  /** Share lost since the last report, in 256ths. */
  readonly fractionLost: number
  /** Packets lost in all; below 0 where more came than were sent, doubled. */
  readonly lost: number
  /** Highest sequence number, its wraps in the upper half. */
  readonly highest: number
  /** Interarrival jitter, in timestamp units. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time of the last sender report; 0 where none came. */
  readonly lastReport: number
  /** Since then, in 1/65,536 s. */
  readonly sinceLastReport: number
}

/** What a sender tells of itself. */
export interface SenderInfo {
  /** NTP time, 32 bits of seconds and 32 of their fraction. */
  readonly ntpSeconds: number
  readonly ntpFraction: number
  /** RTP timestamp of the same moment. */
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

/** A report that came: of a sender where it has `sender`. */
export interface Report {
  readonly ssrc: number
  readonly sender?: SenderInfo
  readonly blocks: readonly ReceptionReport[]
}

const VERSION = 2
const SENDER_REPORT = 200
const RECEIVER_REPORT = 201
const SOURCE_DESCRIPTION = 202
const GOODBYE = 203
const CNAME = 1
const BLOCK_BYTES = 24
const SENDER_BYTES = 20

/**
 * A compound packet: the report, then the name of its source (RFC 3550 §6.1: each compound packet MUST begin
 * with a report and include a CNAME).
 */
export function formatReport({ ssrc, sender, blocks }: Report, cname: string): Buffer {
  const bytes = 8 + (sender ? SENDER_BYTES : 0) + blocks.length * BLOCK_BYTES
  const report = Buffer.alloc(bytes)
  report.writeUInt8((VERSION << 6) | blocks.length, 0)
  report.writeUInt8(sender ? SENDER_REPORT : RECEIVER_REPORT, 1)
  report.writeUInt16BE(bytes / 4 - 1, 2)
  report.writeUInt32BE(ssrc, 4)
  let at = 8
  if (sender) {
    const { ntpSeconds, ntpFraction, timestamp, packets, octets } = sender
    for (const value of [ntpSeconds, ntpFraction, timestamp, packets, octets]) {
      at = report.writeUInt32BE(value >>> 0, at)
    }
  }
  for (const block of blocks) at = writeBlock(report, at, block)
  return Buffer.concat([report, sourceDescription(ssrc, cname)])
}

/** RFC 3550 §6.6: the last word of a source, behind a report in the same datagram. */
export function formatGoodbye(ssrc: number): Buffer {
  const goodbye = Buffer.alloc(8)
  goodbye.writeUInt8((VERSION << 6) | 1, 0)
  goodbye.writeUInt8(GOODBYE, 1)
  goodbye.writeUInt16BE(1, 2)
  goodbye.writeUInt32BE(ssrc, 4)
  return goodbye
}

function writeBlock(into: Buffer, from: number, block: ReceptionReport): number {
  let at = into.writeUInt32BE(block.ssrc, from)
  at = into.writeUInt8(block.fractionLost, at)
  at = into.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, block.lost)), at, 3)
  for (const value of [block.highest, block.jitter, block.lastReport, block.sinceLastReport]) {
    at = into.writeUInt32BE(value >>> 0, at)
  }
  return at
}

/** RFC 3550 §6.5: the item, then one to four octets of zero up to a multiple of 32 bits. */
function sourceDescription(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname).subarray(0, 255)
  const bytes = 8 + Math.ceil((2 + name.length + 1) / 4) * 4
  const description = Buffer.alloc(bytes)
  description.writeUInt8((VERSION << 6) | 1, 0)
  description.writeUInt8(SOURCE_DESCRIPTION, 1)
  description.writeUInt16BE(bytes / 4 - 1, 2)
  description.writeUInt32BE(ssrc, 4)
  description.writeUInt8(CNAME, 8)
  description.writeUInt8(name.length, 9)
  name.copy(description, 10)
  return description
}

/**
 * Reads the reports of a compound packet; `undefined` when it is none (RFC 3550 §A.2): another version, no
 * report at its beginning, padding there, or lengths that do not add up.
 */
export function parseReports(datagram: Buffer): Report[] | undefined {
  const reports: Report[] = []
  let at = 0
  while (at < datagram.length) {
    if (at + 8 > datagram.length) return undefined
    const first = datagram.readUInt8(at)
    const type = datagram.readUInt8(at + 1)
    const end = at + (datagram.readUInt16BE(at + 2) + 1) * 4
    if (first >> 6 !== VERSION || end > datagram.length) return undefined
    const isReport = type === SENDER_REPORT || type === RECEIVER_REPORT
    if (at === 0 && (!isReport || (first & 0x20) !== 0)) return undefined
    if (isReport) {
      const report = readReport(datagram.subarray(at, end), first & 0x1f, type === SENDER_REPORT)
      if (!report) return undefined
      reports.push(report)
    }
    at = end
  }
  return reports.length > 0 ? reports : undefined
}

function readReport(packet: Buffer, count: number, isSender: boolean): Report | undefined {
  const from = 8 + (isSender ? SENDER_BYTES : 0)
  if (packet.length < from + count * BLOCK_BYTES) return undefined
  const blocks = Array.from({ length: count }, (_, at) =>
    readBlock(packet, from + at * BLOCK_BYTES),
  )
  const ssrc = packet.readUInt32BE(4)
  if (!isSender) return { ssrc, blocks }
  const [ntpSeconds = 0, ntpFraction = 0, timestamp = 0, packets = 0, octets = 0] = [
    8, 12, 16, 20, 24,
  ].map(at => packet.readUInt32BE(at))
  return { ssrc, sender: { ntpSeconds, ntpFraction, timestamp, packets, octets }, blocks }
}

const readBlock = (packet: Buffer, at: number): ReceptionReport => ({
  ssrc: packet.readUInt32BE(at),
  fractionLost: packet.readUInt8(at + 4),
  lost: packet.readIntBE(at + 5, 3),
  highest: packet.readUInt32BE(at + 8),
  jitter: packet.readUInt32BE(at + 12),
  lastReport: packet.readUInt32BE(at + 16),
  sinceLastReport: packet.readUInt32BE(at + 20),
})
