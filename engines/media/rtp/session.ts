import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { type AudioStream, maySend, willReceive } from '../../../platform/audio-offer.js'
import { parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from '../../../platform/rtp/packet.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { MonotonicTime } from '../monotonic-time.js'
import { FRAME_BYTES, type FrameSource } from '../playback/frame-source.js'
import { KeyInput, type KeyListener } from './key-input.js'
import { admit, canonicalAddress, type Latch, latchTo, type Trusted } from './latch.js'
import type { PortRange } from './port-range.js'
import type { SenderWheel, WheelMember } from './sender-wheel.js'
import { hear, type StreamSource } from './stream-source.js'

/** What a session tells the call it belongs to. */
export interface RtpListener extends KeyListener {
  /** Nothing was received for the time that is set. */
  mediaTimeout(): void
}

/** What all sessions of an engine share. */
export interface RtpSurroundings {
  /** Address that calls receive on. */
  readonly address: string
  readonly ports: PortRange
  readonly wheel: SenderWheel
  readonly time: MonotonicTime
  readonly trusted: Trusted
  /** A number of 32 random bits: SSRC, first sequence number, first timestamp (RFC 3550 §5.1). */
  readonly random32: () => number
  /** Longest time without a packet in an answered call, ms; 0 turns the watch off. */
  readonly mediaTimeoutMs: number
}

/** Counters of one call's audio. */
export interface RtpCounts {
  sent: number
  received: number
  keyPackets: number
  /** From an endpoint that the session description does not name. */
  refused: number
  /** No RTP, or of a stream that is not listened to (`stream-source.ts`). */
  ignored: number
}

/** Packets whose memory may still be in the system's hands when the next one is written. */
const PACKETS_KEPT = 4

/** How many ports are tried when others already use them. */
const BIND_TRIES = 32

/** The audio of one call: a UDP port, one stream each way. */
export class RtpSession implements WheelMember {
  readonly port: number
  readonly ssrc: number
  readonly counts: RtpCounts = { sent: 0, received: 0, keyPackets: 0, refused: 0, ignored: 0 }
  readonly #around: RtpSurroundings
  readonly #socket: Socket
  readonly #listener: RtpListener
  readonly #keys: KeyInput
  readonly #packets: readonly Buffer[]
  readonly #firstTimestamp: number
  #sequence: number
  #stream: AudioStream | undefined
  #latch: Latch | undefined
  #source: StreamSource = {}
  #playing: FrameSource | undefined
  #whenDrained: (() => void) | undefined
  #silentBefore = true
  #heardMs = 0
  #watch: Timer | undefined
  #closed = false

  /** Opens a port; `undefined` when there is none to be had. */
  static async open(
    around: RtpSurroundings,
    listener: RtpListener,
  ): Promise<RtpSession | undefined> {
    for (let tries = 0; tries < BIND_TRIES; tries++) {
      const port = around.ports.take()
      if (port === undefined) return undefined
      const socket = await bind(around.address, port)
      if (socket) return new RtpSession(around, listener, socket, port)
      around.ports.giveBack(port)
    }
    return undefined
  }

  private constructor(
    around: RtpSurroundings,
    listener: RtpListener,
    socket: Socket,
    port: number,
  ) {
    this.#around = around
    this.#listener = listener
    this.#keys = new KeyInput(around.time.scheduler, listener)
    this.#socket = socket
    this.port = port
    this.ssrc = around.random32() >>> 0
    this.#sequence = around.random32() & 0xffff
    this.#firstTimestamp = around.random32() >>> 0
    const length = RTP_HEADER_BYTES + FRAME_BYTES
    this.#packets = Array.from({ length: PACKETS_KEPT }, () => Buffer.alloc(length))
    socket.on('message', this.#receive)
    // ECONNREFUSED of a peer that has gone comes here; without a listener it would end the process.
    socket.on('error', () => {})
  }

  /** What was agreed last. */
  get stream(): AudioStream | undefined {
    return this.#stream
  }

  /** Takes what an offer and answer agreed: at the beginning, and after each re-INVITE. */
  agree(stream: AudioStream): void {
    const { address, port } = stream.remote
    const before = this.#stream?.remote
    if (before?.address !== address || before.port !== port) {
      this.#latch = latchTo({ host: address, port })
    }
    this.#stream = stream
    this.#heardMs = this.#around.time.now()
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

  #rest(): void {
    this.#around.wheel.leave(this)
    this.#silentBefore = true
  }

  turn(round: number): void {
    const stream = this.#stream
    const source = this.#playing
    const frame = stream && source?.next(stream.law)
    if (!frame) this.#drain()
    // Held: the source goes on, as a tape does, but nothing leaves.
    else if (maySend(stream)) this.#send(frame, stream.audioType, round)
    else this.#silentBefore = true
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
    const peer = this.#latch?.peer
    if (!packet || !peer) return
    packet.set(frame, RTP_HEADER_BYTES)
    const { ssrc } = this
    const sequence = this.#sequence
    const timestamp = (this.#firstTimestamp + round * FRAME_BYTES) >>> 0
    writeRtpHeader(packet, { payloadType, marker: this.#silentBefore, sequence, timestamp, ssrc })
    this.#sequence = (sequence + 1) & 0xffff
    this.#silentBefore = false
    this.counts.sent++
    this.#socket.send(packet, peer.port, peer.host)
  }

  readonly #receive = (datagram: Buffer, from: RemoteInfo): void => {
    const stream = this.#stream
    const latch = this.#latch && admit(this.#latch, endpointOf(from), this.#around.trusted)
    if (!stream || !latch) {
      this.counts.refused++
      return
    }
    const packet = parseRtp(datagram)
    if (!packet) {
      this.counts.ignored++
      return
    }
    this.#latch = latch
    const nowMs = this.#around.time.now()
    const heard = hear(this.#source, packet, nowMs)
    this.#source = heard.source
    if (heard.outcome === 'ignored') {
      this.counts.ignored++
      return
    }
    if (heard.outcome === 'changed') this.#keys.beginStream()
    this.counts.received++
    this.#heardMs = nowMs
    if (!stream.keyTypesReceived.includes(packet.payloadType)) return
    this.counts.keyPackets++
    this.#keys.receive(packet.payload, packet.timestamp)
  }

  /** Closes the port and gives it back. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.play(undefined)
    this.#watch?.stop()
    this.#keys.close()
    this.#socket.close(() => this.#around.ports.giveBack(this.port))
  }
}

const endpointOf = ({ address, port }: RemoteInfo) => ({ host: canonicalAddress(address), port })

/** Binds a port; `undefined` when another program has it. Other refusals are thrown. */
function bind(address: string, port: number): Promise<Socket | undefined> {
  const ipv6 = isIPv6(address)
  const socket = createSocket({
    type: ipv6 ? 'udp6' : 'udp4',
    // Peers are addresses, never names: nothing is looked up, packet after packet.
    lookup: (host, _options, found) => found(null, host, ipv6 ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
