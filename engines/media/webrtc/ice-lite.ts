import { randomBytes } from 'node:crypto'
import type { RemoteInfo, Socket } from 'node:dgram'
import type { Endpoint } from '../../signalling/transport/address.js'
import { canonicalAddress } from '../rtp/latch.js'
import type { PortRange } from '../rtp/port-range.js'
import { bindFreePort } from '../rtp/udp-port.js'
import { bindingSuccess, type IceCredentials, readBindingRequest, roleConflict } from './stun.js'

/** An address of ours that a browser may send to. */
export interface Candidate extends Endpoint {
  /** RFC 8445 §5.1.2: the higher, the rather. */
  readonly priority: number
}

/** What the ways of a call are made of. */
export interface IceSurroundings {
  /** Addresses to be reached at, the preferred first. */
  readonly addresses: readonly string[]
  readonly ports: PortRange
  /** Whether an address may send to us at all. */
  readonly admitted: (address: string) => boolean
}

/** What a call's ways tell. */
export interface IceListener {
  /** The browser has found a way: packets can leave. Told once. */
  connected(): void
  /** Something that is no check, from an endpoint that proved itself by one. */
  datagram(datagram: Buffer): void
  /** Something came from elsewhere. */
  refused(): void
}

/** A socket of ours and an endpoint of the browser's. */
interface Way {
  readonly socket: Socket
  readonly remote: Endpoint
}

/** Endpoints a browser has, at most, on one candidate of ours: its addresses, and those a router gave them. */
const MOST_WAYS = 64

/** RFC 8445 §5.3: at least 24 and 128 random bits. */
const UFRAG_BYTES = 6
const PASSWORD_BYTES = 24

/**
 * The lite side of ICE (RFC 8445 §2.5): the browser finds the way by checks, of which each proves that its sender
 * knows this call's session description; we answer them and ask nobody, no STUN server and no name either.
 *
 *   waiting ──check that nominates──► connected ──check that nominates another way──► connected by that
 */
export class IceLite {
  readonly credentials: IceCredentials = {
    ufrag: randomBytes(UFRAG_BYTES).toString('hex'),
    password: randomBytes(PASSWORD_BYTES).toString('base64').replaceAll('=', ''),
  }
  readonly candidates: readonly Candidate[]
  readonly #around: IceSurroundings
  readonly #sockets: ReadonlyMap<number, Socket>
  readonly #proven = new Map<string, Way>()
  #selected: Way | undefined
  #listener: IceListener | undefined
  #closed = false

  /** Opens a port at each address that has one; `undefined` when none has. */
  static async open(around: IceSurroundings): Promise<IceLite | undefined> {
    const candidates: Candidate[] = []
    const sockets = new Map<number, Socket>()
    for (const [at, host] of around.addresses.entries()) {
      // An address may have gone since it was looked up: then it is none.
      const bound = await bindFreePort(host, around.ports).catch(() => undefined)
      if (!bound) continue
      sockets.set(bound.port, bound.socket)
      candidates.push({ host, port: bound.port, priority: priorityOf(at) })
    }
    return candidates.length === 0 ? undefined : new IceLite(around, candidates, sockets)
  }

  private constructor(
    around: IceSurroundings,
    candidates: readonly Candidate[],
    sockets: ReadonlyMap<number, Socket>,
  ) {
    this.#around = around
    this.candidates = candidates
    this.#sockets = sockets
    for (const socket of sockets.values()) {
      socket.on('message', (datagram, from) => this.#receive(socket, datagram, from))
    }
  }

  listen(listener: IceListener): void {
    this.#listener = listener
  }

  /** Whether the browser has found a way. */
  get connected(): boolean {
    return this.#selected !== undefined
  }

  /** Sends by the way that the browser chose; whether there is one. */
  send(datagram: Buffer): boolean {
    if (!this.#selected || this.#closed) return false
    const { socket, remote } = this.#selected
    socket.send(datagram, remote.port, remote.host)
    return true
  }

  #receive(socket: Socket, datagram: Buffer, { address, port }: RemoteInfo): void {
    const remote = { host: canonicalAddress(address), port }
    const name = `${socket.address().port} ${remote.host} ${port}`
    if (this.#closed || !this.#around.admitted(remote.host)) this.#listener?.refused()
    // RFC 7983 §7: STUN begins with 0 to 3.
    else if ((datagram[0] ?? 0) <= 3) this.#check({ socket, remote }, name, datagram)
    else if (this.#proven.has(name)) this.#listener?.datagram(datagram)
    else this.#listener?.refused()
  }

  #check(way: Way, name: string, datagram: Buffer): void {
    const { credentials } = this
    const request = readBindingRequest(datagram, credentials)
    const room = this.#proven.size < MOST_WAYS || this.#proven.has(name)
    if (!request || !room) {
      this.#listener?.refused()
      return
    }
    const { host, port } = way.remote
    if (request.leavesItToUs) {
      way.socket.send(roleConflict(request, credentials), port, host)
      return
    }
    way.socket.send(bindingSuccess(request, way.remote, credentials), port, host)
    this.#proven.set(name, way)
    if (!request.nominates) return
    const first = this.#selected === undefined
    this.#selected = way
    if (first) this.#listener?.connected()
  }

  /** Closes the ports and gives them back. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const [port, socket] of this.#sockets) {
      socket.close(() => this.#around.ports.giveBack(port))
    }
  }
}

/** RFC 8445 §5.1.2.1: type preference 126 for a host's own address, then our order, component 1. */
const priorityOf = (at: number): number => 126 * 2 ** 24 + (65_535 - at) * 2 ** 8 + 255
