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
  readonly #open = new Set<Connection>()
  readonly #byRemote = new Map<string, Connection>()
  /** What each connection here is made with. */
  readonly owner: ConnectionOwner

  constructor(point: ListenPoint, surroundings: ConnectionSurroundings) {
    this.#point = point
    this.owner = { ...surroundings, closed: (closed, error) => this.#remove(closed, error) }
  }

  get size(): number {
    return this.#open.size
  }

  /** Whether one more peer may come in; when there is no room, it is noticed what became of it. */
  admits(remote: Endpoint, otherwise: string): boolean {
    const { limits, receiver } = this.owner
    if (receiver.bars(remote)) return false
    if (this.size < limits.connections) return true
    const { protocol } = this.#point
    receiver.noticed({ event: 'too_many_connections', detail: otherwise, protocol, remote })
    return false
  }

  add(connection: Connection) {
    this.#open.add(connection)
    this.#byRemote.set(keyOf(connection.remote), connection)
  }

  /** The latest connection with that peer. */
  with(remote: Endpoint): Connection | undefined {
    return this.#byRemote.get(keyOf(remote))
  }

  /** Notices an error of a connection with that peer, or of the listen point itself. */
  failed(error: Error, remote: Endpoint = this.#point) {
    const refused = systemErrorCode(error) === 'ECONNREFUSED'
    const event = refused ? 'connection_refused' : 'connection_failed'
    const { protocol } = this.#point
    this.owner.receiver.noticed({ event, detail: error.message, protocol, remote })
  }

  closeAll() {
    for (const connection of this.#open) connection.close()
  }

  #remove(connection: Connection, error: Error | undefined) {
    this.#open.delete(connection)
    const key = keyOf(connection.remote)
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key)
    if (error) this.failed(error, connection.remote)
  }
}

const keyOf = ({ host, port }: Endpoint): string => `${host}|${port}`

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
