import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeFrame, FrameReader } from '../../engines/signalling/port/frame.js'

/** A bare speaker of drachtio's wire protocol, for what drachtio-srf would never say. */
export class WireClient {
  readonly socket: Socket
  readonly #reader = new FrameReader()
  readonly #received: string[] = []
  #wake: () => void = () => undefined
  #closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      const reading = this.#reader.read(chunk)
      if (reading.outcome === 'payloads') this.#received.push(...reading.payloads)
      this.#wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  static async connect(port: number): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new WireClient(socket)
  }

  send(...payloads: string[]): void {
    this.socket.write(Buffer.concat(payloads.map(encodeFrame)))
  }

  /** The next payload's fields, or `undefined` once the other side has closed. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const payload = this.#received.shift()
      if (payload !== undefined) return payload
      if (this.#closed) return undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Sends a payload and gives the next one that comes, without the engine's own message id. */
  async ask(payload: string): Promise<string | undefined> {
    this.send(payload)
    return (await this.next())?.replace(/^[0-9a-f-]{36}\|/, '')
  }

  close(): void {
    this.socket.destroy()
  }
}
