import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { readSecretFile } from '../../platform/secret-file.js'

/** Private key by which the switch signs who calls, owner-only. */
export const switchKeyFile = (home: Home): string => join(home.keys, 'switch-identity.pem')

/** Public half, by which scp verifies it. */
export const switchPublicKeyFile = (home: Home): string =>
  join(home.keys, 'switch-identity.pub.pem')

/**
 * The switch's P-256 key (RFC 8225 §8.1: ES256), made at first start. The public file is written
 * again whenever it does not belong to the private one. Throws `KEY_FILE_EXPOSED` when others can read
 * the private key, `SECRET_REFUSED` when it is none.
 */
export function switchKey(home: Home): KeyObject {
  const file = switchKeyFile(home)
  const pem = readSecretFile(file) ?? madeKey(file)
  const key = readKey(file, pem)
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const publicFile = switchPublicKeyFile(home)
  if (!existsSync(publicFile) || readFileSync(publicFile, 'utf8') !== publicPem) {
    writeDurably(publicFile, publicPem, 0o644)
  }
  return key
}

function madeKey(file: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeDurably(file, pem, 0o600)
  return pem
}

function readKey(file: string, pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    throw new Fault('SECRET_REFUSED', `The file ${file} holds no private key.`, { cause })
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Fault('SECRET_REFUSED', `The key in ${file} is not of the curve P-256.`)
  }
  return key
}
