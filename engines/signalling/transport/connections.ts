import type { Server, Socket } from 'node:net'
import { systemErrorCode } from '../../../platform/fault.js'
import type { Scheduler } from '../scheduler.js'
import type { Endpoint, ListenPoint } from './address.js'
import type { ConnectionLimits, Flow, Receiver } from './flow.js'

/** A flow that can be dropped. */
export interface Connection extends Flow {
  close(): void
}

/** What the connections of a listen point need from outside. */
export interface ConnectionSurroundings {
  readonly receiver: Receiver
  readonly limits: ConnectionLimits
  readonly scheduler: Scheduler
}

/** What a connection needs of the listen point that holds it. */
export interface ConnectionOwner extends ConnectionSurroundings {
  /** Told once, with what ended it when that was an error. */
  closed(connection: Connection, error: Error | undefined): void
}

/** The open connections of one listen point, by the address of the peer. */
export class Connections {
  readonly #point: ListenPoint
  readonly #open = new Map<Connection, string>()
  readonly #byPeer = new Map<string, Connection>()
  /** What each connection here is made with. */
  readonly owner: ConnectionOwner

  constructor(point: ListenPoint, surroundings: ConnectionSurroundings) {
    this.#point = point
    this.owner = { ...surroundings, closed: (closed, error) => this.#remove(closed, error) }
  }

  get size(): number {
    return this.#open.size
  }

  /** `domain`: whose certificate the peer must have shown, where it must show one. */
  add(connection: Connection, domain?: string) {
    const key = keyOf(connection.remote, domain)
    this.#open.set(connection, key)
    this.#byPeer.set(key, connection)
  }

  /** The latest connection with that peer; with a domain, one over which it has proved to be that. */
  with(remote: Endpoint, domain?: string): Connection | undefined {
    return this.#byPeer.get(keyOf(remote, domain))
  }

  /** Notices an error of a connection with that peer, or of the listen point itself. */
  failed(error: Error, remote: Endpoint = this.#point) {
    const refused = systemErrorCode(error) === 'ECONNREFUSED'
    this.#noticed(refused ? 'connection_refused' : 'connection_failed', error, remote)
  }

  /** A peer's TLS handshake came to nothing: it is let go, which Node leaves to us when its time is up. */
  handshakeFailed(error: Error, socket: Socket) {
    const remote = peerOf(socket)
    socket.destroy()
    // Without an address it was not let in at all.
    if (remote.host !== '') this.#noticed('handshake_failed', error, remote)
  }

  closeAll() {
    for (const connection of this.#open.keys()) connection.close()
  }

  #noticed(
    event: 'connection_refused' | 'connection_failed' | 'handshake_failed',
    { message }: Error,
    remote: Endpoint,
  ) {
    const { protocol } = this.#point
    this.owner.receiver.noticed({ event, detail: message, protocol, remote })
  }

  #remove(connection: Connection, error: Error | undefined) {
    const key = this.#open.get(connection)
    this.#open.delete(connection)
    if (key !== undefined && this.#byPeer.get(key) === connection) this.#byPeer.delete(key)
    if (error) this.failed(error, connection.remote)
  }
}

const keyOf = ({ host, port }: Endpoint, domain = ''): string =>
  `${host}|${port}|${domain.toLowerCase()}`

/** Makes a server listen; resolves to the point with its real port, rejects with the system's error. */
export function listen(server: Server, point: ListenPoint): Promise<ListenPoint> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(point.port, point.host, () => {
      server.off('error', reject)
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : point.port
      resolve({ ...point, port })
    })
  })
}

/** The other end of a socket, without the prefix by which IPv6 shows an IPv4 peer (RFC 4291 §2.5.5.2). */
export const peerOf = ({ remoteAddress = '', remotePort = 0 }: Socket): Endpoint => ({
  host: remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, ''),
  port: remotePort,
})
