import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint, ListenPoint } from './address.js'
import { type ConnectionSurroundings, Connections, listen, peerOf } from './connections.js'
import type { Flow } from './flow.js'
import { localTowards } from './local-host.js'
import { TcpConnection } from './tcp-connection.js'

/** SIP over TCP: one listening socket, and connections opened by either side (RFC 3261 §18). */
export class TcpTransport {
  readonly point: ListenPoint
  readonly connections: Connections
  readonly #server: Server

  private constructor(point: ListenPoint, server: Server, surroundings: ConnectionSurroundings) {
    this.point = point
    this.connections = new Connections(point, surroundings)
    this.#server = server
    server.on('connection', socket => this.#accept(socket))
    server.on('error', error => this.connections.failed(error))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(
    point: ListenPoint,
    surroundings: ConnectionSurroundings,
  ): Promise<TcpTransport> {
    const server = createServer({ noDelay: true })
    return new TcpTransport(await listen(server, point), server, surroundings)
  }

  /** The open connection with that peer, else a new one, which is then opening. */
  flowTo(remote: Endpoint): Flow {
    return this.connections.with(remote) ?? this.#dial(remote)
  }

  async close() {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.connections.closeAll()
    await closed
  }

  #accept(socket: Socket) {
    const remote = peerOf(socket)
    if (this.connections.admits(remote, 'closed at once')) {
      this.#hold(socket, remote, true)
      return
    }
    socket.on('error', () => {})
    socket.destroy()
  }

  #dial(remote: Endpoint): Flow {
    return this.#hold(connect({ host: remote.host, port: remote.port }), remote, false)
  }

  #hold(socket: Socket, remote: Endpoint, accepted: boolean): Flow {
    const ends = { local: localTowards(this.point, remote.host), remote, accepted }
    const connection = new TcpConnection(socket, ends, this.connections.owner)
    this.connections.add(connection)
    return connection
  }
}
