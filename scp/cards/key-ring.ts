import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Pin } from '../../domain/card.js'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { readSecretFile } from '../../platform/secret-file.js'
import { CHAINS_MAX, firstKeyOf, keysOf, type PinChain, plainChain } from '../rules/pin-chain.js'
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

/** Most keys of the ring: each begins a chain of its own. */
const KEYS_MAX = CHAINS_MAX

/** What is digested in front of the digits; another form of digest would have another. */
const FORM = 'v1|'

/** Digested in place of digits to tell keys apart: no PIN is a word. */
const CHECKED_WORD = 'check'

/**
 * The keys that PINs are digested with: `HMAC-SHA-256(key, "v1|" + digits)`, and of wrapped digests
 * `HMAC-SHA-256(key, digest)`. They stand in a file of their own, apart from the store, because fourteen
 * digits under a plain digest are found in hours (requirements §5.2). A line a key: its id, a space, 32 bytes
 * as base64url.
 */
export class KeyRing {
  readonly #path: string
  #keys: readonly PinKey[]
  #chains: readonly PinChain[]

  private constructor(path: string, keys: readonly PinKey[]) {
    this.#path = path
    this.#keys = keys
    this.#chains = keys.map(({ id }) => plainChain(id))
  }

  /** The ring that a file holds; `undefined` when there is no file. */
  static read(path: string): KeyRing | undefined {
    const text = readSecretFile(path)
    return text === undefined ? undefined : new KeyRing(path, parseRing(path, text))
  }

  /** Makes a ring of one fresh key in a file of mode 0600, which must not exist. */
  static make(path: string): KeyRing {
    if (existsSync(path)) throw new Fault('FILE_MALFORMED', `${path} is there already.`)
    const key = freshKey(1)
    writeRing(path, [key])
    return new KeyRing(path, [key])
  }

  /** Id of the key that new batches take. */
  get newest(): number {
    return Math.max(...this.#keys.map(({ id }) => id))
  }

  /** A PIN's digests under every chain in use, that of the newest key alone first. */
  digests(pin: Pin): readonly KeyedDigest[] {
    return this.#chains.map(chain => ({ chain, digest: this.#digest(chain, pin) }))
  }

  /** Chains that digests are made under from now on, each of keys that the ring holds. */
  use(chains: readonly PinChain[]): void {
    this.#chains = chains.toSorted((a, b) => rank(b) - rank(a))
  }

  /** Makes a key, on disk before it is used; one that is there already stays. Answers its check value. */
  addKey(id: number): PinKeyCheck {
    if (!this.#keys.some(key => key.id === id)) {
      const keys = [freshKey(id), ...this.#keys]
      writeRing(this.#path, keys)
      this.#keys = keys
    }
    // Before any card can have it: the store hands it out once it is admitted there.
    if (!this.#chains.includes(plainChain(id))) this.use([plainChain(id), ...this.#chains])
    return checkOf(this.#key(id))
  }

  /** A digest wrapped with a key. */
  wrap(id: number, digest: Uint8Array): Buffer {
    return createHmac('sha256', this.#key(id).key).update(digest).digest()
  }

  /** What each key is known by in the store. */
  checks(): PinKeyCheck[] {
    return this.#keys.map(checkOf)
  }

  #digest(chain: PinChain, pin: Pin): Buffer {
    const [first = 0, ...wrapping] = keysOf(chain)
    return wrapping.reduce((digest, id) => this.wrap(id, digest), hmac(this.#key(first).key, pin))
  }

  #key(id: number): PinKey {
    const key = this.#keys.find(one => one.id === id)
    if (!key) throw new Fault('PIN_KEY_MISSING', `${this.#path} does not hold key ${id}.`)
    return key
  }
}

/** Chains of one key before wrapped ones, newer keys first. */
const rank = (chain: PinChain): number => firstKeyOf(chain) - (keysOf(chain).length - 1) * 1_000_000

const checkOf = ({ id, key }: PinKey): PinKeyCheck => ({
  keyId: id,
  checkValue: hmac(key, CHECKED_WORD),
})

const freshKey = (id: number): PinKey => ({ id, key: randomBytes(KEY_BYTES) })

function writeRing(path: string, keys: readonly PinKey[]): void {
  const lines = keys.map(({ id, key }) => `${id} ${key.toString('base64url')}\n`)
  writeDurably(path, lines.join(''), 0o600)
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
  ring.use(await store.ask('pinChains', undefined))
  return ring
}

const hmac = (key: Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(FORM).update(text).digest()

function parseRing(path: string, text: string): readonly PinKey[] {
  const keys = text.split('\n').map((line, index) => parseLine(path, line, index + 1))
  const ids = new Set(keys.map(({ id }) => id))
  if (keys.length > KEYS_MAX || ids.size < keys.length) {
    const what = `${path} must hold 1 to ${KEYS_MAX} keys, each of its own id.`
    throw new Fault('FILE_MALFORMED', what)
  }
  return keys.sort((a, b) => b.id - a.id)
}

function parseLine(path: string, line: string, number: number): PinKey {
  const [, id, text = ''] = /^([1-9]\d{0,5}) ([\w-]{43})$/.exec(line) ?? []
  const key = Buffer.from(text, 'base64url')
  if (id === undefined || key.length !== KEY_BYTES) {
    throw new Fault('FILE_MALFORMED', `Line ${number} of ${path} is not a key of the ring.`)
  }
  return { id: Number(id), key }
}
