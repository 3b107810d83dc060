import type { Server, Socket } from 'node:net'
import type { Endpoint, ListenPoint } from './address.js'
import { type ConnectionSurroundings, peerOf } from './connections.js'

/**
 * Who may connect to a listen point. Connections count from the moment the system has accepted them, so also
 * in a handshake that never ends: all of them together, and those of one source (XS10). One too many is
 * closed without a word.
 */
export class Admission {
  readonly #point: ListenPoint
  readonly #surroundings: ConnectionSurroundings
  readonly #ofSource = new Map<string, number>()
  #all = 0
  /** Who was refused and has closed no connection since: it is noticed once. */
  readonly #refused = new Set<string>()

  constructor(point: ListenPoint, surroundings: ConnectionSurroundings) {
    this.#point = point
    this.#surroundings = surroundings
  }

  /** Counts the connections of this server from now on, and closes those that may not be. */
  guard(server: Server) {
    server.on('connection', socket => this.#accept(socket))
  }

  #accept(socket: Socket) {
    const remote = peerOf(socket)
    const { receiver, limits } = this.#surroundings
    if (receiver.bars(remote)) return drop(socket)
    if (this.#all >= limits.connections) return this.#refuse(socket, remote, ALL)
    const held = this.#ofSource.get(remote.host) ?? 0
    if (held >= limits.connectionsOfSource && !receiver.isUnlimited(remote)) {
      return this.#refuse(socket, remote, remote.host)
    }
    this.#all++
    this.#ofSource.set(remote.host, held + 1)
    socket.once('close', () => this.#leave(remote.host))
  }

  #leave(source: string) {
    this.#all--
    const held = (this.#ofSource.get(source) ?? 0) - 1
    if (held > 0) this.#ofSource.set(source, held)
    else this.#ofSource.delete(source)
    this.#refused.delete(ALL)
    this.#refused.delete(source)
  }

  #refuse(socket: Socket, remote: Endpoint, whose: string) {
    drop(socket)
    if (this.#refused.has(whose)) return
    this.#refused.add(whose)
    const { protocol } = this.#point
    const detail = whose === ALL ? 'in all' : 'of one source'
    const event = 'too_many_connections'
    this.#surroundings.receiver.noticed({ event, detail, protocol, remote })
  }
}

const ALL = ''

function drop(socket: Socket) {
  socket.on('error', () => {})
  socket.destroy()
}
