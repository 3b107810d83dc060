import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { type Later, nodeLater } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import type { ServerIdentity } from './certificate.js'
import { ControlConnection } from './control-connection.js'
import type { PortRange } from './data-port.js'
import type { ExchangeFolders } from './exchange-folders.js'
import { LogIns } from './log-ins.js'
import { FtpSession } from './session.js'

/** How long a client may take to log in, in ms, so that strangers hold no connection for long. */
const LOG_IN_MS = 30_000

export interface FtpServerOptions {
  readonly host: string
  readonly port: number
  readonly passivePorts: PortRange
  readonly connectionsMax: number
  readonly idleMs: number
  readonly identity: ServerIdentity
  readonly password: string
  readonly folders: ExchangeFolders
  readonly log: Logger
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  readonly later?: Later
}

/** The server from which billing fetches (docs/formats/exchange.md): FTP under TLS, one account. */
export class FtpServer {
  readonly #options: FtpServerOptions
  readonly #later: Later
  readonly #server: Server
  readonly #logIns: LogIns
  readonly #open = new Set<ControlConnection>()

  private constructor(options: FtpServerOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    this.#logIns = new LogIns(options.log, options.nowMs, this.#later)
    this.#server = createServer(socket => this.#take(socket))
  }

  /** Listens. Throws the system's error when it cannot. */
  static async listen(options: FtpServerOptions): Promise<FtpServer> {
    const ftp = new FtpServer(options)
    const { host, port } = options
    await new Promise<void>((resolve, reject) => {
      ftp.#server.once('error', reject)
      ftp.#server.listen({ host, port }, resolve)
    })
    return ftp
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' ? (address?.port ?? 0) : 0
  }

  /** Takes no more connections, and ends those there are; a transfer under way is broken off. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const connection of this.#open) connection.destroy()
    await closed
  }

  #take(socket: Socket): void {
    const { connectionsMax, idleMs, identity, log, ...rest } = this.#options
    if (this.#open.size >= connectionsMax) {
      socket.on('error', () => socket.destroy())
      socket.end('421 Too many connections; come again later.\r\n')
      return
    }
    // Tickets under a key of this connection's own: only its client can resume its session. Under TLS 1.2
    // curl resumes by session ids, which would need a cache here.
    const secureContext = createSecureContext({
      key: identity.key,
      cert: identity.certificate,
      minVersion: 'TLSv1.3',
      ticketKeys: randomBytes(48),
    })
    const connection: ControlConnection = new ControlConnection(socket, {
      idleMs,
      onLine: line => session.take(line),
      onEnd: () => {
        callOff()
        session.end()
        this.#open.delete(connection)
      },
    })
    const session = new FtpSession(connection, {
      ...rest,
      secureContext,
      logIns: this.#logIns,
      log,
    })
    const callOff = this.#later(() => {
      if (!session.loggedIn) connection.destroy()
    }, LOG_IN_MS)
    this.#open.add(connection)
    connection.send('220 CRS. AUTH TLS first.')
  }
}
