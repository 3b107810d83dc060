import type { RemoteInfo, Socket } from 'node:dgram'
import type { Endpoint } from '../../signalling/transport/address.js'
import type { CarrierListener, ReportRoad, RtpCarrier } from './carrier.js'
import type { Trusted } from './latch.js'
import { endpointOf, PacketGate } from './packet-gate.js'
import type { PortRange } from './port-range.js'
import { bindFreePort, bindPort } from './udp-port.js'

/** What bare RTP needs of the engine. */
export interface UdpSurroundings {
  /** Address that calls receive on. */
  readonly address: string
  readonly ports: PortRange
  readonly trusted: Trusted
}

/**
 * RTP as it is, over a UDP port of the call's own, and RTCP over the next (RFC 3550 §11); whose packets are
 * taken the latch decides.
 */
export class UdpCarrier implements RtpCarrier {
  readonly port: number
  readonly open = true
  readonly reports: ReportRoad | undefined
  readonly #around: UdpSurroundings
  readonly #socket: Socket
  readonly #reportSocket: Socket | undefined
  readonly #gate: PacketGate

  /** Opens a port; `undefined` when there is none to be had. */
  static async open(around: UdpSurroundings): Promise<UdpCarrier | undefined> {
    const bound = await bindFreePort(around.address, around.ports)
    if (!bound) return undefined
    // Another program may have the port beside: then there are no reports.
    const beside = await bindPort(around.address, bound.port + 1).catch(() => undefined)
    return new UdpCarrier(around, bound.socket, bound.port, beside)
  }

  private constructor(
    around: UdpSurroundings,
    socket: Socket,
    port: number,
    reportSocket: Socket | undefined,
  ) {
    this.#around = around
    this.#gate = new PacketGate(around.trusted)
    this.#socket = socket
    this.port = port
    socket.on('message', this.#receive)
    this.#reportSocket = reportSocket
    this.reports = reportSocket && this.#roadOf(reportSocket)
  }

  listen(listener: CarrierListener): void {
    this.#gate.listener = listener
  }

  agree(remote: Endpoint): void {
    this.#gate.agree(remote)
  }

  send(packet: Buffer): boolean {
    const peer = this.#gate.peer
    if (!peer) return false
    this.#socket.send(packet, peer.port, peer.host)
    return true
  }

  /** Reports go to the port beside the caller's, and come from its address. */
  #roadOf(socket: Socket): ReportRoad {
    return {
      send: datagram => {
        const peer = this.#gate.peer
        if (peer && peer.port < 65_535 && !isNowhere(peer.host))
          socket.send(datagram, peer.port + 1, peer.host)
      },
      listen: take => {
        socket.on('message', (datagram, from) => {
          if (endpointOf(from).host === this.#gate.peer?.host) take(datagram)
        })
      },
    }
  }

  readonly #receive = (datagram: Buffer, from: RemoteInfo): void => {
    this.#gate.take(datagram, from)
  }

  close(): void {
    this.#reportSocket?.close()
    this.#socket.close(() => this.#around.ports.giveBack(this.port))
  }
}

/** RFC 3264 §8.4: the old way to hold names this address. */
const isNowhere = (host: string): boolean => host === '0.0.0.0' || host === '::'
