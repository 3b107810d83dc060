import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { AudioStream } from '../../platform/audio-offer.js'
import { maySend } from '../../platform/audio-offer.js'
import { parseRtp, type RtpPacket } from '../../platform/rtp/packet.js'
import type { Digit } from '../../platform/rtp/telephone-event.js'
import { Heard } from './heard.js'
import type { Pacer } from './pacer.js'
import { RtpStream } from './rtp-stream.js'

/** How often an even port is sought before an odd one is taken (RFC 3550 §11 asks for even). */
const TRIES_FOR_EVEN = 16

/** Payload type of µ-law (RFC 3551 §6). */
const PCMU_TYPE = 0

export interface RtpPortOptions {
  /** Address to receive on. */
  readonly address: string
  readonly pacer: Pacer
  /** A whole number from 0 up to the bound. */
  readonly random: (bound: number) => number
  /** Asked for each packet, in either direction, whether the road loses it; absent: it loses none. */
  readonly loses?: () => boolean
}

/** A handset's end of the audio: sends quiet and keys, records what it hears. */
export class RtpPort {
  readonly heard = new Heard()
  readonly #socket: Socket
  readonly #pacer: Pacer
  readonly #stream: RtpStream
  readonly #loses: () => boolean
  #agreed: AudioStream | undefined
  #stopSending = () => {}
  #onHeard = (_packet: RtpPacket) => {}

  private constructor(socket: Socket, { pacer, random, loses = () => false }: RtpPortOptions) {
    this.#loses = loses
    this.#socket = socket
    this.#pacer = pacer
    this.#stream = new RtpStream({
      ssrc: random(0xffff_ffff),
      sequence: random(0x1_0000),
      timestamp: random(0xffff_ffff),
    })
    socket.on('message', datagram => this.#receive(datagram))
    // A peer whose port is closed already: nothing to do, and no reason to end.
    socket.on('error', () => {})
  }

  static async open(options: RtpPortOptions): Promise<RtpPort> {
    for (let tries = 1; ; tries++) {
      const socket = createSocket(isIPv6(options.address) ? 'udp6' : 'udp4')
      socket.bind(0, options.address)
      await once(socket, 'listening')
      if (socket.address().port % 2 === 0 || tries === TRIES_FOR_EVEN) {
        return new RtpPort(socket, options)
      }
      socket.close()
    }
  }

  /** UDP port it receives on. */
  get port(): number {
    return this.#socket.address().port
  }

  /** Follows what SDP agreed, from the first time and after each change. */
  agree(stream: AudioStream): void {
    this.#agreed = stream
    this.#stopSending()
    this.#stopSending = this.#pacer.every20Ms(() => this.#send())
  }

  /** Told of each packet of audio as soon as it was heard. */
  onHeard(told: (packet: RtpPacket) => void): void {
    this.#onHeard = told
  }

  /** Whether keys can be sent in the audio. */
  get takesKeys(): boolean {
    return this.#agreed?.keyType !== undefined
  }

  /** Presses a key in the audio (RFC 4733); resolves when it has been sent. */
  press(digit: Digit, pressMs: number, pauseMs: number): Promise<void> {
    return this.#stream.press(digit, pressMs, pauseMs)
  }

  close(): void {
    this.#stopSending()
    this.#socket.close()
  }

  #send(): void {
    const stream = this.#agreed
    if (!stream || !maySend(stream)) return
    const { port, address } = stream.remote
    const packet = this.#stream.next(stream)
    if (!this.#loses()) this.#socket.send(packet, port, address)
  }

  #receive(datagram: Buffer): void {
    const packet = parseRtp(datagram)
    // RFC 3264 §5.1: the offerer must be ready for what it offered before it has the answer.
    const audioType = this.#agreed?.audioType ?? PCMU_TYPE
    if (packet?.payloadType !== audioType || this.#loses()) return
    this.heard.accept(packet, packet.payload)
    this.#onHeard(packet)
  }
}
