import type { EpochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import { CHAINS_MAX, chainsAfterRotation, type PinChain, plainChain } from '../rules/pin-chain.js'

/** A key that digests PINs, as the store knows it: not the key, but a value that only it gives. */
export interface PinKeyCheck {
  readonly keyId: number
  readonly checkValue: Uint8Array
}

/** A rotation of the PIN key that is under way. */
export interface PinRotation {
  readonly keyId: number
  /** Whether digests under older keys are wrapped with the new one. */
  readonly wrap: boolean
  /** Whether the new key is in service. */
  readonly keyed: boolean
}

/** Cards whose digests become those of another chain. */
export interface Wrapping {
  readonly to: PinChain
  readonly cards: readonly {
    readonly serial: number
    readonly digest: Uint8Array
    readonly wrapped: Uint8Array
  }[]
}

/** Which keys the digests of this store were made with, and how (requirements §5.2, fault test XP5). */
export class PinKeys {
  readonly #all
  readonly #admit
  readonly #addChain
  readonly #chains
  readonly #endChain
  readonly #rotation
  readonly #beginRotation
  readonly #endRotation
  readonly #wrap

  constructor(store: Database) {
    this.#all = store.prepare<[], { key_id: number; check_value: Buffer }>(
      'SELECT key_id, check_value FROM pin_key ORDER BY key_id',
    )
    this.#admit = store.prepare<[number, Uint8Array]>(
      'INSERT INTO pin_key (key_id, check_value) VALUES (?, ?)',
    )
    this.#addChain = store.prepare<[PinChain]>('INSERT OR IGNORE INTO pin_chain (chain) VALUES (?)')
    this.#chains = store
      .prepare<[], PinChain>('SELECT chain FROM pin_chain WHERE ended = 0 ORDER BY chain')
      .pluck()
    this.#endChain = store.prepare<[PinChain]>('UPDATE pin_chain SET ended = 1 WHERE chain = ?')
    this.#rotation = store.prepare<[], { key_id: number; wrap: number; keyed: number }>(
      `SELECT key_id, wrap, EXISTS (SELECT 1 FROM pin_key WHERE pin_key.key_id = pin_rotation.key_id)
         AS keyed FROM pin_rotation WHERE ended_at IS NULL`,
    )
    this.#beginRotation = store.prepare<[number, number, number]>(
      'INSERT INTO pin_rotation (key_id, wrap, begun_at) VALUES (?, ?, ?)',
    )
    this.#endRotation = store.prepare<[number, number]>(
      'UPDATE pin_rotation SET ended_at = ? WHERE key_id = ?',
    )
    this.#wrap = store.prepare<[Uint8Array, PinChain, number, Uint8Array]>(
      'UPDATE card SET pin_digest = ?, chain = ? WHERE serial = ? AND pin_digest = ?',
    )
  }

  all(): PinKeyCheck[] {
    return this.#all
      .all()
      .map(({ key_id: keyId, check_value: checkValue }) => ({ keyId, checkValue }))
  }

  /** Takes a key into use; its id must be new. */
  admit({ keyId, checkValue }: PinKeyCheck): void {
    this.#admit.run(keyId, checkValue)
    this.#addChain.run(plainChain(keyId))
  }

  /** The chains that a look-up must try. */
  chains(): PinChain[] {
    return this.#chains.all()
  }

  /** The rotation that is not over. */
  rotation(): PinRotation | undefined {
    const row = this.#rotation.get()
    return row && { keyId: row.key_id, wrap: row.wrap === 1, keyed: row.keyed === 1 }
  }

  /** Begins a rotation; answers the id of the key that is to be made. Throws `ACT_REFUSED`. */
  beginRotation(wrap: boolean, at: EpochMs): number {
    const under = this.rotation()
    if (under) throw refused(`The rotation to key ${under.keyId} is not over yet.`)
    const inUse = this.chains().length
    if (chainsAfterRotation(inUse, wrap) > CHAINS_MAX) {
      const what = wrap ? 'wrap with' : 'add'
      throw refused(
        `A look-up tries ${CHAINS_MAX} chains of keys at most: with ${inUse} in use there is none to ${what}.`,
      )
    }
    const keyId = Math.max(0, ...this.all().map(key => key.keyId)) + 1
    this.#beginRotation.run(keyId, wrap ? 1 : 0, at)
    return keyId
  }

  endRotation(keyId: number, at: EpochMs): void {
    this.#endRotation.run(at, keyId)
  }

  /** From here on digests of a chain may stand in the store. */
  beginChain(chain: PinChain): void {
    this.#addChain.run(chain)
  }

  /** No card has a digest of this chain any more. */
  endChain(chain: PinChain): void {
    this.#endChain.run(chain)
  }

  /** Replaces digests, each only where it is still the one that was wrapped. Safe to repeat. */
  wrap({ to, cards }: Wrapping): void {
    for (const { serial, digest, wrapped } of cards) this.#wrap.run(wrapped, to, serial, digest)
  }
}

const refused = (why: string): Fault => new Fault('ACT_REFUSED', why)
