import type { Database } from '../../platform/store.js'

/** A key that digests PINs, as the store knows it: not the key, but a value that only it gives. */
export interface PinKeyCheck {
  readonly keyId: number
  readonly checkValue: Uint8Array
}

/** Which keys the digests of this store were made with (fault test XP5). */
export class PinKeys {
  readonly #all
  readonly #admit

  constructor(store: Database) {
    this.#all = store.prepare<[], { key_id: number; check_value: Buffer }>(
      'SELECT key_id, check_value FROM pin_key ORDER BY key_id',
    )
    this.#admit = store.prepare<[number, Uint8Array]>(
      'INSERT INTO pin_key (key_id, check_value) VALUES (?, ?)',
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
  }
}
