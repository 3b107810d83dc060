import { timingSafeEqual } from 'node:crypto'
import { parseMsisdn } from '../../domain/msisdn.js'
import { type DigestCredentials, digestCredentials } from '../digest/credentials.js'
import { type DigestAlgorithm, digestResponse, parseAlgorithm } from '../digest/digest-response.js'
import type { Nonces } from './nonces.js'
import type { PasswordThrottle } from './password-throttle.js'
import {
  DIGEST_REALM,
  type Ha1,
  type Subscriber,
  type SubscriberReader,
} from './subscribers/subscriber.js'

/** A request that must prove who sends it. */
export interface DigestRequest {
  readonly method: string
  /** Request-URI. */
  readonly uri: string
  /** Authorization of a REGISTER, Proxy-Authorization of a call. */
  readonly credentials: string | undefined
  /** What the phone calls itself. */
  readonly userAgent: string | undefined
  /** Address it came from, without port. */
  readonly address: string
}

/** What became of the proof, in the order it is checked. */
export type DigestAnswer =
  /** No credentials for our realm that can be used: ask for some. Values of the challenge header. */
  | { readonly outcome: 'challenge'; readonly challenges: readonly string[] }
  /** Too many wrong passwords: they are not looked at for a while. */
  | { readonly outcome: 'throttled'; readonly retryAfterSeconds: number }
  /** Wrong password, or no such subscriber: nobody can tell which. */
  | { readonly outcome: 'wrong'; readonly challenges: readonly string[] }
  /** The password is right, the nonce is old or used: the phone asks nobody and tries again. */
  | { readonly outcome: 'stale'; readonly challenges: readonly string[] }
  | { readonly outcome: 'authenticated'; readonly subscriber: Subscriber }

export interface DigestGateOptions {
  readonly subscribers: SubscriberReader
  readonly nonces: Nonces
  readonly throttle: PasswordThrottle
  /** Whether MD5 is offered at all, behind SHA-256 (RFC 8760 §2.3). */
  readonly md5: boolean
  /**
   * Beginnings of the User-Agent of phones that register nowhere that offers them SHA-256, in whatever
   * order: they are offered MD5 alone.
   */
  readonly md5OnlyPhones: readonly string[]
}

interface Proof {
  readonly username: string
  readonly algorithm: DigestAlgorithm
  readonly nonce: string
  readonly nonceCount: string
  readonly clientNonce: string
  /** As the phone wrote it, which is what it hashed. */
  readonly uri: string
  readonly response: string
}

/** A subscriber that nobody is, so that an unknown number costs the same work as a known one. */
const NOBODY: Ha1 = { sha256: '0'.repeat(64), md5: '0'.repeat(32) }

/** Digest authentication of subscribers (RFC 3261 §22, RFC 7616, RFC 8760). */
export class DigestGate {
  readonly #options: DigestGateOptions

  constructor(options: DigestGateOptions) {
    this.#options = options
  }

  async check(request: DigestRequest): Promise<DigestAnswer> {
    const { subscribers, nonces, throttle } = this.#options
    const proof = this.#proofIn(request)
    if (!proof) return { outcome: 'challenge', challenges: this.#challenges(request, false) }
    const { username, algorithm, nonce, nonceCount } = proof

    const retryAfterSeconds = throttle.waitSeconds(username, request.address)
    if (retryAfterSeconds > 0) return { outcome: 'throttled', retryAfterSeconds }

    const number = parseMsisdn(username)
    const subscriber = number && (await subscribers.find(number))
    const right = isRight(proof, subscriber?.ha1 ?? NOBODY, request.method)
    if (!right || !subscriber) {
      throttle.failed(username, request.address)
      return { outcome: 'wrong', challenges: this.#challenges(request, false) }
    }
    // Looked up and spent in one turn, so that of two requests with one count the second is a replay.
    const count = Number.parseInt(nonceCount, 16)
    if (nonces.standing(nonce, algorithm, count) !== 'fresh') {
      return { outcome: 'stale', challenges: this.#challenges(request, true) }
    }
    nonces.spend(nonce, algorithm, count)
    throttle.succeeded(username, request.address)
    return { outcome: 'authenticated', subscriber }
  }

  #proofIn({ credentials, uri }: DigestRequest): Proof | undefined {
    for (const claimed of digestCredentials(credentials)) {
      const proof = proofOf(claimed, uri)
      // An algorithm that is not offered is no proof, whatever the phone computed by it (RFC 8760 §5).
      if (proof && (proof.algorithm !== 'MD5' || this.#options.md5)) return proof
    }
    return undefined
  }

  #challenges({ userAgent }: DigestRequest, stale: boolean): string[] {
    return this.#offered(userAgent).map(algorithm => {
      const nonce = this.#options.nonces.issue(algorithm)
      const stated = stale ? ', stale=true' : ''
      return `Digest realm="${DIGEST_REALM}", nonce="${nonce}", qop="auth", algorithm=${algorithm}${stated}`
    })
  }

  /** RFC 8760 §2.3: the server lists the algorithms it accepts in order of preference. */
  #offered(userAgent: string | undefined): DigestAlgorithm[] {
    if (!this.#options.md5) return ['SHA-256']
    const knowsNoOther = this.#options.md5OnlyPhones.some(name => userAgent?.startsWith(name))
    return knowsNoOther ? ['MD5'] : ['SHA-256', 'MD5']
  }
}

/** A proof for our realm and this very request; without `qop` and counts a replay could not be told. */
function proofOf(claimed: DigestCredentials, requestUri: string): Proof | undefined {
  const algorithm = parseAlgorithm(claimed.get('algorithm'))
  const username = claimed.get('username')
  const nonce = claimed.get('nonce')
  const nonceCount = claimed.get('nc')
  const clientNonce = claimed.get('cnonce')
  const response = claimed.get('response')
  const uri = claimed.get('uri')
  if (claimed.get('realm') !== DIGEST_REALM || claimed.get('qop') !== 'auth') return undefined
  if (!algorithm || !username || !nonce || !clientNonce || !response || !uri) return undefined
  if (!nonceCount || !/^[0-9a-fA-F]{8}$/.test(nonceCount)) return undefined
  if (!sameTarget(uri, requestUri)) return undefined
  return { username, algorithm, nonce, nonceCount, clientNonce, uri, response }
}

/** RFC 3261 §22.4: the URI hashed is the Request-URI; phones differ in whether they keep its parameters. */
const sameTarget = (one: string, other: string): boolean => target(one) === target(other)

const target = (uri: string): string => (uri.split(/[;?]/)[0] ?? '').toLowerCase()

function isRight(proof: Proof, ha1: Ha1, method: string): boolean {
  const expected = digestResponse(proof.algorithm === 'MD5' ? ha1.md5 : ha1.sha256, {
    ...proof,
    method,
  })
  const given = Buffer.from(proof.response.toLowerCase())
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected))
}
