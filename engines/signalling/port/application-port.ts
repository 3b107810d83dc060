import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Scheduler, Timer } from '../scheduler.js'
import type { Endpoint } from '../transport/address.js'
import {
  Connection,
  type ConnectionListener,
  type ConnectionNotice,
  type ConnectionSurroundings,
} from './connection.js'
import { hangUp } from './hang-up.js'
import type { Incoming, PortTables } from './incoming.js'
import type { Outgoing } from './outgoing.js'
import { Proxied } from './proxied.js'
import type { AnswerFrame, AskFrame, ProxyFrame } from './request-frame.js'
import { SecretGate } from './secret-gate.js'

/** Applications are on this machine: the protocol is in clear, secret and all. */
export const APPLICATION_HOST = '127.0.0.1'

/** Connections at once, strangers among them; a network has a handful. */
const CONNECTIONS_MAX = 256

/** How often the tables are rid of what ended without a word. */
const SWEEP_EVERY_MS = 30_000

export interface ApplicationPortOptions {
  /** 0 picks a free port. */
  readonly port: number
  readonly secret: string
  readonly tables: PortTables
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  readonly scheduler: Scheduler
  monotonicMs(): number
  /** `protocol/host:port` of every SIP address, comma between. */
  advertised(): string
  noticed(event: ConnectionNotice | 'connection was not taken'): void
}

/** Where applications connect. Brings their frames to the two halves of the port and back. */
export class ApplicationPort implements ConnectionListener {
  readonly #options: ApplicationPortOptions
  readonly #surroundings: ConnectionSurroundings
  readonly #server: Server
  readonly #proxied: Proxied
  readonly #connections = new Set<Connection>()
  #sweeping: Timer

  private constructor(options: ApplicationPortOptions) {
    this.#options = options
    this.#proxied = new Proxied(options.tables, options.incoming)
    this.#surroundings = {
      gate: new SecretGate(options.secret, options.monotonicMs),
      scheduler: options.scheduler,
      listener: this,
      freshId: options.tables.freshId,
      advertised: options.advertised,
    }
    this.#server = createServer(socket => this.#connected(socket))
    this.#server.maxConnections = CONNECTIONS_MAX
    // A connection that could not be taken harms no other.
    this.#server.on('error', () => options.noticed('connection was not taken'))
    this.#sweeping = this.#sweepLater()
  }

  /** Listens, or rejects with the system's error. */
  static async open(options: ApplicationPortOptions): Promise<ApplicationPort> {
    const port = new ApplicationPort(options)
    port.#server.listen(options.port, APPLICATION_HOST)
    await once(port.#server, 'listening')
    return port
  }

  get listening(): Endpoint {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** Hangs up every call that applications hold, and tells them. Resolves when all are released. */
  async endCalls(): Promise<void> {
    const { owners } = this.#options.tables
    const releases = owners.dialogs().map(dialog => {
      const owner = owners.ownerOf(dialog)
      owners.release(dialog)
      return new Promise<void>(resolve => {
        const bye = hangUp(dialog, 'system shutdown', resolve)
        if (bye) this.#options.incoming.tellEnd(owner, dialog, bye)
        else resolve()
      })
    })
    await Promise.all(releases)
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.#sweeping.stop()
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const connection of this.#connections) connection.close()
    await closed
  }

  route(connection: Connection, verb: string): void {
    this.#options.tables.routes.add(verb, connection)
  }

  removeRoute(connection: Connection, verb: string): void {
    this.#options.tables.routes.remove(connection, verb)
  }

  sip(connection: Connection, frame: AnswerFrame | AskFrame | ProxyFrame): void {
    switch (frame.kind) {
      case 'answer':
        this.#options.incoming.answer(connection, frame)
        break
      case 'ask':
        this.#options.outgoing.ask(connection, frame)
        break
      case 'proxy':
        this.#proxied.proxy(connection, frame)
    }
  }

  /** Nobody can tell its calls' other sides what to do any more, so they are released at once. */
  lost(connection: Connection): void {
    const { tables, incoming, outgoing } = this.#options
    tables.routes.remove(connection)
    incoming.lost(connection)
    outgoing.lost(connection)
    for (const dialog of tables.owners.releaseAll(connection)) {
      hangUp(dialog, 'application lost', () => undefined)
    }
  }

  over(connection: Connection): void {
    this.#connections.delete(connection)
  }

  noticed(_connection: Connection, event: ConnectionNotice): void {
    this.#options.noticed(event)
  }

  #connected(socket: Socket): void {
    this.#connections.add(new Connection(socket, this.#surroundings))
  }

  #sweepLater(): Timer {
    return this.#options.scheduler.after(SWEEP_EVERY_MS, () => {
      this.#options.incoming.sweep()
      this.#options.tables.owners.sweep()
      this.#sweeping = this.#sweepLater()
    })
  }
}
