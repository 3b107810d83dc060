import type { RemoteInfo } from 'node:dgram'
import { RtpReader } from '../../../platform/rtp/packet.js'
import type { Endpoint } from '../../signalling/transport/address.js'
import type { CarrierListener } from './carrier.js'
import { admit, canonicalAddress, type Latch, latchTo, type Trusted } from './latch.js'

/**
 * What of all that reaches a call's port is handed on: packets of RTP from the endpoint that the latch takes. In
 * the steady state nothing is allocated for a packet: one reader serves them all.
 */
export class PacketGate {
  readonly #trusted: Trusted
  readonly #reader = new RtpReader()
  #described: Endpoint | undefined
  #latch: Latch | undefined
  listener: CarrierListener | undefined

  constructor(trusted: Trusted) {
    this.#trusted = trusted
  }

  /** Where packets go, and come from; `undefined` before a session description says so. */
  get peer(): Endpoint | undefined {
    return this.#latch?.peer
  }

  /** A session description named where the caller receives. Named again, what was learnt since stands. */
  agree(remote: Endpoint): void {
    const { host, port } = this.#described ?? {}
    if (host === remote.host && port === remote.port) return
    this.#described = remote
    this.#latch = latchTo(remote)
  }

  /** A datagram that reached the port. */
  take(datagram: Buffer, from: RemoteInfo): void {
    const latch = this.#isPeer(from) ? this.#latch : this.#admitted(from)
    if (!latch) this.listener?.refused()
    else if (this.#reader.read(datagram)) {
      this.#latch = latch
      this.listener?.packet(this.#reader)
    } else this.listener?.ignored()
  }

  /** The one whose packets are taken already, which is nearly always so. */
  #isPeer({ address, port }: RemoteInfo): boolean {
    const latch = this.#latch
    return latch?.fixed === true && latch.peer.port === port && latch.peer.host === address
  }

  #admitted(from: RemoteInfo): Latch | undefined {
    return this.#latch && admit(this.#latch, endpointOf(from), this.#trusted)
  }
}

/** Where a datagram came from, by the one spelling of its address. */
export const endpointOf = ({ address, port }: RemoteInfo): Endpoint => ({
  host: canonicalAddress(address),
  port,
})
