import { createSocket, type Socket } from 'node:dgram'

/**
 * Listens on the audio ports of handsets that have hung up: what still comes there is sent for a call
 * that nobody has ended.
 */
export class HungUpAudio {
  readonly #sockets = new Set<Socket>()
  /** Packets so far. */
  packets = 0

  /** Listens on a port from now on; not where another handset has taken it already. */
  listen(port: number): void {
    const socket = createSocket('udp4')
    socket.on('error', () => this.#forget(socket))
    socket.on('message', () => {
      this.packets++
    })
    this.#sockets.add(socket)
    socket.bind(port, '127.0.0.1')
  }

  /** Ports that are listened on. */
  get ports(): number {
    return this.#sockets.size
  }

  close(): void {
    for (const socket of [...this.#sockets]) {
      this.#forget(socket)
      socket.close()
    }
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket)
  }
}
