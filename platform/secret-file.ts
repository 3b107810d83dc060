import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { makeDurably } from './durable-file.js'
import { Fault, systemErrorCode } from './fault.js'

/** Secrets that the world knows: what drachtio-server, FreeSWITCH and our deploy/ ship with. */
const WELL_KNOWN = ['cymru', 'ClueCon', 'secret', 'password', 'replace-this-secret']

/** Fewest characters of a secret that a person chose. */
const SHORTEST = 16

/**
 * The secret that a file holds; made at first start, 256 random bits in base64url, mode 0600. Of two
 * programs that come at once, both get the same. Throws `KEY_FILE_EXPOSED` when others can read the
 * file, `SECRET_REFUSED` when the secret is a default, `FOLDER_NOT_WRITABLE` when none can be made.
 */
export function secretFile(path: string): string {
  const secret = readSecretFile(path) ?? freshSecret(path)
  if (isWeakSecret(secret)) {
    throw new Fault('SECRET_REFUSED', `The secret in ${path} is a well-known or a short one.`)
  }
  return secret
}

/** Whether a secret is one that the world knows, or shorter than 16 characters. */
export const isWeakSecret = (secret: string): boolean =>
  WELL_KNOWN.includes(secret) || secret.length < SHORTEST

/** Makes a secret, or takes the one that another program made meanwhile. */
function freshSecret(path: string): string {
  const secret = randomBytes(32).toString('base64url')
  return makeDurably(path, `${secret}\n`, 0o600) ? secret : (readSecretFile(path) ?? '')
}

/** What an owner-only file holds, without the closing line end; `undefined` when there is none. */
export function readSecretFile(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT') return undefined
    throw new Fault('FILE_UNREADABLE', `The key file ${path} cannot be read: ${code}.`, { cause })
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Fault('KEY_FILE_EXPOSED', `The key file ${path} can be read by others.`)
  }
  return text.trimEnd()
}

/** Writes a new owner-only file and returns its text. Throws when there is one: none is overwritten. */
export function makeSecretFile(path: string, text: string): string {
  if (!makeDurably(path, `${text}\n`, 0o600)) throw new Error(`EEXIST: ${path} is there`)
  return text
}
