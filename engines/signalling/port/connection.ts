import type { Socket } from 'node:net'
import type { Scheduler, Timer } from '../scheduler.js'
import { encodeFrame, FrameReader, PAYLOAD_BYTES_MAX } from './frame.js'
import { formatReplyFrame, type ReplyFrame } from './reply-frame.js'
import {
  type AnswerFrame,
  type AskFrame,
  type ProxyFrame,
  parseRequestFrame,
  type RequestFrame,
} from './request-frame.js'
import type { SecretGate } from './secret-gate.js'

/**
 * One application's connection.
 *
 *   stranger ──right secret──► trusted ──┐
 *      │                                 │
 *      └──wrong secret, any other frame──┴─unreadable frame, socket gone──► over
 *
 * A stranger may do nothing but authenticate, and soon. Frames are taken one at a time: while an
 * answer to `authenticate` is held back, what comes after it waits.
 */
export class Connection {
  readonly #socket: Socket
  readonly #surroundings: ConnectionSurroundings
  readonly #reader = new FrameReader(STRANGER_BYTES_MAX)
  readonly #inbox: string[] = []
  readonly #authenticateBy: Timer
  #state: 'stranger' | 'trusted' | 'over' = 'stranger'
  #heldBack = false

  constructor(socket: Socket, surroundings: ConnectionSurroundings) {
    this.#socket = socket
    this.#surroundings = surroundings
    const { scheduler } = surroundings
    this.#authenticateBy = scheduler.after(AUTHENTICATE_WITHIN_MS, () => this.#socket.destroy())
    socket.setNoDelay(true)
    socket.setKeepAlive(true)
    socket.on('data', chunk => this.#read(chunk))
    // «close» follows every error and tells the rest of the port.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#end()
      surroundings.listener.over(this)
    })
  }

  /** Sends a frame under a message id of its own; drops it when the application is gone. */
  send(frame: ReplyFrame): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    this.#gather()
    this.#socket.write(encodeFrame(formatReplyFrame(this.#surroundings.freshId(), frame)))
    if (this.#socket.writableLength > UNREAD_BYTES_MAX) {
      this.#surroundings.listener.noticed(this, 'application does not read')
      this.#socket.destroy()
    }
  }

  /** What one turn of the event loop has to say goes out in one write, which costs more than a frame. */
  #gather(): void {
    if (this.#socket.writableCorked > 0) return
    this.#socket.cork()
    setImmediate(() => this.#socket.uncork())
  }

  /** Ends the connection; what was sent is still delivered if the application reads on. */
  close(): void {
    this.#end()
    this.#socket.end()
    this.#surroundings.scheduler.after(LINGER_MS, () => this.#socket.destroy())
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'over') return
    const reading = this.#reader.read(chunk)
    if (reading.outcome !== 'payloads') {
      // As the reference server: no reply, for the stream has lost its step.
      this.#surroundings.listener.noticed(this, 'frame was malformed')
      this.close()
      return
    }
    this.#inbox.push(...reading.payloads)
    this.#takeInbox()
  }

  #takeInbox(): void {
    while (!this.#heldBack && this.#state !== 'over') {
      const payload = this.#inbox.shift()
      if (payload === undefined) return
      this.#take(parseRequestFrame(payload))
    }
  }

  #take(frame: RequestFrame): void {
    if (frame.kind === 'unreadable') this.#refuse(frame.id, frame.reason)
    else if (frame.kind === 'authenticate') this.#authenticate(frame)
    else if (this.#state !== 'trusted') this.#refuse(frame.id, 'not authenticated')
    else this.#serve(frame)
  }

  #serve(frame: ServedFrame): void {
    const { listener } = this.#surroundings
    switch (frame.kind) {
      case 'ping':
        this.#accept(frame.id, 'pong')
        break
      case 'route':
        listener.route(this, frame.verb)
        this.#accept(frame.id)
        break
      case 'remove_route':
        listener.removeRoute(this, frame.verb)
        this.#accept(frame.id)
        break
      default:
        listener.sip(this, frame)
    }
  }

  #authenticate({ id, secret, tags }: Authentication): void {
    const { gate, scheduler } = this.#surroundings
    const { right, delayMs } = gate.judge(this.#socket.remoteAddress ?? '', secret)
    if (delayMs === 0) {
      this.#judge(id, right, tags)
      return
    }
    this.#heldBack = true
    this.#socket.pause()
    scheduler.after(delayMs, () => {
      this.#heldBack = false
      if (this.#state === 'over') return
      this.#judge(id, right, tags)
      this.#socket.resume()
      this.#takeInbox()
    })
  }

  #judge(id: string, right: boolean, tags: readonly string[]): void {
    if (!right) {
      this.#surroundings.listener.noticed(this, 'application gave a wrong secret')
      this.#refuse(id, 'incorrect secret')
      return
    }
    this.#state = 'trusted'
    this.#reader.limitTo(PAYLOAD_BYTES_MAX)
    this.#authenticateBy.stop()
    const { advertised, listener } = this.#surroundings
    this.#accept(id, advertised(), SERVER_VERSION, advertised())
    listener.trusted(this, tags)
  }

  #accept(to: string, ...fields: string[]): void {
    this.send({ kind: 'ok', to, fields })
  }

  #refuse(to: string, reason: string): void {
    this.send({ kind: 'refused', to, word: 'NO', reason })
    this.close()
  }

  #end(): void {
    if (this.#state === 'over') return
    const trusted = this.#state === 'trusted'
    this.#state = 'over'
    this.#authenticateBy.stop()
    if (trusted) this.#surroundings.listener.lost(this)
  }
}

type Authentication = Extract<RequestFrame, { kind: 'authenticate' }>

/** What only a trusted application may send. */
type ServedFrame = Exclude<RequestFrame, { kind: 'unreadable' | 'authenticate' }>

/** drachtio-srf sends pings to a server of `v0.8.2` or later, and parses only this form. */
const SERVER_VERSION = 'v1.0.0'

/** Longest payload of a stranger: a secret and a few tags. */
const STRANGER_BYTES_MAX = 4_096

/** A stranger that says nothing holds a socket no longer than this. */
const AUTHENTICATE_WITHIN_MS = 10_000

/** How long a connection we ended may take to be ended by the other side too. */
const LINGER_MS = 1_000

/** Bytes that may wait for an application that does not read; beyond, it counts as lost. */
const UNREAD_BYTES_MAX = 16 * 1_048_576

/** Whom a connection tells what its application wants. */
export interface ConnectionListener {
  /** An application was let in, and gave these tags. */
  trusted(connection: Connection, tags: readonly string[]): void
  route(connection: Connection, verb: string): void
  removeRoute(connection: Connection, verb: string): void
  sip(connection: Connection, frame: AnswerFrame | AskFrame | ProxyFrame): void
  /** A trusted application is gone. Told once; never for a stranger. */
  lost(connection: Connection): void
  /** The socket is gone, of whomever. Told once, and last. */
  over(connection: Connection): void
  /** Something worth a line in the log. */
  noticed(connection: Connection, event: ConnectionNotice): void
}

export type ConnectionNotice =
  | 'application gave a wrong secret'
  | 'application does not read'
  | 'frame was malformed'

/** What all connections share. */
export interface ConnectionSurroundings {
  readonly gate: SecretGate
  readonly scheduler: Scheduler
  readonly listener: ConnectionListener
  /** A fresh message id. */
  freshId(): string
  /** `protocol/host:port` of every SIP address, comma between. */
  advertised(): string
}
