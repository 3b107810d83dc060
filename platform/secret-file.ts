import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { Fault, systemErrorCode } from './fault.js'

/** Secrets that the world knows: what drachtio-server and FreeSWITCH ship with. */
const WELL_KNOWN = ['cymru', 'ClueCon', 'secret', 'password']

/** Fewest characters of a secret that a person chose. */
const SHORTEST = 16

/**
 * The secret that a file holds; made at first start, 256 random bits, mode 0600. Throws
 * `KEY_FILE_EXPOSED` when others can read the file, `SECRET_REFUSED` when the secret is a default.
 */
export function secretFile(path: string): string {
  const secret = readSecretFile(path) ?? makeSecretFile(path, randomBytes(32).toString('base64url'))
  if (WELL_KNOWN.includes(secret) || secret.length < SHORTEST) {
    throw new Fault('SECRET_REFUSED', `The secret in ${path} is a well-known or a short one.`)
  }
  return secret
}

/** What an owner-only file holds, without the closing line end; `undefined` when there is none. */
export function readSecretFile(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Fault('KEY_FILE_EXPOSED', `The key file ${path} can be read by others.`)
  }
  return text.trimEnd()
}

/** Writes a new owner-only file and returns its text; an existing one is never overwritten. */
export function makeSecretFile(path: string, text: string): string {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, `${text}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return text
}
