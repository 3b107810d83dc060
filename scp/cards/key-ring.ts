import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Pin } from '../../domain/card.js'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { readSecretFile } from '../../platform/secret-file.js'
import type { KeyedDigest } from '../store/cards.js'
import type { PinKeyCheck } from '../store/pin-keys.js'
import type { ScpStore } from '../store/questions.js'

/** One key of the ring. Its id never names another key. */
interface PinKey {
  readonly id: number
  readonly key: Buffer
}

/** Bytes of a key: as many as the digest it makes (RFC 2104 §3). */
const KEY_BYTES = 32

/** Most keys that a look-up tries (requirements §5.2). */
const KEYS_MAX = 4

/** What is digested in front of the digits; another form of digest would have another. */
const FORM = 'v1|'

/** Digested in place of digits to tell keys apart: no PIN is a word. */
const CHECKED_WORD = 'check'

/**
 * The keys that PINs are digested with, newest first: `HMAC-SHA-256(key, "v1|" + digits)`. They stand in
 * a file of their own, apart from the store, because fourteen digits under a plain digest are found in
 * hours (requirements §5.2). A line a key: its id, a space, 32 bytes as base64url.
 */
export class KeyRing {
  readonly #keys: readonly [PinKey, ...PinKey[]]

  private constructor(keys: readonly [PinKey, ...PinKey[]]) {
    this.#keys = keys
  }

  /** The ring that a file holds; `undefined` when there is no file. */
  static read(path: string): KeyRing | undefined {
    const text = readSecretFile(path)
    return text === undefined ? undefined : new KeyRing(parseRing(path, text))
  }

  /** Makes a ring of one fresh key in a file of mode 0600, which must not exist. */
  static make(path: string): KeyRing {
    if (existsSync(path)) throw new Fault('FILE_MALFORMED', `${path} is there already.`)
    const line = `1 ${randomBytes(KEY_BYTES).toString('base64url')}`
    writeDurably(path, `${line}\n`, 0o600)
    return new KeyRing(parseRing(path, line))
  }

  /** Id of the key that new batches take. */
  get newest(): number {
    return this.#keys[0].id
  }

  /** A PIN's digests under every key, the newest first. */
  digests(pin: Pin): readonly [KeyedDigest, ...KeyedDigest[]] {
    const [newest, ...older] = this.#keys
    return [keyed(newest, pin), ...older.map(key => keyed(key, pin))]
  }

  /** What each key is known by in the store. */
  checks(): PinKeyCheck[] {
    return this.#keys.map(({ id, key }) => ({ keyId: id, checkValue: hmac(key, CHECKED_WORD) }))
  }
}

/**
 * The key ring of a store, made at its first start. Throws `PIN_KEY_MISSING` when a key that the store's
 * cards were digested with is not in the ring, or another stands in its place: then no caller could use
 * those cards, and all would be locked for trying.
 */
export async function openKeyRing(path: string, store: ScpStore): Promise<KeyRing> {
  const known = await store.ask('pinKeys', undefined)
  const ring = KeyRing.read(path) ?? (known.length === 0 ? KeyRing.make(path) : undefined)
  const checks = ring?.checks() ?? []
  for (const { keyId, checkValue } of known) {
    const held = checks.find(check => check.keyId === keyId)
    if (!held || !timingSafeEqual(held.checkValue, checkValue)) {
      throw new Fault('PIN_KEY_MISSING', `${path} does not hold key ${keyId} of the store's cards.`)
    }
  }
  if (!ring) throw new Fault('PIN_KEY_MISSING', `${path} is not there.`)
  for (const check of checks) {
    if (!known.some(({ keyId }) => keyId === check.keyId)) await store.ask('admitPinKey', check)
  }
  return ring
}

const hmac = (key: Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(FORM).update(text).digest()

const keyed = ({ id, key }: PinKey, pin: Pin): KeyedDigest => ({
  keyId: id,
  digest: hmac(key, pin),
})

function parseRing(path: string, text: string): [PinKey, ...PinKey[]] {
  const keys = text.split('\n').map((line, index) => parseLine(path, line, index + 1))
  const [newest, ...older] = keys.sort((a, b) => b.id - a.id)
  const ids = new Set(keys.map(({ id }) => id))
  if (!newest || keys.length > KEYS_MAX || ids.size < keys.length) {
    const what = `${path} must hold 1 to ${KEYS_MAX} keys, each of its own id.`
    throw new Fault('FILE_MALFORMED', what)
  }
  return [newest, ...older]
}

function parseLine(path: string, line: string, number: number): PinKey {
  const [, id, text = ''] = /^([1-9]\d{0,5}) ([\w-]{43})$/.exec(line) ?? []
  const key = Buffer.from(text, 'base64url')
  if (id === undefined || key.length !== KEY_BYTES) {
    throw new Fault('FILE_MALFORMED', `Line ${number} of ${path} is not a key of the ring.`)
  }
  return { id: Number(id), key }
}
