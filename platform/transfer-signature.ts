import { createHmac, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import type { Home } from './home.js'
import { secretFile } from './secret-file.js'
import { sha256Of } from './sha256.js'

/** Header that carries a signature, on requests and answers (docs/formats/transfer-to-crs.md). */
export const SIGNATURE_HEADER = 'mcscp-signature'

/** The file of a node's transfer key, the same at both ends. */
export const transferKeyFile = (home: Home, node: string): string =>
  join(home.keys, `transfer-${node}`)

/**
 * A node's transfer key, made by whichever end starts first. Its text, as the file has it, is the key
 * of the HMAC.
 */
export const transferKey = (home: Home, node: string): string =>
  secretFile(transferKeyFile(home, node))

/** What one request to CRS, or one of its answers, is signed over. */
export type Signed =
  | { readonly method: string; readonly path: string; readonly body: Uint8Array }
  | { readonly status: number; readonly path: string; readonly body: Uint8Array }

/** The signature of a request or an answer: HMAC-SHA-256, lower-case hexadecimal. */
export function transferSignature(key: string, signed: Signed): string {
  const { path, body } = signed
  const digest = sha256Of(body)
  const lines =
    'method' in signed
      ? [signed.method, path, digest]
      : ['answer', `${signed.status}`, path, digest]
  return createHmac('sha256', key).update(lines.join('\n')).digest('hex')
}

/** Whether a signature is the right one, told in a time that says nothing of how far it is wrong. */
export function isTransferSignature(given: unknown, key: string, signed: Signed): boolean {
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given)) return false
  const right = transferSignature(key, signed)
  return timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(right, 'hex'))
}
