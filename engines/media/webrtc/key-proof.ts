import { type KeyObject, verify, X509Certificate } from 'node:crypto'

/** What a handshake showed of its server. */
export interface ServerKeyShown {
  /** DER. */
  readonly certificate: Buffer
  /** The two randoms of the handshake, 32 octets each. */
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
  /** Body of the ServerKeyExchange. */
  readonly keyExchange: Buffer
}

/** RFC 5246 §7.4.1.4.1: hash algorithms that still prove something. */
const HASHES: Readonly<Record<number, string>> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' }

/** RFC 5246 §7.4.1.4.1: signature algorithms, as Node calls their keys. */
const SIGNATURES: Readonly<Record<number, string>> = { 1: 'rsa', 3: 'ec' }

/** RFC 8422 §5.4: named_curve. */
const NAMED_CURVE = 3

/**
 * Whether the server of a DTLS handshake holds the key of the certificate that it shows (RFC 5246 §7.4.3, RFC 8422
 * §5.4): a certificate travels in clear, so that its fingerprint alone proves nothing. werift leaves this out.
 */
export function holdsItsKey(shown: ServerKeyShown): boolean {
  const signed = signedPartOf(shown.keyExchange)
  const key = publicKeyOf(shown.certificate)
  if (!signed || !key || key.asymmetricKeyType !== signed.keyType) return false
  const text = Buffer.concat([shown.clientRandom, shown.serverRandom, signed.parameters])
  return verify(signed.hash, text, key, signed.signature)
}

function publicKeyOf(certificate: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(certificate).publicKey
  } catch {
    return undefined
  }
}

/** Curve, point, algorithms and signature; `undefined` where they are others or do not fit. */
function signedPartOf(body: Buffer) {
  if (body.length < 4 || body.readUInt8(0) !== NAMED_CURVE) return undefined
  const end = 4 + body.readUInt8(3)
  if (body.length < end + 4) return undefined
  const hash = HASHES[body.readUInt8(end)]
  const keyType = SIGNATURES[body.readUInt8(end + 1)]
  const signature = body.subarray(end + 4)
  if (!hash || !keyType || signature.length !== body.readUInt16BE(end + 2)) return undefined
  return { parameters: body.subarray(0, end), hash, keyType, signature }
}
