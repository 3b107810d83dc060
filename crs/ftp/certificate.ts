import { randomBytes, webcrypto } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeDurably } from '../../platform/durable-file.js'
import { readSecretFile } from '../../platform/secret-file.js'

/** Key and certificate of the FTP server, PEM. */
export interface ServerIdentity {
  readonly key: string
  readonly certificate: string
}

/** How long a certificate is valid, in years: billing trusts this one and no authority, so it is not renewed. */
const VALID_YEARS = 30

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Names under which the server may be reached, besides the address that it listens on. */
const NAMES = ['localhost', 'crs.mcscp']

/**
 * The server's key and certificate, made at first start: ECDSA P-256, signed by itself, the key in a file of
 * mode 0600. Certificates keep real time (architecture, point 9). `address` is where the server listens.
 */
export async function serverIdentity(
  files: { readonly key: string; readonly certificate: string },
  address: string,
  now: Date,
): Promise<ServerIdentity> {
  const key = readSecretFile(files.key)
  if (key !== undefined && existsSync(files.certificate)) {
    return { key, certificate: readFileSync(files.certificate, 'utf8') }
  }
  const made = await makeIdentity(address, now)
  // The certificate last: as long as it is not there, a start that was cut short makes both anew.
  writeDurably(files.key, `${made.key}\n`, 0o600)
  writeDurably(files.certificate, `${made.certificate}\n`, 0o644)
  return made
}

async function makeIdentity(address: string, now: Date): Promise<ServerIdentity> {
  // Loaded where it is needed, once in the life of a network: it takes longer than the rest of a start.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + VALID_YEARS)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // RFC 5280 §4.1.2.2: positive, and no two the same.
    serialNumber: `00${randomBytes(15).toString('hex')}`,
    name: 'CN=crs.mcscp',
    // A day back, so that a machine whose clock is a little behind trusts it too.
    notBefore: new Date(now.getTime() - 86_400_000),
    notAfter,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map(value => ({ type: 'dns' as const, value })),
        ...[...new Set(['127.0.0.1', '::1', address])].map(value => ({
          type: 'ip' as const,
          value,
        })),
      ]),
    ],
  })
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    key: x509.PemConverter.encode(exported, 'PRIVATE KEY'),
    certificate: certificate.toString('pem'),
  }
}
