import type { RemoteInfo, Socket } from 'node:dgram'
import { systemErrorCode } from '../../../platform/fault.js'
import { isKeepAlive, ParseError, parseMessage } from '../sip/parse.js'
import type { Endpoint, ListenPoint } from './address.js'
import type { Flow, FlowWatcher, Receiver } from './flow.js'
import { localTowards } from './local-host.js'
import { UdpPeer } from './udp-peer.js'
import { bindUdp, RECEIVE_BUFFER_BYTES } from './udp-socket.js'

/** Sockets for single peers, at most; see `requestFlow`. The kernel searches them one by one. */
const PEERS_MAX = 32

/** SIP over one UDP socket (RFC 3261 §18). */
export class UdpTransport {
  readonly point: ListenPoint
  readonly #receiver: Receiver
  readonly #socket: Socket
  readonly #peers = new Map<string, UdpPeer>()

  private constructor(point: ListenPoint, socket: Socket, receiver: Receiver) {
    this.point = point
    this.#socket = socket
    this.#receiver = receiver
    socket.on('message', (bytes, from) => this.#take(bytes, from))
    // Errors of single datagrams come back in the callback of `send`; the socket itself lives on.
    socket.on('error', error => this.#noticed(error, point))
  }

  /** Binds the listen point; rejects with the system's error when it is taken. */
  static async open(point: ListenPoint, receiver: Receiver): Promise<UdpTransport> {
    // Sockets for single peers share this port, so it is bound as shareable; but a port that another
    // program holds as shareable must count as taken: a plain bind finds out.
    const probe = await bindUdp(point, 'exclusive')
    const { port } = probe.address()
    await new Promise<void>(resolve => probe.close(() => resolve()))
    const socket = await bindUdp({ ...point, port }, 'shareable')
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
    return new UdpTransport({ ...point, port }, socket, receiver)
  }

  /** The way back to where a datagram came from, or should be answered. */
  replyFlow(remote: Endpoint): Flow {
    return new UdpReply(this, remote)
  }

  /**
   * The way to a peer that we ask something of. A socket connected to it hears of «port unreachable»
   * (RFC 1122 §4.1.3.3), which the shared socket does not, so that a peer that is gone is known
   * at once. When there are many peers, the later ones do without.
   */
  requestFlow(remote: Endpoint): Flow {
    const key = `${remote.host}|${remote.port}`
    const known = this.#peers.get(key)
    if (known) return known
    if (this.#peers.size >= PEERS_MAX) this.#dropIdlePeers()
    if (this.#peers.size >= PEERS_MAX) return this.replyFlow(remote)
    const peer = new UdpPeer(this.point, remote, {
      local: localTowards(this.point, remote.host),
      received: (bytes, from) => this.#take(bytes, from),
      failed: error => this.#noticed(error, remote),
      closed: () => this.#peers.delete(key),
      instead: bytes => this.send(bytes, remote),
      sent: bytes => this.#show('out', bytes, remote),
    })
    this.#peers.set(key, peer)
    return peer
  }

  /** Sends from the shared socket; what fails is noticed and lost, as datagrams are. */
  send(bytes: Buffer, remote: Endpoint) {
    this.#show('out', bytes, remote)
    try {
      this.#socket.send(bytes, remote.port, remote.host, error => {
        if (error) this.#noticed(error, remote)
      })
    } catch (error) {
      this.#noticed(error, remote)
    }
  }

  async close() {
    for (const peer of this.#peers.values()) peer.close()
    await new Promise<void>(resolve => this.#socket.close(() => resolve()))
  }

  #take(bytes: Buffer, from: RemoteInfo) {
    // RFC 5626 §4.4.2 has STUN for UDP; phones that send line breaks want no answer.
    if (isKeepAlive(bytes) || this.#receiver.bars({ host: from.address, port: from.port })) return
    const remote = { host: from.address, port: from.port }
    const local = localTowards(this.point, from.address)
    const arrival = { protocol: 'udp', remote, local, bytes: bytes.length } as const
    const flow = new UdpReply(this, remote)
    this.#show('in', bytes, remote)
    try {
      const message = parseMessage(bytes)
      this.#receiver.message(message, arrival, flow)
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      this.#receiver.refused(error, arrival, flow)
    }
  }

  #show(direction: 'in' | 'out', bytes: Buffer, remote: Endpoint) {
    const { watch } = this.#receiver
    if (!watch) return
    const local = localTowards(this.point, remote.host)
    watch.passed({ direction, protocol: 'udp', local, remote, bytes })
  }

  #noticed(error: unknown, remote: Endpoint) {
    const detail = error instanceof Error ? error.message : String(error)
    const refused = systemErrorCode(error) === 'ECONNREFUSED'
    const event = refused ? 'connection_refused' : 'send_failed'
    this.#receiver.noticed({ event, detail, protocol: 'udp', remote })
  }

  #dropIdlePeers() {
    for (const peer of this.#peers.values()) if (peer.isIdle) peer.close()
  }
}

/** The same peer at another of its ports, from the same socket of ours. */
export function atPort(flow: Flow, port: number): Flow {
  if (!(flow instanceof UdpReply) || flow.remote.port === port) return flow
  return flow.atPort(port)
}

/** A peer's address, seen from the shared socket. It hears of no failure. */
class UdpReply implements Flow {
  readonly protocol = 'udp'
  readonly reliable = false
  readonly accepted = true
  readonly opened = true
  readonly closed = false
  readonly remote: Endpoint
  readonly #transport: UdpTransport

  constructor(transport: UdpTransport, remote: Endpoint) {
    this.#transport = transport
    this.remote = remote
  }

  get local(): Endpoint {
    return localTowards(this.#transport.point, this.remote.host)
  }

  send(bytes: Buffer) {
    this.#transport.send(bytes, this.remote)
  }

  atPort(port: number): UdpReply {
    return new UdpReply(this.#transport, { host: this.remote.host, port })
  }

  watch(_watcher: FlowWatcher) {}

  unwatch(_watcher: FlowWatcher) {}
}
