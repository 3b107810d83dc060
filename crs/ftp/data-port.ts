import { createServer, type Server, type Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { systemErrorCode } from '../../platform/fault.js'
import { handshake, withoutMapping } from './control-connection.js'

/** Ports that files may go over, both ends included; 0 is any that is free. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** How long a client may take to connect to a port that it asked for, in ms. */
const CONNECT_MS = 10_000

/** A port that waits for one connection from one client (RFC 959 §3.3, RFC 2428 §3). */
export class DataPort {
  readonly port: number
  readonly #server: Server
  readonly #connected: Promise<Socket | undefined>

  private constructor(server: Server, port: number, peer: string) {
    this.#server = server
    this.port = port
    this.#connected = new Promise(resolve => {
      const timer = setTimeout(() => resolve(undefined), CONNECT_MS)
      server.on('connection', socket => {
        // Nobody but the client of the commands: RFC 2577 §5 on stolen connections.
        if (withoutMapping(socket.remoteAddress) !== peer) return void socket.destroy()
        socket.on('error', () => socket.destroy())
        server.close()
        clearTimeout(timer)
        resolve(socket)
      })
      server.once('close', () => {
        clearTimeout(timer)
        resolve(undefined)
      })
    })
    // One that is never asked for is closed with its port.
    void this.#connected.then(() => server.close())
  }

  /** Opens a port for a client; `undefined` when all are taken. */
  static async open(host: string, range: PortRange, peer: string): Promise<DataPort | undefined> {
    for (let port = range.first; port <= range.last; port++) {
      const server = createServer({ pauseOnConnect: true })
      const opened = await listen(server, host, port)
      if (opened !== undefined) return new DataPort(server, opened, peer)
    }
    return undefined
  }

  /**
   * The connection, under TLS; `undefined` when none came about. It must resume the session of the
   * commands' connection: who has not that session's ticket, cannot slip in and fetch the file.
   */
  async secured(secureContext: SecureContext): Promise<TLSSocket | undefined> {
    const socket = await this.#connected
    if (!socket || socket.destroyed) return undefined
    const secured = new TLSSocket(socket, { isServer: true, secureContext })
    secured.on('error', () => secured.destroy())
    if ((await handshake(secured)) && secured.isSessionReused()) return secured
    socket.destroy()
    return undefined
  }

  /** Ends the port and a connection that nobody took. */
  close(): void {
    this.#server.close()
    void this.#connected.then(socket => socket?.destroy())
  }
}

function listen(server: Server, host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      if (systemErrorCode(error) === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ host, port, backlog: 4 }, () => {
      const address = server.address()
      resolve(typeof address === 'object' ? address?.port : undefined)
    })
  })
}
