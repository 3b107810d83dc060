import { digestResponse, ha1Of, parseAlgorithm } from '../digest/digest-response.js'

/** A challenge of WWW-Authenticate or Proxy-Authenticate, as far as a phone reads it. */
export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly algorithm?: string | undefined
  /** Every quality of protection that is offered. */
  readonly qop: readonly string[]
  readonly opaque?: string | undefined
}

/** Who a phone is, and where it proves it. */
export interface PhoneCredentials {
  readonly username: string
  readonly password: string
  /** The one protection space whose challenges are answered (fault test XS8). */
  readonly realm: string
}

/** One request that was challenged. */
export interface ChallengedRequest {
  readonly method: string
  readonly uri: string
  /** How often this nonce has been used, this time included; from 1. */
  readonly count: number
  readonly clientNonce: string
}

/**
 * The value of Authorization or Proxy-Authorization that answers a challenge; `undefined` when it is of
 * another realm, of an algorithm we do not speak, or without `qop=auth`: a password is proved to no
 * stranger, and by nothing weaker than the switch asks for.
 */
export function digestAnswer(
  challenge: DigestChallenge,
  { username, password, realm }: PhoneCredentials,
  { method, uri, count, clientNonce }: ChallengedRequest,
): string | undefined {
  const algorithm = parseAlgorithm(challenge.algorithm)
  if (!algorithm || challenge.realm !== realm || !challenge.qop.includes('auth')) return undefined
  const { nonce, opaque } = challenge
  const nonceCount = count.toString(16).padStart(8, '0')
  const response = digestResponse(ha1Of(algorithm, username, realm, password), {
    algorithm,
    method,
    uri,
    nonce,
    nonceCount,
    clientNonce,
  })
  return [
    `Digest username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    'qop=auth',
    `nc=${nonceCount}`,
    `cnonce="${clientNonce}"`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ].join(', ')
}
