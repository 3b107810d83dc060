import type { Socket } from 'node:net'
import { connect, createServer, type Server } from 'node:tls'
import type { Endpoint, ListenPoint } from './address.js'
import { Admission } from './admission.js'
import { type ConnectionSurroundings, Connections, listen, peerOf } from './connections.js'
import type { Flow } from './flow.js'
import { isLiteral, localTowards } from './local-host.js'
import { StreamConnection } from './stream-connection.js'
import type { TlsCredentials } from './tls-credentials.js'

/** What a TLS listen point needs from outside. */
export interface TlsSurroundings extends ConnectionSurroundings {
  readonly credentials: TlsCredentials
}

/**
 * SIP over TLS (RFC 3261 §26.3.2.1): one listening socket, and connections opened by either side. A server
 * that we call must show a certificate of the domain that was asked for, whatever its address (RFC 5922).
 */
export class TlsTransport {
  readonly point: ListenPoint
  readonly connections: Connections
  readonly #server: Server
  readonly #credentials: TlsCredentials

  private constructor(point: ListenPoint, server: Server, surroundings: TlsSurroundings) {
    this.point = point
    this.connections = new Connections(point, surroundings)
    this.#server = server
    this.#credentials = surroundings.credentials
    new Admission(point, surroundings).guard(server)
    server.on('secureConnection', socket => {
      if (!socket.destroyed) this.#accepted(socket)
    })
    server.on('tlsClientError', (error, socket) => this.connections.handshakeFailed(error, socket))
    server.on('error', error => this.connections.failed(error))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(point: ListenPoint, surroundings: TlsSurroundings): Promise<TlsTransport> {
    const { credentials, limits } = surroundings
    const server = createServer({ handshakeTimeout: limits.openMs, noDelay: true })
    credentials.serve(server)
    return new TlsTransport(await listen(server, point), server, surroundings)
  }

  /**
   * The open connection with that peer over which it has proved to be `domain`, else a new one, which is then
   * opening. A peer that is asked for by its address alone is also reached over a connection of its own.
   */
  flowTo(remote: Endpoint, domain: string): Flow {
    const own = isLiteral(domain) ? this.connections.with(remote) : undefined
    return this.connections.with(remote, domain) ?? own ?? this.#dial(remote, domain)
  }

  async close() {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#credentials.release(this.#server)
    this.connections.closeAll()
    await closed
  }

  #accepted(socket: Socket) {
    const remote = peerOf(socket)
    const local = localTowards(this.point, remote.host)
    const ends = { protocol: 'tls', local, remote, accepted: true } as const
    this.connections.add(new StreamConnection(socket, ends, this.connections.owner))
  }

  #dial(remote: Endpoint, domain: string): Flow {
    const { host, port } = remote
    const socket = connect({ host, port, ...this.#credentials.towards(domain) })
    const local = localTowards(this.point, host)
    const ends = { protocol: 'tls', local, remote, accepted: false } as const
    const opening = { ...ends, opensBy: 'secureConnect' as const }
    const connection = new StreamConnection(socket, opening, this.connections.owner)
    this.connections.add(connection, domain)
    return connection
  }
}
