import { type AudioStream, maySend, willReceive } from '../../../platform/audio-offer.js'
import {
  formatRtp,
  RTP_HEADER_BYTES,
  type RtpPacket,
  writeRtpHeader,
} from '../../../platform/rtp/packet.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { KeyToSend } from '../channel/keys-to-send.js'
import type { MonotonicTime } from '../monotonic-time.js'
import { FRAME_BYTES, type FrameSource } from '../playback/frame-source.js'
import type { HeardFrame } from '../recording/heard-audio.js'
import type { ToneListener } from '../tones/key-tone-detector.js'
import { ToneInput } from '../tones/tone-input.js'
import type { CarrierListener, ReportRoad, RtpCarrier } from './carrier.js'
import { KeyInput, type KeyListener } from './key-input.js'
import { KeyOutput, type KeyPacket } from './key-output.js'
import { Reporter } from './reporter.js'
import type { SenderWheel, WheelMember } from './sender-wheel.js'
import { hear, type StreamSource } from './stream-source.js'
import { UdpCarrier, type UdpSurroundings } from './udp-carrier.js'

/** What a session tells the call it belongs to. */
export interface RtpListener extends KeyListener, ToneListener {
  /** Nothing was received for the time that is set. */
  mediaTimeout(): void
}

/** What all sessions of an engine share. */
export interface RtpSurroundings extends UdpSurroundings {
  readonly wheel: SenderWheel
  readonly time: MonotonicTime
  /** A number of 32 random bits: SSRC, first sequence number, first timestamp (RFC 3550 §5.1). */
  readonly random32: () => number
  /** Longest time without a packet in an answered call, ms; 0 turns the watch off. */
  readonly mediaTimeoutMs: number
  /** Whether keys are looked for in the sound of callers who agree to no telephone-event. */
  readonly keyTones: boolean
}

/** Counters of one call's audio. */
export interface RtpCounts {
  sent: number
  /** Octets of payload in what was sent. */
  sentOctets: number
  /** Packets of keys among those sent. */
  keyPacketsSent: number
  received: number
  keyPackets: number
  /** From an endpoint that the session description does not name. */
  refused: number
  /** No RTP, or of a stream that is not listened to (`stream-source.ts`). */
  ignored: number
}

/** Packets whose memory may still be in the system's hands when the next one is written. */
const PACKETS_KEPT = 4

/** The audio of one call: one stream each way, whatever carries it. */
export class RtpSession implements WheelMember, CarrierListener {
  readonly port: number
  readonly ssrc: number
  readonly counts: RtpCounts = {
    ...{ sent: 0, sentOctets: 0, keyPacketsSent: 0 },
    ...{ received: 0, keyPackets: 0, refused: 0, ignored: 0 },
  }
  readonly #around: RtpSurroundings
  readonly #carrier: RtpCarrier
  readonly #listener: RtpListener
  readonly #keys: KeyInput
  readonly #keysOut = new KeyOutput()
  #tones: ToneInput | undefined
  /** RTCP with the caller, where the carrier has a way for it. */
  readonly reporter: Reporter | undefined
  readonly #packets: readonly Buffer[]
  /** Of the packet that is sent: one for all, so that none is made anew. */
  readonly #header = { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 }
  readonly #firstTimestamp: number
  #sequence: number
  #stream: AudioStream | undefined
  #source: StreamSource = {}
  #playing: FrameSource | undefined
  #whenDrained: (() => void) | undefined
  #silentBefore = true
  #lastTimestamp = 0
  #lastSentMs = 0
  #hearer: ((frame: HeardFrame) => void) | undefined
  #heardMs = 0
  #watch: Timer | undefined
  #closed = false

  /** A session over bare RTP; `undefined` when there is no port to be had. Rejects as the system does. */
  static async open(
    around: RtpSurroundings,
    listener: RtpListener,
  ): Promise<RtpSession | undefined> {
    const carrier = await UdpCarrier.open(around)
    return carrier && new RtpSession(around, listener, carrier)
  }

