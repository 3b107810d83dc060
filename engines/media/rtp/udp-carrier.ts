import type { RemoteInfo, Socket } from 'node:dgram'
import { parseRtp } from '../../../platform/rtp/packet.js'
import type { Endpoint } from '../../signalling/transport/address.js'
import type { CarrierListener, RtpCarrier } from './carrier.js'
import { admit, canonicalAddress, type Latch, latchTo, type Trusted } from './latch.js'
import type { PortRange } from './port-range.js'
import { bindFreePort } from './udp-port.js'

/** What bare RTP needs of the engine. */
export interface UdpSurroundings {
  /** Address that calls receive on. */
  readonly address: string
  readonly ports: PortRange
  readonly trusted: Trusted
}

/** RTP as it is, over a UDP port of the call's own; whose packets are taken the latch decides. */
export class UdpCarrier implements RtpCarrier {
  readonly port: number
  readonly open = true
  readonly #around: UdpSurroundings
  readonly #socket: Socket
  #listener: CarrierListener | undefined
  #described: Endpoint | undefined
  #latch: Latch | undefined

  /** Opens a port; `undefined` when there is none to be had. */
  static async open(around: UdpSurroundings): Promise<UdpCarrier | undefined> {
    const bound = await bindFreePort(around.address, around.ports)
    return bound && new UdpCarrier(around, bound.socket, bound.port)
  }

  private constructor(around: UdpSurroundings, socket: Socket, port: number) {
    this.#around = around
    this.#socket = socket
    this.port = port
    socket.on('message', this.#receive)
  }

  listen(listener: CarrierListener): void {
    this.#listener = listener
  }

  agree(remote: Endpoint): void {
    const { host, port } = this.#described ?? {}
    if (host === remote.host && port === remote.port) return
    this.#described = remote
    this.#latch = latchTo(remote)
  }

  send(packet: Buffer): boolean {
    const peer = this.#latch?.peer
    if (!peer) return false
    this.#socket.send(packet, peer.port, peer.host)
    return true
  }

  readonly #receive = (datagram: Buffer, from: RemoteInfo): void => {
    const latch = this.#latch && admit(this.#latch, endpointOf(from), this.#around.trusted)
    if (!latch) {
      this.#listener?.refused()
      return
    }
    const packet = parseRtp(datagram)
    if (!packet) {
      this.#listener?.ignored()
      return
    }
    this.#latch = latch
    this.#listener?.packet(packet)
  }

  close(): void {
    this.#socket.close(() => this.#around.ports.giveBack(this.port))
  }
}

const endpointOf = ({ address, port }: RemoteInfo): Endpoint => ({
  host: canonicalAddress(address),
  port,
})
