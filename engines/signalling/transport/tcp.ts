import { connect, createServer, type Server, type Socket } from 'node:net'
import { systemErrorCode } from '../../../platform/fault.js'
import type { Scheduler } from '../scheduler.js'
import type { Endpoint, ListenPoint } from './address.js'
import { type Connection, Connections } from './connections.js'
import type { ConnectionLimits, Flow, Receiver } from './flow.js'
import { hostTowards } from './local-host.js'
import { TcpConnection } from './tcp-connection.js'

/** SIP over TCP: one listening socket, and connections opened by either side (RFC 3261 §18). */
export class TcpTransport {
  readonly point: ListenPoint
  readonly #server: Server
  readonly #receiver: Receiver
  readonly #limits: ConnectionLimits
  readonly #scheduler: Scheduler
  readonly #connections = new Connections()

  private constructor(
    point: ListenPoint,
    server: Server,
    receiver: Receiver,
    limits: ConnectionLimits,
    scheduler: Scheduler,
  ) {
    this.point = point
    this.#server = server
    this.#receiver = receiver
    this.#limits = limits
    this.#scheduler = scheduler
    server.on('connection', socket => this.#accept(socket))
    server.on('error', error => this.#noticed(error, point))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(
    point: ListenPoint,
    receiver: Receiver,
    limits: ConnectionLimits,
    scheduler: Scheduler,
  ): Promise<TcpTransport> {
    const server = createServer({ noDelay: true })
    const port = await listen(server, point)
    return new TcpTransport({ ...point, port }, server, receiver, limits, scheduler)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** The open connection with that peer, else a new one, which is then opening. */
  flowTo(remote: Endpoint): Flow {
    return this.existing(remote) ?? this.#dial(remote)
  }

  /** The open connection with that peer. */
  existing(remote: Endpoint): Connection | undefined {
    return this.#connections.with(remote)
  }

  /** Our address as this peer reaches it. */
  localTowards(remoteHost: string): Endpoint {
    return { host: hostTowards(this.point, remoteHost), port: this.point.port }
  }

  async close() {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#connections.closeAll()
    await closed
  }

  #accept(socket: Socket) {
    const remote = { host: plain(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    if (this.#connections.size >= this.#limits.connections) {
      socket.on('error', () => {})
      socket.destroy()
      const event = 'too_many_connections'
      this.#receiver.noticed({ event, detail: 'closed at once', protocol: 'tcp', remote })
      return
    }
    this.#hold(socket, remote, true)
  }

  #dial(remote: Endpoint): Flow {
    return this.#hold(connect({ host: remote.host, port: remote.port }), remote, false)
  }

  #hold(socket: Socket, remote: Endpoint, accepted: boolean): Flow {
    const ends = { local: this.localTowards(remote.host), remote, accepted }
    const connection = new TcpConnection(socket, ends, {
      receiver: this.#receiver,
      limits: this.#limits,
      scheduler: this.#scheduler,
      closed: (closed, error) => {
        this.#connections.remove(connection)
        if (error) this.#noticed(error, closed.remote)
      },
    })
    this.#connections.add(connection)
    return connection
  }

  #noticed(error: Error, remote: Endpoint) {
    const refused = systemErrorCode(error) === 'ECONNREFUSED'
    const event = refused ? 'connection_refused' : 'connection_failed'
    this.#receiver.noticed({ event, detail: error.message, protocol: 'tcp', remote })
  }
}

/** Makes a server listen; resolves to its port, rejects with the system's error. */
export function listen(server: Server, { host, port }: Endpoint): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** An address without the prefix by which an IPv6 socket shows an IPv4 peer (RFC 4291 §2.5.5.2). */
export const plain = (address: string): string => address.replace(/^::ffff:(?=[\d.]+$)/, '')
