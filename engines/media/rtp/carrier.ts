import type { RtpPacket } from '../../../platform/rtp/packet.js'
import type { Endpoint } from '../../signalling/transport/address.js'

/** What a carrier tells the session whose packets it brings. */
export interface CarrierListener {
  /** A packet of the caller's. Its payload is read before the call returns. */
  packet(packet: RtpPacket): void
  /** Something came from an endpoint that is not the caller's. */
  refused(): void
  /** Something came that is no RTP. */
  ignored(): void
}

/** The way that RTCP takes, both ways. */
export interface ReportRoad {
  send(datagram: Buffer): void
  /** Who takes what comes from the caller's address; it may be anything. */
  listen(take: (datagram: Buffer) => void): void
}

/**
 * The road that one call's packets take: bare over UDP (`udp-carrier.ts`), or found by ICE and encrypted for a
 * browser (`../webrtc/dtls-carrier.ts`).
 */
export interface RtpCarrier {
  /** UDP port that the session description names. */
  readonly port: number
  /** Whether packets reach the caller: what is to be heard waits for that. */
  readonly open: boolean
  listen(listener: CarrierListener): void
  /** A session description named where the caller receives. */
  agree(remote: Endpoint): void
  /** The way of reports (RTCP) beside it, where there is one. */
  readonly reports?: ReportRoad | undefined
  /** Sends a whole RTP packet; whether it could. The buffer may be used again a few packets later. */
  send(packet: Buffer): boolean
  /** Gives its ports back. */
  close(): void
}
