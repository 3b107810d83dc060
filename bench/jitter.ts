import { type RtpPacket, sequenceDistance, timestampDistance } from '../platform/rtp/packet.js'

/** Samples in a millisecond of telephone audio. */
const SAMPLES_PER_MS = 8

/** Time between two packets of one clip, in ms. */
const PACKET_MS = 20

/** RFC 3550 §6.4.1: the gain that reduces noise and keeps a reasonable rate of convergence. */
const GAIN = 1 / 16

/** How evenly the packets of one stream came. Arrival times are the receiver's, monotonic, in ms. */
export class StreamJitter {
  #last: { readonly packet: RtpPacket; readonly atMs: number } | undefined
  #jitterMs = 0
  /** Packets that came. */
  packets = 0
  /** How far the time between two packets that follow each other was from 20 ms, either way, in ms. */
  readonly deviationsMs: number[] = []

  /** A packet came. */
  accept(packet: RtpPacket, atMs: number): void {
    const last = this.#last
    this.#last = { packet, atMs }
    this.packets++
    if (!last) return
    const cameMs = atMs - last.atMs
    const sentMs = timestampDistance(last.packet.timestamp, packet.timestamp) / SAMPLES_PER_MS
    // RFC 3550 §6.4.1: D(i,j) = (Rj - Ri) - (Sj - Si); J(i) = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16.
    this.#jitterMs += (Math.abs(cameMs - sentMs) - this.#jitterMs) * GAIN
    // RFC 3551 §4.1: the marker bit is on the first packet after a silence, in which none is sent.
    if (packet.marker || sequenceDistance(last.packet.sequence, packet.sequence) !== 1) return
    this.deviationsMs.push(Math.abs(cameMs - PACKET_MS))
  }

  /** Interarrival jitter J by the newest packet, in ms (RFC 3550 §6.4.1). */
  get jitterMs(): number {
    return this.#jitterMs
  }
}

/** How evenly the streams of one side came over. */
export interface Evenness {
  readonly streams: number
  readonly packets: number
  /** Mean of the streams' interarrival jitters at their ends, and the largest, in ms. */
  readonly jitterMeanMs: number
  readonly jitterWorstMs: number
  /** How far packets came from their 20 ms, in ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

/** All streams of a side together. */
export function evennessOf(streams: readonly StreamJitter[]): Evenness {
  const deviations = Float64Array.from(streams.flatMap(one => one.deviationsMs)).sort()
  const jitters = streams.map(({ jitterMs }) => jitterMs)
  const below = (share: number) =>
    deviations[Math.max(0, Math.ceil(deviations.length * share) - 1)] ?? 0
  return {
    streams: streams.length,
    packets: streams.reduce((sum, { packets }) => sum + packets, 0),
    jitterMeanMs: jitters.reduce((sum, jitter) => sum + jitter, 0) / Math.max(1, jitters.length),
    jitterWorstMs: Math.max(0, ...jitters),
    p50Ms: below(0.5),
    p99Ms: below(0.99),
    p999Ms: below(0.999),
    maxMs: below(1),
  }
}
