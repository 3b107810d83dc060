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

/** Where a connection leads, and how it began. */
export interface StreamEnds {
  readonly protocol: 'tcp' | 'tls'
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly accepted: boolean
  /** The event by which a connection of ours says that it is open; absent once it is. */
  readonly opensBy?: 'connect' | 'secureConnect'
}

/**
 * One TCP or TLS connection with a peer, opened by either side and used both ways (RFC 3261 §18). Nothing is
 * written to a peer before it has proved who it is.
 *
 *   opening ──► open ──end, error, deadline, backlog──► closed
 */
export class StreamConnection implements Connection {
  readonly protocol: 'tcp' | 'tls'
  readonly reliable = true
  readonly accepted: boolean
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #parser = new StreamParser()
  readonly #watchers = new Set<FlowWatcher>()
  /** What waits for it to open. */
  #held: Buffer[] | undefined
  #heldBytes = 0
  #inMessage = false
  #deadline: Timer | undefined
  #closed = false
  #error: Error | undefined

  constructor(socket: Socket, ends: StreamEnds, owner: ConnectionOwner) {
    this.#socket = socket
    this.protocol = ends.protocol
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
    const { limits } = owner
    this.#closeAfter(ends.opensBy ? limits.openMs : limits.firstMs)
    if (ends.opensBy === undefined) return
    this.#held = []
    socket.once(ends.opensBy, () => this.#open())
  }

  get opened(): boolean {
    return this.#held === undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  send(bytes: Buffer) {
    if (this.#closed) return
    if (this.#held) {
      this.#held.push(bytes)
      this.#heldBytes += bytes.length
    } else this.#write(bytes)
    const waiting = this.#heldBytes + this.#socket.writableLength
    if (waiting > this.#owner.limits.backlogBytes) this.close()
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

  /** Lets what is queued go out, then closes; a peer that takes nothing is not waited for. */
  closeAfterSending() {
    this.#socket.destroySoon()
    this.#closeAfter(this.#owner.limits.messageMs)
  }

  #open() {
    const held = this.#held ?? []
    this.#held = undefined
    this.#heldBytes = 0
    this.#closeAfter(this.#owner.limits.firstMs)
    for (const bytes of held) this.#write(bytes)
  }

  #write(bytes: Buffer) {
    this.#socket.write(bytes)
    if (bytes.length > PING_BYTES) this.#show('out', bytes)
  }

  #take(chunk: Buffer) {
    if (this.#owner.receiver.bars(this.remote)) return this.close()
    const events = this.#parser.push(chunk)
    for (const event of events) {
      // What one message brought about counts for those behind it.
      if (this.#owner.receiver.bars(this.remote)) return this.close()
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
    this.#watchMessage(events.length > 0)
  }

  #show(direction: 'in' | 'out', bytes: Buffer) {
    const { local, remote, protocol } = this
    this.#owner.receiver.watch?.passed({ direction, protocol, local, remote, bytes })
  }

  /** A peer that begins a message must finish it in time, whatever it trickles; behind another it is a new one. */
  #watchMessage(finished: boolean) {
    if (this.#parser.isMidMessage) {
      if (this.#inMessage && !finished) return
      this.#inMessage = true
      return this.#closeAfter(this.#owner.limits.messageMs)
    }
    this.#inMessage = false
    this.#deadline?.stop()
    this.#deadline = undefined
  }

  #closeAfter(ms: number) {
    this.#deadline?.stop()
    this.#deadline = this.#owner.scheduler.after(ms, () => this.close())
  }

  /** In a stream the size of a message is known by writing it again, which few want. */
  #arrival(message: SipMessage | undefined): Arrival {
    return {
      protocol: this.protocol,
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
