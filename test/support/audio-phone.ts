import { createSocket, type Socket } from 'node:dgram'
import { formatRtp, parseRtp, type RtpPacket } from '../../platform/rtp/packet.js'
import { type Digit, formatTelephoneEvent, keyPress } from '../../platform/rtp/telephone-event.js'

/** How a phone numbers what it sends. */
export interface Numbering {
  readonly ssrc: number
  readonly timestamp: number
  readonly payloadType?: number
}

/** A phone's end of the audio: keeps what it receives, sends what a test tells it. */
export class AudioPhone {
  readonly port: number
  readonly received: RtpPacket[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', datagram => {
      const packet = parseRtp(datagram)
      if (packet) this.received.push(packet)
    })
  }

  static async open(): Promise<AudioPhone> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return new AudioPhone(socket)
  }

  /** All octets of audio received, in the order they came. */
  get heard(): Buffer {
    return Buffer.concat(this.received.map(({ payload }) => payload))
  }

  /** Sends datagrams one after the other. */
  async send(toPort: number, datagrams: readonly Buffer[]): Promise<void> {
    for (const one of datagrams) {
      await new Promise<void>(sent => this.#socket.send(one, toPort, '127.0.0.1', () => sent()))
    }
  }

  /** Sends a key press of 40 ms: two packets and the end thrice. */
  press(toPort: number, digit: Digit, numbering: Numbering): Promise<void> {
    return this.send(toPort, pressed(digit, numbering))
  }

  close(): void {
    this.#socket.close()
  }
}

/** A datagram of audio, unless told otherwise. */
export const packetOf = (more: Partial<RtpPacket>): Buffer =>
  formatRtp({
    payloadType: 0,
    marker: false,
    sequence: 1,
    timestamp: 0,
    ssrc: 1,
    payload: Buffer.alloc(160, 0xff),
    ...more,
  })

/** The datagrams of one key press. */
export const pressed = (digit: Digit, numbering: Numbering): Buffer[] =>
  keyPress(digit, 40).map((event, at) =>
    packetOf({ payloadType: 96, sequence: at, ...numbering, payload: formatTelephoneEvent(event) }),
  )

/** Waits until something is so, in turns of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}
