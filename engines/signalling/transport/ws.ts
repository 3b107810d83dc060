import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { DEFAULT_LIMITS } from '../sip/parse.js'
import type { ListenPoint } from './address.js'
import { type ConnectionSurroundings, Connections, listen, peerOf } from './connections.js'
import { localTowards } from './local-host.js'
import { WsConnection } from './ws-connection.js'

/** RFC 7118 §4: the name of the subprotocol. */
const SUBPROTOCOL = 'sip'

/** For the handshake, in milliseconds: it is one small request. */
const HANDSHAKE_MS = 10_000

/** SIP over WebSocket, as a server (RFC 7118): phones in web pages connect, nothing is dialled. */
export class WsTransport {
  readonly point: ListenPoint
  readonly connections: Connections
  readonly #server: Server
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: DEFAULT_LIMITS.headBytes + DEFAULT_LIMITS.bodyBytes,
    handleProtocols: () => SUBPROTOCOL,
  })

  private constructor(point: ListenPoint, server: Server, surroundings: ConnectionSurroundings) {
    this.point = point
    this.connections = new Connections(point, surroundings)
    this.#server = server
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('error', error => this.connections.failed(error))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(
    point: ListenPoint,
    surroundings: ConnectionSurroundings,
  ): Promise<WsTransport> {
    const timeouts = { headersTimeout: HANDSHAKE_MS, requestTimeout: HANDSHAKE_MS }
    const server = createServer(timeouts, (_request, response) => {
      // RFC 9110 §15.5.22: nothing is served here but the upgrade.
      response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
    })
    return new WsTransport(await listen(server, point), server, surroundings)
  }

  async close() {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.connections.closeAll()
    this.#server.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const remote = peerOf(request.socket)
    socket.on('error', () => {})
    if (!this.connections.admits(remote, 'refused')) {
      return refuse(socket, '503 Service Unavailable')
    }
    // RFC 7118 §4: the client must offer the subprotocol `sip`.
    if (!offersSip(request)) return refuse(socket, '400 Bad Request')
    if (!this.#mayConnect(request)) return refuse(socket, '403 Forbidden')
    this.#sockets.handleUpgrade(request, socket, head, webSocket => {
      const ends = { local: localTowards(this.point, remote.host), remote }
      this.connections.add(new WsConnection(webSocket, ends, this.connections.owner))
    })
  }

  /**
   * RFC 6455 §10.2: a browser says which page connects, so that one elsewhere does not call by the phone of who
   * looks at it. What is no browser says nothing, and could say anything.
   */
  #mayConnect({ headers: { origin } }: IncomingMessage): boolean {
    const { origins } = this.point
    return origins === undefined || origin === undefined || origins.includes(origin)
  }
}

const offersSip = ({ headers }: IncomingMessage): boolean =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .some(name => name.trim().toLowerCase() === SUBPROTOCOL)

function refuse(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
