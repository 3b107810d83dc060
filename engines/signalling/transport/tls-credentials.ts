import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type Server,
} from 'node:tls'
import { isCertificateOf } from './tls-identity.js'

/** What TLS is spoken with, as PEM. */
export interface TlsTexts {
  /** Ours, and behind it those that lead to its authority. */
  readonly certificate: string
  readonly key: string
  /** Whom we trust to name others; the system's authorities where there are none. */
  readonly authorities?: string | undefined
}

/** How a server must prove who it is, before it is told anything. */
export type Verification = 'verified' | 'unverified'

/** RFC 9325 §3.1.1: TLS 1.2 is the least. */
const MIN_VERSION = 'TLSv1.2'

/**
 * Our certificate and whom we trust, for all TLS of an agent; may be renewed in service: connections that are
 * open go on, each new one takes what is valid then.
 */
export class TlsCredentials {
  readonly #verification: Verification
  readonly #servers = new Set<Server>()
  #texts: TlsTexts
  #context: SecureContext

  /** Throws when `tlsMistakes` has something to say of the texts. */
  constructor(texts: TlsTexts, verification: Verification = 'verified') {
    this.#verification = verification
    this.#texts = texts
    this.#context = createSecureContext(optionsOf(texts))
  }

  /** When the certificate in use ends, in milliseconds since 1970. */
  get validUntil(): number {
    return Date.parse(new X509Certificate(this.#texts.certificate).validTo)
  }

  /** Whether these texts are those in use. */
  holds({ certificate, key, authorities }: TlsTexts): boolean {
    const used = this.#texts
    return certificate === used.certificate && key === used.key && authorities === used.authorities
  }

  /** Takes others from now on. Throws, and changes nothing, when `tlsMistakes` has something to say of them. */
  renew(texts: TlsTexts) {
    this.#context = createSecureContext(optionsOf(texts))
    this.#texts = texts
    for (const server of this.#servers) server.setSecureContext(optionsOf(texts))
  }

  /** Gives a server what is in use, now and after each renewal. */
  serve(server: Server) {
    this.#servers.add(server)
    server.setSecureContext(optionsOf(this.#texts))
  }

  /** The server has closed. */
  release(server: Server) {
    this.#servers.delete(server)
  }

  /**
   * How a server of this domain is dialled: our certificate is shown where it asks for one, and its own must
   * be of the domain (RFC 5922 §4), whose name it is told (RFC 6066 §3).
   */
  towards(domain: string): ConnectionOptions {
    return {
      secureContext: this.#context,
      ...(isIP(domain) === 0 && { servername: domain }),
      rejectUnauthorized: this.#verification === 'verified',
      checkServerIdentity: (_host, { subjectaltname }) =>
        isCertificateOf(subjectaltname, domain)
          ? undefined
          : new Error(`its certificate is not of ${domain}`),
    }
  }
}

/** What is wrong with texts that TLS is to be spoken with; the names tell an operator where each comes from. */
export function tlsMistakes(
  { certificate, key, authorities }: TlsTexts,
  names: Readonly<Record<keyof TlsTexts, string>>,
): string[] {
  const ours = readCertificate(certificate)
  const private_ = readKey(key)
  const mistakes: string[] = []
  if (!ours) mistakes.push(`${names.certificate}: holds no certificate (PEM)`)
  if (!private_) mistakes.push(`${names.key}: holds no private key (PEM, without passphrase)`)
  if (ours && private_ && !ours.checkPrivateKey(private_)) {
    mistakes.push(`${names.key}: is not the key of the certificate in ${names.certificate}`)
  }
  if (authorities !== undefined && !readCertificate(authorities)) {
    mistakes.push(`${names.authorities}: holds no certificate (PEM)`)
  }
  return mistakes.length > 0 ? mistakes : contextMistakes({ certificate, key, authorities }, names)
}

/** What only TLS itself finds: a chain that is broken, a key that is too short. */
function contextMistakes(
  texts: TlsTexts,
  names: Readonly<Record<keyof TlsTexts, string>>,
): string[] {
  try {
    createSecureContext(optionsOf(texts))
    return []
  } catch (error) {
    return [`${names.certificate}: ${error instanceof Error ? error.message : error}`]
  }
}

const optionsOf = ({ certificate, key, authorities }: TlsTexts) =>
  ({
    cert: certificate,
    key,
    ...(authorities !== undefined && { ca: authorities }),
    minVersion: MIN_VERSION,
  }) as const

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}
