import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint, ListenPoint } from './address.js'
import { Admission } from './admission.js'
import { type ConnectionSurroundings, Connections, listen, peerOf } from './connections.js'
import type { Flow } from './flow.js'
import { localTowards } from './local-host.js'
import { StreamConnection } from './stream-connection.js'

/** SIP over TCP: one listening socket, and connections opened by either side (RFC 3261 §18). */
export class TcpTransport {
  readonly point: ListenPoint
  readonly connections: Connections
  readonly #server: Server

  private constructor(point: ListenPoint, server: Server, surroundings: ConnectionSurroundings) {
    this.point = point
    this.connections = new Connections(point, surroundings)
    this.#server = server
    new Admission(point, surroundings).guard(server)
    server.on('connection', socket => {
      if (!socket.destroyed) this.#hold(socket, peerOf(socket), true)
    })
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

  #dial(remote: Endpoint): Flow {
    return this.#hold(connect({ host: remote.host, port: remote.port }), remote, false)
  }

  #hold(socket: Socket, remote: Endpoint, accepted: boolean): Flow {
    const local = localTowards(this.point, remote.host)
    const ends = { protocol: 'tcp', local, remote, accepted } as const
    const opening = accepted ? {} : { opensBy: 'connect' as const }
    const connection = new StreamConnection(socket, { ...ends, ...opening }, this.connections.owner)
    this.connections.add(connection)
    return connection
  }
}
