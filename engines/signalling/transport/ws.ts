import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Scheduler } from '../scheduler.js'
import { DEFAULT_LIMITS } from '../sip/parse.js'
import type { Endpoint, ListenPoint } from './address.js'
import { type Connection, Connections } from './connections.js'
import type { ConnectionLimits, Receiver } from './flow.js'
import { hostTowards } from './local-host.js'
import { listen, plain } from './tcp.js'
import { WsConnection } from './ws-connection.js'

/** RFC 7118 §4: the name of the subprotocol. */
const SUBPROTOCOL = 'sip'

/** For the handshake, in milliseconds: it is one small request. */
const HANDSHAKE_MS = 10_000

/** SIP over WebSocket, as a server (RFC 7118): phones in web pages connect, nothing is dialled. */
export class WsTransport {
  readonly point: ListenPoint
  readonly #server: Server
  readonly #sockets: WebSocketServer
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
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: DEFAULT_LIMITS.headBytes + DEFAULT_LIMITS.bodyBytes,
      handleProtocols: () => SUBPROTOCOL,
    })
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('error', error => this.#noticed(error, point))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(
    point: ListenPoint,
    receiver: Receiver,
    limits: ConnectionLimits,
    scheduler: Scheduler,
  ): Promise<WsTransport> {
    const timeouts = { headersTimeout: HANDSHAKE_MS, requestTimeout: HANDSHAKE_MS }
    const server = createServer(timeouts, (_request, response) => {
      // RFC 9110 §15.5.22: nothing is served here but the upgrade.
      response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
    })
    const port = await listen(server, point)
    return new WsTransport({ ...point, port }, server, receiver, limits, scheduler)
  }

  get connections(): number {
    return this.#connections.size
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
    this.#server.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const remote = {
      host: plain(request.socket.remoteAddress ?? ''),
      port: request.socket.remotePort ?? 0,
    }
    socket.on('error', () => {})
    if (this.#connections.size >= this.#limits.connections) {
      const event = 'too_many_connections'
      this.#receiver.noticed({ event, detail: 'refused', protocol: 'ws', remote })
      return refuse(socket, '503 Service Unavailable')
    }
    // RFC 7118 §4: the client must offer the subprotocol `sip`.
    if (!offersSip(request)) return refuse(socket, '400 Bad Request')
    this.#sockets.handleUpgrade(request, socket, head, webSocket => {
      const ends = { local: this.localTowards(remote.host), remote }
      const connection = new WsConnection(webSocket, ends, {
        receiver: this.#receiver,
        limits: this.#limits,
        scheduler: this.#scheduler,
        closed: (_closed, error) => {
          this.#connections.remove(connection)
          if (error) this.#noticed(error, remote)
        },
      })
      this.#connections.add(connection)
    })
  }

  #noticed(error: Error, remote: Endpoint) {
    const event = 'connection_failed'
    this.#receiver.noticed({ event, detail: error.message, protocol: 'ws', remote })
  }
}

const offersSip = ({ headers }: IncomingMessage): boolean =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .some(name => name.trim().toLowerCase() === SUBPROTOCOL)

function refuse(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
