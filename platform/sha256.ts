import { createHash } from 'node:crypto'
import type { Digest } from '../domain/line-file.js'

/** SHA-256 for the layouts of `domain/`, which hash texts of ASCII. */
export function sha256(): Digest {
  const hash = createHash('sha256')
  return { update: text => void hash.update(text, 'latin1'), hex: () => hash.digest('hex') }
}

/** SHA-256 of bytes, lower-case hexadecimal. */
export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** SHA-256 over texts as UTF-8. */
export function sha256Text(): Digest {
  const hash = createHash('sha256')
  return { update: text => void hash.update(text, 'utf8'), hex: () => hash.digest('hex') }
}
