import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/**
 * A socket as modesl sees it, so that nothing the other side sends can end the process: an error in
 * reading a message (it decodes every header, and throws on a stray `%`) breaks this connection only.
 * Commands leave in one piece instead of line by line, so that none waits for an acknowledgement.
 */
export class GuardedSocket extends EventEmitter {
  readonly #socket: Socket
  #command = ''

  /** `broken` is told when reading a message failed. */
  constructor(socket: Socket, broken: (error: unknown) => void) {
    super()
    this.#socket = socket
    socket.on('data', bytes => {
      try {
        this.emit('data', bytes)
      } catch (error) {
        broken(error)
      }
    })
    socket.once('end', () => this.emit('end'))
  }

  /** A command ends by an empty line, which modesl writes by itself. */
  write(text: string): void {
    this.#command += text
    if (text !== '\n') return
    const command = this.#command
    this.#command = ''
    if (this.#socket.writable) this.#socket.write(command)
  }

  end(): void {
    this.#socket.end()
  }
}
