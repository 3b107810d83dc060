import { createHash } from 'node:crypto'

/** Algorithms of SIP digest spoken here, the stronger first (RFC 8760 §2.1, RFC 3261 §22.4). */
export const DIGEST_ALGORITHMS = ['SHA-256', 'MD5'] as const

export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number]

/** RFC 8760 §2.2: the names are compared without case; none means MD5 (RFC 3261 §22.4, item 1). */
export function parseAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  const wanted = (name ?? 'MD5').toUpperCase()
  return DIGEST_ALGORITHMS.find(algorithm => algorithm === wanted)
}

/** H(): the hash in lower-case hexadecimal (RFC 7616 §3.3). */
const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

/** H(A1): what stands for a password, and must be guarded like it (RFC 7616 §3.4.2, §5.4). */
export const ha1Of = (
  algorithm: DigestAlgorithm,
  username: string,
  realm: string,
  password: string,
): string => hash(algorithm, `${username}:${realm}:${password}`)

/** What a response is computed over, with `qop=auth`. */
export interface DigestQuestion {
  readonly algorithm: DigestAlgorithm
  readonly method: string
  readonly uri: string
  readonly nonce: string
  /** Eight hexadecimal digits. */
  readonly nonceCount: string
  readonly clientNonce: string
}

/** The response of `qop=auth` (RFC 7616 §3.4.1). */
export function digestResponse(ha1: string, question: DigestQuestion): string {
  const { algorithm, method, uri, nonce, nonceCount, clientNonce } = question
  const ha2 = hash(algorithm, `${method}:${uri}`)
  return hash(algorithm, `${ha1}:${nonce}:${nonceCount}:${clientNonce}:auth:${ha2}`)
}
