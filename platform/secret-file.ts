import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { Fault, systemErrorCode } from './fault.js'

/** Secrets that the world knows: what drachtio-server and FreeSWITCH ship with. */
const WELL_KNOWN = ['cymru', 'ClueCon', 'secret', 'password']

/** Fewest characters of a secret that a person chose. */
const SHORTEST = 16

/**
 * The secret that a file holds; made at first start, 256 random bits in base64url, mode 0600. Of two
 * programs that come at once, both get the same. Throws `KEY_FILE_EXPOSED` when others can read the
 * file, `SECRET_REFUSED` when the secret is a default, `FOLDER_NOT_WRITABLE` when none can be made.
 */
export function secretFile(path: string): string {
  const secret = readSecretFile(path) ?? freshSecret(path)
  if (WELL_KNOWN.includes(secret) || secret.length < SHORTEST) {
    throw new Fault('SECRET_REFUSED', `The secret in ${path} is a well-known or a short one.`)
  }
  return secret
}

function freshSecret(path: string): string {
  try {
    return makeSecretFile(path, randomBytes(32).toString('base64url'))
  } catch (error) {
    const code = systemErrorCode(error)
    const other = code === 'EEXIST' ? readSecretFile(path) : undefined
    if (other !== undefined) return other
    throw new Fault('FOLDER_NOT_WRITABLE', `The key file ${path} cannot be made: ${code}.`, {
      cause: error,
    })
  }
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

/**
 * Writes a new owner-only file and returns its text; an existing one is never overwritten (`EEXIST`), and
 * nobody reads one that is half written.
 */
export function makeSecretFile(path: string, text: string): string {
  const temporary = `${path}.${process.pid}.part`
  rmSync(temporary, { force: true })
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, `${text}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(temporary, path)
  } finally {
    rmSync(temporary)
  }
  return text
}
