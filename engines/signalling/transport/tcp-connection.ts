import type { Socket } from 'node:net'
import type { Timer } from '../scheduler.js'
import type { SipMessage } from '../sip/message.js'
import { StreamParser } from '../sip/parse.js'
import { serialise } from '../sip/serialise.js'
import type { Arrival, Endpoint } from './address.js'
import type { Connection, ConnectionOwner } from './connections.js'
import type { FlowWatcher } from './flow.js'

/** RFC 5626 §4.4.1: the answer to a double CRLF. */
const PONG = Buffer.from('\r\n')

/** Length of the longest keep-alive, a double CRLF. */
const PING_BYTES = 4

/**
 * One TCP connection with a peer, opened by either side and used both ways (RFC 3261 §18).
 *
 *   (connecting) ──► open ──end, error, deadline, backlog──► closed
 */
export class TcpConnection implements Connection {
  readonly protocol = 'tcp'
  readonly reliable = true
  readonly accepted: boolean
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #parser = new StreamParser()
  readonly #watchers = new Set<FlowWatcher>()
  #deadline: Timer | undefined
  #closed = false
  #error: Error | undefined

  constructor(
    socket: Socket,
    ends: { local: Endpoint; remote: Endpoint; accepted: boolean },
    owner: ConnectionOwner,
  ) {
    this.#socket = socket
    this.local = ends.local
    this.remote = ends.remote
    this.accepted = ends.accepted
    this.#owner = owner
    socket.setNoDelay(true)
    socket.setTimeout(owner.limits.idleMs, () => this.close())
    socket.on('data', chunk => this.#take(chunk))
    socket.on('error', error => {
      this.#error = error
    })
    socket.on('close', () => this.#ended())
    this.#startDeadline()
  }

  get closed(): boolean {
    return this.#closed
  }

  send(bytes: Buffer) {
    if (this.#closed) return
    this.#socket.write(bytes)
    if (bytes.length > PING_BYTES) this.#show('out', bytes)
    if (this.#socket.writableLength > this.#owner.limits.backlogBytes) this.close()
  }

  watch(watcher: FlowWatcher) {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: FlowWatcher) {
    this.#watchers.delete(watcher)
  }

  /** Drops the connection; what is queued for it is lost. */
  close() {
    this.#socket.destroy()
  }

  /** Lets what is queued go out, then closes. */
  closeAfterSending() {
    this.#socket.destroySoon()
  }

  #take(chunk: Buffer) {
    if (this.#owner.receiver.bars(this.remote)) return this.close()
    for (const event of this.#parser.push(chunk)) {
      if (event.kind === 'ping') {
        this.send(PONG)
        continue
      }
      if (event.kind === 'refused') {
        this.#owner.receiver.refused(event.error, this.#arrival(event.error.partial), this)
        if (event.closes) return this.closeAfterSending()
        continue
      }
      if (this.#owner.receiver.watch) this.#show('in', serialise(event))
      this.#owner.receiver.message(event, this.#arrival(event), this)
    }
    this.#watchMessage()
  }

  #show(direction: 'in' | 'out', bytes: Buffer) {
    const { local, remote, protocol } = this
    this.#owner.receiver.watch?.passed({ direction, protocol, local, remote, bytes })
  }

  /** A peer that begins a message must finish it in time, whatever it trickles. */
  #watchMessage() {
    if (this.#parser.isMidMessage) return this.#deadline ?? this.#startDeadline()
    this.#deadline?.stop()
    this.#deadline = undefined
  }

  #startDeadline() {
    const { scheduler, limits } = this.#owner
    this.#deadline = scheduler.after(limits.messageMs, () => this.close())
  }

  /** In a stream the size of a message is known by writing it again, which few want. */
  #arrival(message: SipMessage | undefined): Arrival {
    return {
      protocol: 'tcp',
      remote: this.remote,
      local: this.local,
      get bytes() {
        return message ? serialise(message).length : 0
      },
    }
  }

  #ended() {
    this.#closed = true
    this.#deadline?.stop()
    this.#owner.closed(this, this.#error)
    for (const watcher of [...this.#watchers]) watcher.unreachable()
  }
}
