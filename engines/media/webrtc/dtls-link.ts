import { createHash, X509Certificate } from 'node:crypto'
import {
  CipherContext,
  DtlsClient,
  HashAlgorithm,
  keyLength,
  NamedCurveAlgorithm,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  RtpHeader,
  SignatureAlgorithm,
  SrtcpSession,
  SrtpSession,
  saltLength,
} from 'werift'
import { holdsItsKey } from './key-proof.js'
import type { Fingerprint } from './secure-offer.js'

/** The certificate by which an engine is known to browsers, made at its first call from one. */
export interface LinkCertificate {
  readonly certPem: string
  readonly keyPem: string
  readonly signatureHash: Awaited<
    ReturnType<typeof CipherContext.createSelfSignedCertificateWithKey>
  >['signatureHash']
  /** SHA-256, as `a=fingerprint` has it. */
  readonly fingerprint: string
}

/** Makes one: ECDSA over P-256, signed by itself (RFC 8827 §6.5). */
export async function makeCertificate(): Promise<LinkCertificate> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  )
  return { ...made, fingerprint: new X509Certificate(made.certPem).fingerprint256 }
}

/** What a link is made of. */
export interface LinkParts {
  readonly certificate: LinkCertificate
  /** Of the browser's certificate, by its session description; one of them must fit. */
  readonly fingerprints: readonly Fingerprint[]
  readonly send: (datagram: Buffer) => void
  /** Keys are agreed with the holder of the certificate that was described. */
  readonly connected: () => void
  /** There will be none. The reason is for the log. */
  readonly failed: (reason: string) => void
}

/** RFC 7714, RFC 3711: what may protect the audio, the preferred first. */
const PROFILES = [ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80]

/** RFC 5246 §7.4: the handshake message that the server's key signs. */
const SERVER_KEY_EXCHANGE = 12

/** A flight number beyond all: those that still repeat themselves rest. */
const OVER = 99

/**
 * Keys for a call's audio, agreed by DTLS (RFC 5763, RFC 5764); we are its client, as answerers should be.
 *
 *   new ──begin──► shaking hands ──finished, fingerprint and key proven──► connected
 *                       └──────────────── anything else ────────────────► failed
 */
export class DtlsLink {
  readonly #parts: LinkParts
  readonly #client: DtlsClient
  readonly #transport: { onData: (datagram: Buffer, from: [string, number]) => void }
  #keyExchange: Buffer | undefined
  #srtp: SrtpSession | undefined
  #srtcp: SrtcpSession | undefined
  #over = false

  constructor(parts: LinkParts) {
    this.#parts = parts
    const transport = {
      type: 'ice',
      address: { address: '', family: '', port: 0 },
      closed: false,
      onData: () => {},
      send: async (datagram: Buffer) => parts.send(datagram),
      close: async () => {},
    }
    this.#transport = transport
    const { certPem: cert, keyPem: key, signatureHash } = parts.certificate
    this.#client = new DtlsClient({
      transport,
      cert,
      key,
      signatureHash,
      srtpProfiles: PROFILES,
      extendedMasterSecret: true,
    })
    this.#client.onConnect.once(() => this.#finished())
    this.#client.onError.subscribe(error => this.#fail(String(error)))
    this.#noteKeyExchange()
  }

  /** werift tells nobody of the signed message: it is kept as it passes. */
  #noteKeyExchange(): void {
    const client = this.#client
    const go = client.onHandleHandshakes
    client.onHandleHandshakes = assembled => {
      const exchange = assembled.find(one => one.msg_type === SERVER_KEY_EXCHANGE)
      this.#keyExchange ??= exchange && Buffer.from(exchange.fragment)
      return go(assembled)
    }
  }

  /** Says hello. */
  begin(): void {
    this.#client.connect().catch((error: unknown) => this.#fail(String(error)))
  }

  /** A datagram of the handshake's. */
  receive(datagram: Buffer): void {
    if (this.#over) return
    try {
      this.#transport.onData(datagram, ['', 0])
    } catch (error) {
      this.#fail(String(error))
    }
  }

  #finished(): void {
    if (this.#over) return
    const wrong = this.#whatIsWrong()
    if (wrong) {
      this.#fail(wrong)
      return
    }
    const agreed = this.#agreedKeys()
    this.#srtp = new SrtpSession(agreed)
    this.#srtcp = new SrtcpSession(agreed)
    this.#parts.connected()
  }

  #whatIsWrong(): string | undefined {
    const { cipher, srtp, remoteCertificate } = this.#client
    const keyExchange = this.#keyExchange
    if (srtp.srtpProfile === undefined) return 'no common SRTP profile'
    if (!remoteCertificate || !keyExchange) return 'no certificate was shown'
    if (!this.#parts.fingerprints.some(one => fits(one, remoteCertificate))) {
      return 'the certificate is not the one described'
    }
    const clientRandom = cipher.localRandom.serialize()
    const serverRandom = cipher.remoteRandom.serialize()
    const proven = { certificate: remoteCertificate, clientRandom, serverRandom, keyExchange }
    return holdsItsKey(proven) ? undefined : 'the key of the certificate was not proven'
  }

  #agreedKeys() {
    const profile = this.#client.srtp.srtpProfile ?? ProtectionProfileAes128CmHmacSha1_80
    const keys = this.#client.extractSessionKeys(keyLength(profile), saltLength(profile))
    return {
      keys: {
        localMasterKey: keys.localKey,
        localMasterSalt: keys.localSalt,
        remoteMasterKey: keys.remoteKey,
        remoteMasterSalt: keys.remoteSalt,
      },
      profile,
    }
  }

  /** A packet of ours, protected; `undefined` before there are keys. */
  protect(packet: Buffer): Buffer | undefined {
    const header = RtpHeader.deSerialize(packet)
    return this.#srtp?.encrypt(packet.subarray(header.payloadOffset), header)
  }

  /** A packet of the browser's, in clear; `undefined` when it is forged, a copy, or there are no keys yet. */
  unprotect(packet: Buffer): Buffer | undefined {
    try {
      return this.#srtp?.decrypt(packet)
    } catch {
      return undefined
    }
  }

  /** A report (RTCP) of ours, protected; `undefined` before there are keys. */
  protectReport(datagram: Buffer): Buffer | undefined {
    return this.#srtcp?.encrypt(datagram)
  }

  /** A report of the browser's, in clear; `undefined` when it is forged, or there are no keys yet. */
  unprotectReport(datagram: Buffer): Buffer | undefined {
    try {
      return this.#srtcp?.decrypt(datagram)
    } catch {
      return undefined
    }
  }

  #fail(reason: string): void {
    if (this.#over) return
    this.close()
    this.#parts.failed(reason)
  }

  /** Ends it; what is repeated on its way to an answer rests. */
  close(): void {
    this.#over = true
    this.#srtp = undefined
    this.#srtcp = undefined
    this.#client.dtls.flight = OVER
  }
}

/** RFC 8122 §5: the hash of the certificate. */
const fits = ({ hash, value }: Fingerprint, certificate: Buffer): boolean =>
  createHash(hash).update(certificate).digest('hex') === value
