import type { RtpPacket } from '../../../platform/rtp/packet.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { MonotonicTime } from '../monotonic-time.js'
import type { ReportRoad } from './carrier.js'
import { Reception } from './reception.js'
import {
  formatGoodbye,
  formatReport,
  parseReports,
  type ReceptionReport,
  type SenderInfo,
} from './rtcp-packet.js'

/** RFC 3550 §6.2: least time between two reports of one source, ms; half of it before the first. */
const INTERVAL_MS = 5_000

/** §6.3.1: what the mean interval is divided by, since timers are drawn anew: e − 3/2. */
const COMPENSATION = Math.E - 1.5

/** What was sent so far, as a sender report tells it. */
export type Sent = Omit<SenderInfo, 'ntpSeconds' | 'ntpFraction'>

/** What it works with. */
export interface ReporterNeeds {
  readonly ssrc: number
  readonly cname: string
  readonly road: ReportRoad
  readonly time: MonotonicTime
  readonly random32: () => number
  /** What was sent, with the timestamp of this moment. */
  readonly sent: () => Sent
}

/** Counters of a call's reports. */
export interface ReportCounts {
  readonly packets: number
  readonly octets: number
}

/**
 * Exchanges RTCP with the caller (RFC 3550 §6): every 2.5 to 7.5 s a sender report, or a receiver report
 * while nothing is sent, and a BYE at the end; what the caller's reports tell is kept. NTP time is the time since the engine
 * started (§6.4.1 allows the system's uptime).
 */
export class Reporter {
  readonly #needs: ReporterNeeds
  #reception: Reception | undefined
  #lastReport = 0
  #lastReportMs = 0
  #sentBefore = 0
  #reported = false
  #timer: Timer | undefined
  #received = { packets: 0, octets: 0 }
  #roundTripMs: number | undefined
  #lostThere = 0

  constructor(needs: ReporterNeeds) {
    this.#needs = needs
    needs.road.listen(datagram => this.#take(datagram))
  }

  /** Reports that came. */
  get received(): ReportCounts {
    return this.#received
  }

  /** Time to the caller and back, ms, as its last report tells; `undefined` before. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs
  }

  /** Packets of ours that the caller has missed, as it says. */
  get lostThere(): number {
    return this.#lostThere
  }

  /** Begins to report; once. */
  start(): void {
    if (!this.#timer) this.#rest(INTERVAL_MS / 2)
  }

  /** Says goodbye, and nothing more. */
  stop(): void {
    const began = this.#timer !== undefined
    this.#timer?.stop()
    this.#timer = undefined
    const { ssrc, road, sent } = this.#needs
    // RFC 3550 §6.3.7: who never sent anything MUST NOT send a BYE.
    if (!began || !(this.#reported || sent().packets > 0)) return
    road.send(Buffer.concat([this.#composed(), formatGoodbye(ssrc)]))
  }

  /** A packet of the stream that is listened to. */
  heard({ ssrc, sequence, timestamp }: RtpPacket, isAudio: boolean, nowMs: number): void {
    if (this.#reception?.ssrc !== ssrc) {
      this.#reception = new Reception(ssrc, sequence)
      this.#lastReport = 0
    }
    this.#reception.take(sequence, timestamp, nowMs, isAudio)
  }

  #rest(meanMs: number): void {
    const { time, random32 } = this.#needs
    const spread = 0.5 + (random32() >>> 0) / 2 ** 32
    this.#timer = time.scheduler.after((meanMs * spread) / COMPENSATION, () => {
      this.#report()
      this.#rest(INTERVAL_MS)
    })
  }

  #report(): void {
    this.#reported = true
    this.#needs.road.send(this.#composed())
  }

  #composed(): Buffer {
    const { ssrc, cname, time, sent } = this.#needs
    const told = sent()
    const blocks = this.#blocks(time.now())
    // §6.4: a sender report where packets were sent since the last report.
    const sends = told.packets !== this.#sentBefore
    this.#sentBefore = told.packets
    const sender = sends ? { sender: { ...told, ...ntpOf(time.now()) } } : {}
    return formatReport({ ssrc, ...sender, blocks }, cname)
  }

  #blocks(nowMs: number): ReceptionReport[] {
    const reception = this.#reception
    if (!reception) return []
    const lastReport = this.#lastReport
    const sinceLastReport =
      lastReport === 0 ? 0 : Math.round((nowMs - this.#lastReportMs) * 65.536) >>> 0
    return [{ ssrc: reception.ssrc, ...reception.report(), lastReport, sinceLastReport }]
  }

  #take(datagram: Buffer): void {
    const reports = parseReports(datagram)
    if (!reports) return
    const { packets, octets } = this.#received
    this.#received = { packets: packets + 1, octets: octets + datagram.length }
    const nowMs = this.#needs.time.now()
    for (const { ssrc, sender, blocks } of reports) {
      if (sender && ssrc === this.#reception?.ssrc) {
        this.#lastReport = middleOf(sender)
        this.#lastReportMs = nowMs
      }
      for (const block of blocks) if (block.ssrc === this.#needs.ssrc) this.#learn(block, nowMs)
    }
  }

  /** §6.4.1: the round trip is the time now, less the report's own, less its rest at the caller. */
  #learn({ lost, lastReport, sinceLastReport }: ReceptionReport, nowMs: number): void {
    this.#lostThere = lost
    if (lastReport === 0) return
    const units = (middleOf(ntpOf(nowMs)) - lastReport - sinceLastReport) | 0
    this.#roundTripMs = Math.max(0, units) / 65.536
  }
}

/** Milliseconds as NTP writes time. */
const ntpOf = (ms: number): Pick<SenderInfo, 'ntpSeconds' | 'ntpFraction'> => ({
  ntpSeconds: Math.floor(ms / 1_000) >>> 0,
  ntpFraction: Math.floor(((ms % 1_000) / 1_000) * 2 ** 32) >>> 0,
})

/** The middle 32 bits of an NTP time, by which reports name each other. */
const middleOf = ({ ntpSeconds, ntpFraction }: Pick<SenderInfo, 'ntpSeconds' | 'ntpFraction'>) =>
  (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0
