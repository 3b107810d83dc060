import { createHash, timingSafeEqual } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { HeaderField } from '../events/event-bus.js'
import { Conversation, type SocketSurroundings } from './conversation.js'
import type { Command } from './framing.js'
import { NOT_FOUND, type Reply, reply } from './replies.js'
import type { EventSocketUser, Permissions } from './users.js'

/** Where the inbound event socket listens and what opens it. */
export interface InboundOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  readonly password: string
  /** Those who may come by `userauth`; none unless given. */
  readonly users?: readonly EventSocketUser[] | undefined
}

/** Longest wait for the password (esl-protocol §8), ms. */
const AUTH_MS = 25_000

/** Wrong passwords from one address before it is locked out, and for how long, ms (faults XE1). */
const MOST_WRONG = 10
const LOCKED_MS = 60_000

/** Connections at once: applications of operators, not one a call. */
const MOST_CONNECTIONS = 64

const RUDE = 'Access Denied, go away.\n'

/** The event socket that applications open themselves. */
export class InboundSocket {
  readonly #server: Server
  readonly #conversations = new Set<Conversation>()
  readonly #wrong = new Map<string, { count: number; sinceMs: number }>()
  readonly #password: string
  readonly #users: readonly EventSocketUser[]
  readonly #around: SocketSurroundings

  /** Listens. Rejects when the address is taken. */
  static async open(options: InboundOptions, around: SocketSurroundings): Promise<InboundSocket> {
    const opened = new InboundSocket(options, around)
    await new Promise<void>((resolve, reject) => {
      opened.#server.once('error', reject)
      opened.#server.listen(options.port, options.host, () => resolve())
    })
    return opened
  }

  private constructor({ password, users = [] }: InboundOptions, around: SocketSurroundings) {
    this.#password = password
    this.#users = users
    this.#around = around
    this.#server = createServer(socket => this.#accept(socket))
    this.#server.maxConnections = MOST_CONNECTIONS
  }

  /** The port in use. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #accept(socket: Socket): void {
    const from = socket.remoteAddress ?? ''
    if (this.#isLocked(from)) {
      socket.end(`Content-Type: text/rude-rejection\nContent-Length: ${RUDE.length}\n\n${RUDE}`)
      socket.on('error', () => {})
      return
    }
    let authenticated = false
    const admit = (command: Command): Reply | undefined => {
      if (authenticated) return undefined
      if (command.word === 'exit') return undefined
      if (command.word !== 'auth' && command.word !== 'userauth') return NOT_FOUND
      const user = command.word === 'userauth' ? this.#userOf(command.rest) : undefined
      authenticated = user !== undefined || (command.word === 'auth' && this.#isOurs(command.rest))
      if (user) conversation.permissions = user.permissions
      if (authenticated) return accepted(user?.permissions)
      this.#countWrong(from)
      return reply('-ERR invalid', () => conversation.disconnect())
    }
    const conversation = new Conversation(socket, this.#around, undefined, admit)
    this.#conversations.add(conversation)
    const timer = this.#around.time.scheduler.after(AUTH_MS, () => {
      if (!authenticated) conversation.drop()
    })
    void conversation.over.then(() => {
      timer.stop()
      this.#conversations.delete(conversation)
    })
    conversation.send('Content-Type: auth/request\n\n')
  }

  #isOurs(given: string): boolean {
    return isSame(given.trim(), this.#password)
  }

  /** `user@domain:password`. Every user is looked at, whichever fits. */
  #userOf(given: string): EventSocketUser | undefined {
    const [, name = '', password = ''] = /^([^@:]+@[^@:]+):(.*)$/.exec(given.trim()) ?? []
    const [fitting] = this.#users.filter(user => {
      const fits = isSame(password, user.password)
      return isSame(name, user.name) && fits
    })
    return fitting
  }

  #countWrong(from: string): void {
    const { count } = this.#wrong.get(from) ?? { count: 0 }
    this.#wrong.set(from, { count: count + 1, sinceMs: this.#around.time.now() })
    this.#around.log.warn({ from, count: count + 1 }, 'a wrong event socket password was refused')
  }

  #isLocked(from: string): boolean {
    const wrong = this.#wrong.get(from)
    if (!wrong) return false
    if (this.#around.time.now() - wrong.sinceMs < LOCKED_MS) return wrong.count >= MOST_WRONG
    this.#wrong.delete(from)
    return false
  }

  /** Accepts nobody any more and says goodbye to those who are there. */
  async close(): Promise<void> {
    for (const conversation of this.#conversations) conversation.disconnect()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}

/** Takes the same time whatever was sent. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

/** The answer that lets in: of a user with what it may do. */
function accepted(permissions: Permissions | undefined): Reply {
  if (!permissions) return reply('+OK accepted')
  const { events = 'all', api = 'all', log } = permissions
  const headers: HeaderField[] = [
    ['Allowed-Events', events],
    ['Allowed-API', api],
    ['Allowed-LOG', String(log)],
  ]
  return { kind: 'reply', text: '+OK accepted', headers }
}
