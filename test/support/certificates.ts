import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { TlsTexts } from '../../engines/signalling/transport/tls-credentials.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const DAY_MS = 86_400_000

/** Whom a certificate is for, and how long. */
export interface Subject {
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  /** URIs, such as `sip:example.jp`. */
  readonly uri?: readonly string[]
  /** The subject's common name, which counts for nothing. */
  readonly commonName?: string
  /** Days until it ends. */
  readonly days?: number
}

/** Certificate and key, PEM. */
export type Certified = Pick<TlsTexts, 'certificate' | 'key'>

/** An authority of a test's own. */
export interface Authority {
  /** Its certificate, PEM. */
  readonly certificate: string
  issue(subject: Subject): Promise<Certified>
}

/** Makes an authority whom nobody trusts unless told to. */
export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await freshKeys()
  const issuer = `CN=${name}`
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: issuer,
    ...validity(30),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  return {
    certificate: root.toString('pem'),
    async issue(subject) {
      const own = await freshKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${subject.commonName ?? 'test'}`,
        issuer,
        ...validity(subject.days ?? 30),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: namesOf(subject),
      })
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
      return {
        certificate: certificate.toString('pem'),
        key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
      }
    },
  }
}

const freshKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const serial = (): string => `00${randomBytes(15).toString('hex')}`

const validity = (days: number) => ({
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + days * DAY_MS),
})

function namesOf({ dns = [], ip = [], uri = [] }: Subject): x509.Extension[] {
  const names = [
    ...dns.map(value => ({ type: 'dns' as const, value })),
    ...ip.map(value => ({ type: 'ip' as const, value })),
    ...uri.map(value => ({ type: 'url' as const, value })),
  ]
  return names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []
}
