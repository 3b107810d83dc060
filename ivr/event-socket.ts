import { createServer, type Server, type Socket } from 'node:net'
import esl, { type Connection, type Event } from 'modesl'
import { CALL_SESSION_HEADER } from '../domain/call-session.js'
import { LANGUAGE_HEADER } from '../domain/switch-assertion.js'
import type { ClipFile } from '../guidance-audio/phrase.js'
import type { Logger } from '../platform/log.js'
import type { Channel, Gone } from './channel.js'
import { type ClipPath, promptOf, quoted, SILENT_PROMPT } from './clip-prompt.js'
import { type Key, parseKey } from './dialogue.js'
import { GuardedSocket } from './guarded-socket.js'

export interface EventSocketOptions {
  readonly address: string
  readonly port: number
  /** Where the clips lie that a call hears which begins now. */
  readonly clipPaths: () => ClipPath
  /** Most calls at once; one more is not taken, and the media engine ends it unanswered. */
  readonly callsMax: number
}

/** Longest wait for a new connection to say which call it is about, in ms. */
const HANDSHAKE_MS = 5_000

/** Longest time from a hang-up to the end of the connection, in ms. */
const FAREWELL_MS = 2_000

/** Longest that one application may run; far longer than any prompt and wait of ours, in ms. */
const APPLICATION_MS = 180_000

/** Holds the one key that is being read, and is unset at once (architecture, point 8). */
const KEY_VARIABLE = 'd'

/** Set before the answer: no key in events and logs, and no key cuts what is played to the end. */
const BEFORE_ANSWER = ['sensitive_dtmf=true', 'playback_terminators=none']

/**
 * Where the media engine hands over its calls: it connects (FreeSWITCH's outbound event socket,
 * esl-protocol §2), and each connection is one call. The only file that knows modesl.
 */
export class EventSocket {
  readonly #server: Server
  readonly #calls = new Set<EslChannel>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens. `onCall` is told of each call once its channel can be used. */
  static async listen(
    options: EventSocketOptions,
    log: Logger,
    onCall: (channel: Channel) => void,
  ): Promise<EventSocket> {
    const server = createServer({ noDelay: true })
    const eventSocket = new EventSocket(server)
    server.on('connection', socket => {
      if (eventSocket.#calls.size < options.callsMax) {
        eventSocket.#take(new EslChannel(socket, options.clipPaths(), log, onCall))
      } else {
        log.warn({ callsMax: options.callsMax }, 'call refused: too many at once')
        socket.destroy()
      }
    })
    await listening(server, options)
    server.on('error', err => log.error({ err }, 'event socket failed'))
    return eventSocket
  }

  /** `host:port` that it listens on. */
  get address(): string {
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') return ''
    return bound.family === 'IPv6'
      ? `[${bound.address}]:${bound.port}`
      : `${bound.address}:${bound.port}`
  }

  /** Takes no new call. */
  stop(): void {
    this.#server.close()
  }

  /** Takes no new call, and breaks those that are left. */
  close(): void {
    this.stop()
    for (const call of this.#calls) call.lose()
  }

  #take(channel: EslChannel): void {
    this.#calls.add(channel)
    channel.onGone(() => this.#calls.delete(channel))
  }
}

const listening = (server: Server, { address, port }: EventSocketOptions) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** One call's channel over one connection. */
class EslChannel implements Channel {
  readonly #socket: Socket
  readonly #connection: Connection
  readonly #pathOf: ClipPath
  readonly #log: Logger
  readonly #listeners: ((why: Gone) => void)[] = []
  /** Those who wait for an application to complete. */
  readonly #waiting = new Set<(completed: undefined) => void>()
  #gone: Gone | undefined

