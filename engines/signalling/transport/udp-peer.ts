import type { RemoteInfo, Socket } from 'node:dgram'
import { systemErrorCode } from '../../../platform/fault.js'
import type { Endpoint } from './address.js'
import type { Flow, FlowWatcher } from './flow.js'
import { makeUdpSocket, RECEIVE_BUFFER_BYTES } from './udp-socket.js'

/** Datagrams held while the socket opens, which takes no longer than a turn or two of the loop. */
const WAITING_MAX = 64

/** What a peer's socket needs of its transport. */
export interface UdpPeerOwner {
  readonly local: Endpoint
  received(bytes: Buffer, from: RemoteInfo): void
  failed(error: Error): void
  closed(): void
  /** What this socket itself sends. */
  sent(bytes: Buffer): void
  /** Sends by the shared socket, should this one not open. */
  instead(bytes: Buffer): void
}

/**
 * A UDP socket on our port that is connected to one peer, so that the kernel tells us when nobody
 * listens there. The kernel gives it that peer's datagrams; they are taken as any other.
 *
 *   opening ──► open ──► closed        opening ──bind or connect failed──► shared (sends `instead`)
 */
export class UdpPeer implements Flow {
  readonly protocol = 'udp'
  readonly reliable = false
  readonly accepted = false
  readonly opened = true
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #owner: UdpPeerOwner
  readonly #socket: Socket
  readonly #watchers = new Set<FlowWatcher>()
  #state: 'opening' | 'open' | 'shared' | 'closed' = 'opening'
  #waiting: Buffer[] = []

  constructor(point: Endpoint, remote: Endpoint, owner: UdpPeerOwner) {
    this.local = owner.local
    this.remote = remote
    this.#owner = owner
    this.#socket = makeUdpSocket(point.host, 'shareable')
    this.#socket.on('error', error => this.#failed(error))
    this.#socket.on('message', (bytes, from) => owner.received(bytes, from))
    this.#socket.bind(point.port, point.host, () => this.#connect())
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Whether nobody waits for anything from it. */
  get isIdle(): boolean {
    return this.#watchers.size === 0 && this.#waiting.length === 0
  }

  send(bytes: Buffer) {
    if (this.#state === 'opening') {
      if (this.#waiting.length < WAITING_MAX) this.#waiting.push(bytes)
      return
    }
    if (this.#state !== 'open') return this.#owner.instead(bytes)
    this.#owner.sent(bytes)
    this.#socket.send(bytes, error => {
      if (!error) return
      // A datagram that is too large says nothing of the peer.
      if (systemErrorCode(error) === 'EMSGSIZE') this.#owner.failed(error)
      else this.#failed(error)
    })
  }

  watch(watcher: FlowWatcher) {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: FlowWatcher) {
    this.#watchers.delete(watcher)
  }

  close() {
    if (this.#state === 'closed') return
    if (this.#state !== 'shared') this.#socket.close()
    this.#state = 'closed'
    this.#owner.closed()
  }

  #connect() {
    if (this.#state !== 'opening') return
    // With a callback, a failed connect comes here and not as an `error` event.
    this.#socket.connect(this.remote.port, this.remote.host, (error?: Error) => {
      if (error) return this.#failed(error)
      if (this.#state !== 'opening') return
      this.#state = 'open'
      this.#socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
      this.#flush()
    })
  }

  #failed(error: Error) {
    if (this.#state === 'closed') return
    this.#owner.failed(error)
    if (this.#state === 'opening') {
      this.#state = 'shared'
      this.#socket.close()
      this.#flush()
      return
    }
    for (const watcher of [...this.#watchers]) watcher.unreachable()
  }

  #flush() {
    const waiting = this.#waiting
    this.#waiting = []
    for (const bytes of waiting) this.send(bytes)
  }
}
