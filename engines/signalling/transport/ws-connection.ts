import { isUtf8 } from 'node:buffer'
import { WebSocket } from 'ws'
import type { Timer } from '../scheduler.js'
import { isKeepAlive, ParseError, parseMessage } from '../sip/parse.js'
import type { Endpoint } from './address.js'
import type { Connection, ConnectionOwner } from './connections.js'
import type { FlowWatcher } from './flow.js'

/** RFC 5626 §4.4.1: a double CRLF, and its answer. */
const PING = '\r\n\r\n'
const PONG = Buffer.from('\r\n')

/**
 * One WebSocket connection, opened by the peer (RFC 7118). Each WebSocket message holds one SIP message.
 *
 *   open ──close, error, missed pong, silence, backlog──► closed
 */
export class WsConnection implements Connection {
  readonly protocol: 'ws' | 'wss'
  readonly reliable = true
  readonly accepted = true
  readonly opened = true
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #socket: WebSocket
  readonly #owner: ConnectionOwner
  readonly #watchers = new Set<FlowWatcher>()
  #heard = true
  #spoken = false
  #timer: Timer
  #closed = false
  #error: Error | undefined

  constructor(
    socket: WebSocket,
    ends: { protocol: 'ws' | 'wss'; local: Endpoint; remote: Endpoint },
    owner: ConnectionOwner,
  ) {
    this.#socket = socket
    this.protocol = ends.protocol
    this.local = ends.local
    this.remote = ends.remote
    this.#owner = owner
    socket.on('message', bytes => this.#take(Buffer.isBuffer(bytes) ? bytes : Buffer.from([])))
    socket.on('pong', () => {
      this.#heard = true
    })
    socket.on('error', error => {
      this.#error = error
    })
    socket.on('close', () => this.#ended())
    this.#timer = owner.scheduler.after(owner.limits.firstMs, () => this.#expectFirst())
  }

  get closed(): boolean {
    return this.#closed
  }

  send(bytes: Buffer) {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    // RFC 7118 §5: text or binary, both are understood; text must be UTF-8 (RFC 6455 §5.6).
    this.#socket.send(bytes, { binary: !isUtf8(bytes) })
    if (bytes.length > PING.length) this.#show('out', bytes)
    if (this.#socket.bufferedAmount > this.#owner.limits.backlogBytes) this.close()
  }

  watch(watcher: FlowWatcher) {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: FlowWatcher) {
    this.#watchers.delete(watcher)
  }

  /** Drops the connection at once. */
  close() {
    this.#socket.terminate()
  }

  #take(bytes: Buffer) {
    if (this.#owner.receiver.bars(this.remote)) return this.close()
    this.#heard = true
    this.#spoken = true
    if (isKeepAlive(bytes)) {
      if (bytes.toString('latin1') === PING) this.send(PONG)
      return
    }
    this.#show('in', bytes)
    const { protocol, local, remote } = this
    const arrival = { protocol, remote, local, bytes: bytes.length }
    try {
      this.#owner.receiver.message(parseMessage(bytes), arrival, this)
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      this.#owner.receiver.refused(error, arrival, this)
    }
  }

  #show(direction: 'in' | 'out', bytes: Buffer) {
    const { local, remote, protocol } = this
    this.#owner.receiver.watch?.passed({ direction, protocol, local, remote, bytes })
  }

  #expectFirst() {
    if (!this.#spoken) return this.close()
    this.#ping()
  }

  /** A peer whose network went away never says so: it is found by a pong that does not come. */
  #ping() {
    if (!this.#heard) return this.close()
    this.#heard = false
    this.#socket.ping()
    const { scheduler, limits } = this.#owner
    this.#timer = scheduler.after(limits.pingMs, () => this.#ping())
  }

  #ended() {
    this.#closed = true
    this.#timer.stop()
    this.#owner.closed(this, this.#error)
    for (const watcher of [...this.#watchers]) watcher.unreachable()
  }
}