  constructor(around: RtpSurroundings, listener: RtpListener, carrier: RtpCarrier) {
    this.#around = around
    this.#listener = listener
    this.#keys = new KeyInput(around.time.scheduler, listener)
    this.#carrier = carrier
    this.port = carrier.port
    this.ssrc = around.random32() >>> 0
    this.#header.ssrc = this.ssrc
    this.#sequence = around.random32() & 0xffff
    this.#firstTimestamp = around.random32() >>> 0
    const length = RTP_HEADER_BYTES + FRAME_BYTES
    this.#packets = Array.from({ length: PACKETS_KEPT }, () => Buffer.alloc(length))
    carrier.listen(this)
    this.detectTones(around.keyTones)
    const { reports } = carrier
    this.reporter = reports && this.#reporterOver(reports)
  }

  #reporterOver(road: ReportRoad): Reporter {
    const { time, random32, address } = this.#around
    const { ssrc } = this
    const sent = () => {
      const passed = Math.round((time.now() - this.#lastSentMs) * 8)
      const { sent: packets, sentOctets: octets } = this.counts
      return { timestamp: this.#lastTimestamp + passed, packets, octets }
    }
    return new Reporter({ ssrc, cname: `${ssrc}@${address}`, road, time, random32, sent })
  }

  /** What was agreed last. */
  get stream(): AudioStream | undefined {
    return this.#stream
  }

  /** Takes what an offer and answer agreed: at the beginning, and after each re-INVITE. */
  agree(stream: AudioStream): void {
    const { address: host, port } = stream.remote
    this.#carrier.agree({ host, port })
    this.#stream = stream
    this.#heardMs = this.#around.time.now()
    this.reporter?.start()
  }

  /** Begins to watch that packets arrive: once the call is answered. */
  watch(): void {
    if (this.#around.mediaTimeoutMs === 0 || this.#watch) return
    this.#heardMs = this.#around.time.now()
    this.#watchFor(this.#around.mediaTimeoutMs)
  }

  #watchFor(delayMs: number): void {
    this.#watch = this.#around.time.scheduler.after(delayMs, () => {
      const { time, mediaTimeoutMs } = this.#around
      // A caller who holds us sends nothing, by right.
      if (this.#stream && !willReceive(this.#stream)) this.#heardMs = time.now()
      const silentMs = time.now() - this.#heardMs
      if (silentMs < mediaTimeoutMs) this.#watchFor(mediaTimeoutMs - silentMs)
      else this.#listener.mediaTimeout()
    })
  }

  /**
   * Sends a source's frames, in place of what was sent before; nothing when there is none. `drained` is
   * told 20 ms after its last frame has left, when it has been heard.
   */
  play(source: FrameSource | undefined, drained?: () => void): void {
    this.#playing = source
    this.#whenDrained = drained
    if (source && !this.#closed) this.#around.wheel.join(this)
    else this.#rest()
  }

  /** Sends keys behind those that wait, in place of what is played; none where the caller takes none. */
  sendKeys(keys: readonly KeyToSend[]): void {
    if (this.#closed) return
    this.#keysOut.add(keys)
    if (this.#keysOut.busy) this.#around.wheel.join(this)
  }

  /** Nothing is played. Keys that wait are sent all the same. */
  #rest(): void {
    if (!this.#keysOut.busy) this.#around.wheel.leave(this)
    this.#silentBefore = true
  }

  turn(round: number): void {
    if (!this.#carrier.open) return
    const stream = this.#stream
    const source = this.#playing
    const frame = stream && source?.next(stream.law)
    const key = stream && this.#keysOut.busy ? this.#nextKey(stream, round) : undefined
    // Held: the source goes on, as a tape does, but nothing leaves.
    if (!stream || !maySend(stream)) this.#silentBefore = true
    else if (key) this.#sendKey(key, stream.keyType ?? 0, round)
    else if (frame) this.#send(frame, stream.audioType, round)
    if (!frame) this.#drain()
  }

  /** A caller who has agreed to no keys is sent none. */
  #nextKey({ keyType }: AudioStream, round: number): KeyPacket | undefined {
    if (keyType !== undefined) return this.#keysOut.next(this.#timestampOf(round))
    this.#keysOut.clear()
    return undefined
  }

  #timestampOf(round: number): number {
    return (this.#firstTimestamp + round * FRAME_BYTES) >>> 0
  }

  /** The source is at its end. What it was for may bring another at once. */
  #drain(): void {
    const drained = this.#whenDrained
    this.#playing = undefined
    this.#whenDrained = undefined
    drained?.()
    if (!this.#playing) this.#rest()
  }

  #send(frame: Uint8Array, payloadType: number, round: number): void {
    const packet = this.#packets[this.counts.sent % PACKETS_KEPT]
    if (!packet) return
    packet.set(frame, RTP_HEADER_BYTES)
    const header = this.#header
    header.payloadType = payloadType
    header.marker = this.#silentBefore
    header.sequence = this.#sequence
    header.timestamp = this.#timestampOf(round)
    writeRtpHeader(packet, header)
    if (!this.#carrier.send(packet)) return
    this.#silentBefore = false
    this.#countSent(header.timestamp, FRAME_BYTES)
  }

  #sendKey(key: KeyPacket, payloadType: number, round: number): void {
    const { payload, timestamp, marker } = key
    const header = { payloadType, marker, sequence: this.#sequence, timestamp, ssrc: this.ssrc }
    if (!this.#carrier.send(formatRtp({ ...header, payload }))) return
    this.counts.keyPacketsSent++
    this.#countSent(this.#timestampOf(round), payload.length)
  }

  #countSent(timestamp: number, octets: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.counts.sent++
    this.counts.sentOctets += octets
    this.#lastTimestamp = timestamp
    this.#lastSentMs = this.#around.time.now()
  }

  /** Looks for keys in the sound, or no more. Where telephone-event is agreed that alone counts. */
  detectTones(on: boolean): void {
    this.#tones?.close()
    this.#tones = on ? new ToneInput(this.#around.time.scheduler, this.#listener) : undefined
  }

  /** Tells the audio that comes; its payload is to be read at once. */
  hear(listener: ((frame: HeardFrame) => void) | undefined): void {
    this.#hearer = listener
  }

  refused(): void {
    this.counts.refused++
  }

  ignored(): void {
    this.counts.ignored++
  }

  packet(packet: RtpPacket): void {
    const stream = this.#stream
    if (!stream) {
      this.refused()
      return
    }
    const nowMs = this.#around.time.now()
    if (packet.ssrc !== this.#source.current && !this.#takesStream(packet, nowMs)) {
      this.ignored()
      return
    }
    this.counts.received++
    this.#heardMs = nowMs
    const { payloadType } = packet
    const isAudio = payloadType === stream.audioType
    this.reporter?.heard(packet, isAudio, nowMs)
    if (isAudio) this.#tellSound(stream, packet)
    if (!stream.keyTypesReceived.includes(payloadType)) return
    this.counts.keyPackets++
    this.#keys.receive(packet.payload, packet.timestamp)
  }

  /** Whether a packet of another stream than the one listened to begins one that is. */
  #takesStream(packet: RtpPacket, nowMs: number): boolean {
    const { outcome, source } = hear(this.#source, packet, nowMs)
    this.#source = source
    if (outcome !== 'changed') return outcome === 'current'
    this.#keys.beginStream()
    this.#tones?.beginStream()
    return true
  }

  #tellSound({ law, keyType }: AudioStream, packet: RtpPacket): void {
    const tones = keyType === undefined ? this.#tones : undefined
    if (!this.#hearer && !tones) return
    const { payload, timestamp } = packet
    this.#hearer?.({ law, payload, timestamp })
    tones?.take({ law, payload, timestamp })
  }

  /** Closes the port and gives it back. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#keysOut.clear()
    this.play(undefined)
    this.#watch?.stop()
    this.reporter?.stop()
    this.#keys.close()
    this.#tones?.close()
    this.#carrier.close()
  }
}
