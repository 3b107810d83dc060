import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { DEFAULT_LIMITS } from '../sip/parse.js'
import type { ListenPoint } from './address.js'
import { Admission } from './admission.js'
import { type ConnectionSurroundings, Connections, listen, peerOf } from './connections.js'
import { localTowards } from './local-host.js'
import type { TlsCredentials } from './tls-credentials.js'
import { WsConnection } from './ws-connection.js'

/** RFC 7118 §4: the name of the subprotocol. */
const SUBPROTOCOL = 'sip'

type Server = ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>

/** What a WebSocket listen point needs from outside. */
export interface WsSurroundings extends ConnectionSurroundings {
  /** Of the listen points of `wss`, which is WebSocket over TLS. */
  readonly credentials: TlsCredentials | undefined
}

/** SIP over WebSocket, as a server (RFC 7118): phones in web pages connect, nothing is dialled. */
export class WsTransport {
  readonly point: ListenPoint
  readonly connections: Connections
  readonly #server: Server
  readonly #credentials: TlsCredentials | undefined
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: DEFAULT_LIMITS.headBytes + DEFAULT_LIMITS.bodyBytes,
    handleProtocols: () => SUBPROTOCOL,
  })

  private constructor(point: ListenPoint, server: Server, surroundings: WsSurroundings) {
    this.point = point
    this.connections = new Connections(point, surroundings)
    this.#server = server
    this.#credentials = surroundings.credentials
    new Admission(point, surroundings).guard(server)
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('tlsClientError', (error, socket) => this.connections.handshakeFailed(error, socket))
    server.on('error', error => this.connections.failed(error))
  }

  /** Listens; rejects with the system's error when the port is taken. */
  static async open(point: ListenPoint, surroundings: WsSurroundings): Promise<WsTransport> {
    const server = makeServer(surroundings)
    return new WsTransport(await listen(server, point), server, surroundings)
  }

  async close() {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    if ('setSecureContext' in this.#server) this.#credentials?.release(this.#server)
    this.connections.closeAll()
    this.#server.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const remote = peerOf(request.socket)
    socket.on('error', () => {})
    // RFC 7118 §4: the client must offer the subprotocol `sip`.
    if (!offersSip(request)) return refuse(socket, '400 Bad Request')
    if (!this.#mayConnect(request)) return refuse(socket, '403 Forbidden')
    this.#sockets.handleUpgrade(request, socket, head, webSocket => {
      const protocol = this.#credentials ? 'wss' : 'ws'
      const ends = { protocol, local: localTowards(this.point, remote.host), remote } as const
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

/** A server that serves nothing but the upgrade, and closes who is slow to ask for it. */
function makeServer({ limits, credentials }: WsSurroundings): Server {
  const timeouts = { headersTimeout: limits.openMs, requestTimeout: limits.openMs }
  if (!credentials) return createServer(timeouts, wantUpgrade)
  const server = createSecureServer({ ...timeouts, handshakeTimeout: limits.openMs }, wantUpgrade)
  credentials.serve(server)
  return server
}

/** RFC 9110 §15.5.22. */
const wantUpgrade = (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
}

const offersSip = ({ headers }: IncomingMessage): boolean =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .some(name => name.trim().toLowerCase() === SUBPROTOCOL)

function refuse(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
