import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
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

/** Applications dialled at once: in outbound mode each call may have a connection of its own. */
const DIALLED_MAX = 4_096

/** Told the application that was dialled, or that there is none. */
type Reached = (connection: Connection | undefined) => void

/** Tags are routes that no verb is called like. */
const tagged = (tag: string): string => `tag:${tag}`

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
  readonly proxied: Proxied
  readonly #connections = new Set<Connection>()
  /** Those that we dialled, with who waits for them. */
  readonly #dialled = new Map<Connection, Reached>()
  #sweeping: Timer

  private constructor(options: ApplicationPortOptions) {
    this.#options = options
    this.proxied = new Proxied(options.tables, options.incoming)
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

  /** Gives the application that waits at an address of this machine, once it has authenticated. */
  dial(host: string, port: number, reached: Reached): void {
    if (this.#dialled.size >= DIALLED_MAX) {
      reached(undefined)
      return
    }
    const connection = new Connection(connect({ host, port }), this.#surroundings)
    this.#connections.add(connection)
    this.#dialled.set(connection, reached)
  }

  /** Whose turn it is of the applications that gave this tag. */
  withTag(tag: string): Connection | undefined {
    return this.#options.tables.routes.pick(tagged(tag))
  }

  trusted(connection: Connection, tags: readonly string[]): void {
    for (const tag of tags) this.#options.tables.routes.add(tagged(tag), connection)
    const reached = this.#dialled.get(connection)
    if (!reached) return
    this.#dialled.set(connection, () => undefined)
    reached(connection)
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
        this.proxied.proxy(connection, frame)
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
    this.#dialled.get(connection)?.(undefined)
    this.#dialled.delete(connection)
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
