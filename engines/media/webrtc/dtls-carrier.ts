import { parseRtp } from '../../../platform/rtp/packet.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { MonotonicTime } from '../monotonic-time.js'
import type { CarrierListener, ReportRoad, RtpCarrier } from '../rtp/carrier.js'
import { DtlsLink, type LinkCertificate } from './dtls-link.js'
import type { IceListener, IceLite } from './ice-lite.js'
import type { Fingerprint } from './secure-offer.js'

/** What the road to a browser is made of. */
export interface DtlsCarrierParts {
  readonly ice: IceLite
  readonly certificate: LinkCertificate
  readonly fingerprints: readonly Fingerprint[]
  readonly time: MonotonicTime
  /** There is no road, or none any more. The reason is for the log. */
  readonly lost: (reason: string) => void
}

/** Longest time until audio flows: checks, handshake, both repeated where packets are lost. */
const CONNECT_MS = 20_000

/** The road to a browser: its way found by ICE, its packets SRTP under keys agreed by DTLS. */
export class DtlsCarrier implements RtpCarrier, IceListener {
  readonly port: number
  readonly #parts: DtlsCarrierParts
  readonly #link: DtlsLink
  readonly #deadline: Timer
  /** RFC 5761: reports take the same port as the audio. */
  readonly reports: ReportRoad
  #listener: CarrierListener | undefined
  #takeReport: (datagram: Buffer) => void = () => {}
  #open = false

  constructor(parts: DtlsCarrierParts) {
    const { ice, certificate, fingerprints } = parts
    this.#parts = parts
    this.port = ice.candidates[0]?.port ?? 0
    this.reports = {
      send: datagram => {
        const sealed = this.#link.protectReport(datagram)
        if (sealed) ice.send(sealed)
      },
      listen: take => {
        this.#takeReport = take
      },
    }
    this.#link = new DtlsLink({
      certificate,
      fingerprints,
      send: datagram => ice.send(datagram),
      connected: () => {
        this.#open = true
        this.#deadline.stop()
      },
      failed: reason => this.#lose(reason),
    })
    this.#deadline = parts.time.scheduler.after(CONNECT_MS, () =>
      this.#lose(ice.connected ? 'no keys were agreed' : 'no way was found'),
    )
    ice.listen(this)
  }

  get open(): boolean {
    return this.#open
  }

  listen(listener: CarrierListener): void {
    this.#listener = listener
  }

  /** The checks tell where the browser is. */
  agree(): void {}

  send(packet: Buffer): boolean {
    const sealed = this.#link.protect(packet)
    return sealed !== undefined && this.#parts.ice.send(sealed)
  }

  connected(): void {
    this.#link.begin()
  }

  refused(): void {
    this.#listener?.refused()
  }

  datagram(datagram: Buffer): void {
    const first = datagram[0] ?? 0
    // RFC 7983 §7: 20 to 63 is DTLS, 128 to 191 RTP or RTCP.
    if (first >= 20 && first <= 63) this.#link.receive(datagram)
    else if (isReport(datagram)) this.#report(datagram)
    else {
      const clear = this.#link.unprotect(datagram)
      const packet = clear && parseRtp(clear)
      if (packet) this.#listener?.packet(packet)
      else this.#listener?.ignored()
    }
  }

  #report(datagram: Buffer): void {
    const clear = this.#link.unprotectReport(datagram)
    if (clear) this.#takeReport(clear)
    else this.#listener?.ignored()
  }

  #lose(reason: string): void {
    this.close()
    this.#parts.lost(reason)
  }

  close(): void {
    this.#open = false
    this.#deadline.stop()
    this.#link.close()
    this.#parts.ice.close()
  }
}

/** RFC 5761 §4: second octets 192 to 223 are RTCP. */
const isReport = (datagram: Buffer): boolean => {
  const second = datagram[1] ?? 0
  return second >= 192 && second <= 223
}