  constructor(socket: Socket, pathOf: ClipPath, log: Logger, onCall: (channel: Channel) => void) {
    this.#socket = socket
    this.#pathOf = pathOf
    this.#log = log
    socket.setNoDelay(true)
    // A reset connection is followed by `close`, which says all there is to say.
    socket.on('error', () => {})
    socket.once('close', () => this.#over('link_lost'))
    const handshake = setTimeout(() => this.#unreadable('no handshake'), HANDSHAKE_MS)
    socket.once('close', () => clearTimeout(handshake))
    this.#connection = this.#connect(() => {
      clearTimeout(handshake)
      if (this.#gone === undefined) onCall(this)
    })
  }

  /**
   * modesl sends `connect`, then `event`. `myevents` goes out between them, so that not a single event
   * of another channel is sent here. All three are answered before anything is executed: modesl
   * mistakes the reply to an execution for that to a command that waits.
   */
  #connect(ready: () => void): Connection {
    const guarded = new GuardedSocket(this.#socket, error => {
      this.#unreadable(`message not read: ${error instanceof Error ? error.name : 'no error'}`)
    })
    const connection = new esl.Connection(guarded, () => {
      const id = connection.getInfo()?.getHeader('Unique-ID')
      if (!id) return this.#unreadable('no channel')
      connection.on(`esl::event::CHANNEL_HANGUP::${id}`, () => this.#over('hung_up'))
      ready()
    })
    connection.on('error', () => this.#unreadable('message not read'))
    connection.on('esl::event::disconnect::notice', () => this.#over('hung_up'))
    connection.on('esl::event::command::reply', reply => this.#replied(reply))
    connection.sendRecv('myevents json', () => {})
    return connection
  }

  get callSession(): string | undefined {
    return this.#header(CALL_SESSION_HEADER)
  }

  get dialled(): string | undefined {
    return this.#connection.getInfo()?.getHeader('Caller-Destination-Number') ?? undefined
  }

  get language(): string | undefined {
    return this.#header(LANGUAGE_HEADER)
  }

  async answer(): Promise<'answered' | 'gone'> {
    for (const variable of BEFORE_ANSWER) await this.#execute('set', variable)
    return (await this.#execute('answer')) ? 'answered' : 'gone'
  }

  async play(clips: readonly ClipFile[]): Promise<'played' | 'gone'> {
    const completed = await this.#execute('playback', promptOf(this.#pathOf, clips))
    if (!completed) return 'gone'
    if (completed.getHeader('Application-Response') === 'FILE NOT FOUND') {
      this.#log.error({ clips }, 'clip not found')
    }
    return 'played'
  }

  /**
   * One digit at most and at least, one try, no terminator, so that `#` and `*` are keys like the others
   * (esl-protocol §11). Nothing is played after a silence but the shortest one.
   */
  async readKey(clips: readonly ClipFile[], waitMs: number): Promise<Key | undefined | 'gone'> {
    const prompt = quoted(promptOf(this.#pathOf, clips))
    const wait = Math.max(1, Math.ceil(waitMs))
    const completed = await this.#execute(
      'play_and_get_digits',
      `1 1 1 ${wait} none ${prompt} ${SILENT_PROMPT} ${KEY_VARIABLE}`,
    )
    if (!completed) return 'gone'
    const text = completed.getHeader(`variable_${KEY_VARIABLE}`)
    if (text === null) return undefined
    if (!(await this.#execute('unset', KEY_VARIABLE))) return 'gone'
    return parseKey(text)
  }

  async flushKeys(): Promise<void> {
    await this.#execute('flush_dtmf')
  }

  hangup(): Promise<void> {
    return this.#end('NORMAL_CLEARING')
  }

  refuse(): Promise<void> {
    return this.#end('CALL_REJECTED')
  }

  onGone(listener: (why: Gone) => void): void {
    if (this.#gone) listener(this.#gone)
    else this.#listeners.push(listener)
  }

  /** Breaks the connection; the media engine then ends the call. */
  lose(): void {
    this.#socket.destroy()
    this.#over('link_lost')
  }

  /** A header of the INVITE that begins with `X-`. */
  #header(name: string): string | undefined {
    return this.#connection.getInfo()?.getHeader(`variable_sip_h_${name}`) ?? undefined
  }

  async #end(cause: string): Promise<void> {
    const over = new Promise<void>(resolve => this.onGone(() => resolve()))
    if (this.#gone === undefined) this.#connection.execute('hangup', cause, () => {})
    const giveUp = setTimeout(() => this.lose(), FAREWELL_MS)
    await over
    clearTimeout(giveUp)
  }

  /** Runs an application to its end; `undefined` when the call is over first. */
  #execute(application: string, argument = ''): Promise<Event | undefined> {
    if (this.#gone !== undefined) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const settle = (completed: Event | undefined) => {
        clearTimeout(tooLong)
        this.#waiting.delete(settle)
        resolve(this.#gone === undefined ? completed : undefined)
      }
      const tooLong = setTimeout(() => this.#unreadable('application did not end'), APPLICATION_MS)
      this.#waiting.add(settle)
      this.#connection.execute(application, argument, settle)
    })
  }

  /** An application that was refused will never complete. */
  #replied(reply: Event): void {
    const refused = reply.getHeader('Reply-Text')?.startsWith('-ERR')
    if (refused && this.#waiting.size > 0) this.#unreadable('command refused')
  }

  /** What was received is not logged: it may hold a key. */
  #unreadable(why: string): void {
    if (this.#gone !== undefined) return
    this.#log.warn({ why }, 'event socket connection broken')
    this.lose()
  }

  #over(why: Gone): void {
    if (this.#gone !== undefined) return
    this.#gone = why
    this.#socket.end()
    const farewell = setTimeout(() => this.#socket.destroy(), FAREWELL_MS)
    this.#socket.once('close', () => clearTimeout(farewell))
    for (const settle of [...this.#waiting]) settle(undefined)
    for (const listener of this.#listeners.splice(0)) listener(why)
  }
}
