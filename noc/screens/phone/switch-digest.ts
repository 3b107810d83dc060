import { Core, type UserAgent } from 'sip.js'
import type { Handset } from './answers.js'
import { sha256 } from './sha-256.js'

/** A challenge as sip.js's grammar reads it. */
interface ParsedChallenge {
  readonly realm?: string
  readonly nonce?: string
  readonly algorithm?: string
  readonly opaque?: string
  readonly qop?: string | readonly string[]
}

/**
 * A message of the switch's without its challenges by MD5, which it offers behind those by SHA-256 (RFC 8760 §2.3):
 * of several, sip.js sees the last alone.
 */
export const withoutWeakChallenges = (message: string): string =>
  message.replace(/^(?:Proxy|WWW)-Authenticate:.*\balgorithm=MD5\b.*\r\n/gim, '')

/** sip.js's authentication by SHA-256 (RFC 8760) and for our switch alone: a password is proved to no stranger. */
export class SwitchDigest extends Core.DigestAuthentication {
  readonly #handset: Handset
  readonly #realm: string
  readonly #counts = new Map<string, number>()
  #value = ''

  constructor(userAgent: UserAgent, handset: Handset, realm: string) {
    super(userAgent.getLoggerFactory(), undefined, handset.msisdn, undefined)
    this.#handset = handset
    this.#realm = realm
  }

  override authenticate(
    request: { readonly method: string; readonly ruri: { toString(): string } },
    { realm, nonce = '', algorithm, opaque, qop }: ParsedChallenge,
  ): boolean {
    const isOurs = realm === this.#realm && algorithm?.toUpperCase() === 'SHA-256'
    if (!isOurs || ![qop ?? []].flat().includes('auth')) return false
    const count = (this.#counts.get(nonce) ?? 0) + 1
    this.#counts.set(nonce, count)
    const { msisdn, password } = this.#handset
    const uri = request.ruri.toString()
    const nc = count.toString(16).padStart(8, '0')
    const cnonce = crypto.randomUUID()
    // RFC 7616 §3.4.1: the response of qop=auth.
    const ha1 = sha256(`${msisdn}:${realm}:${password}`)
    const response = sha256(
      [ha1, nonce, nc, cnonce, 'auth', sha256(`${request.method}:${uri}`)].join(':'),
    )
    this.#value = [
      `Digest username="${msisdn}"`,
      `realm="${realm}"`,
      `nonce="${nonce}"`,
      `uri="${uri}"`,
      `response="${response}"`,
      'algorithm=SHA-256',
      'qop=auth',
      `nc=${nc}`,
      `cnonce="${cnonce}"`,
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ].join(', ')
    return true
  }

  override toString(): string {
    return this.#value
  }
}
