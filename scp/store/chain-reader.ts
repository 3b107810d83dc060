import type { Database } from '../../platform/store.js'
import type { PinChain } from '../rules/pin-chain.js'

/** The chain of a card's digest: its own where it was wrapped, or its batch's key alone. */
export const CHAIN_OF_CARD = 'coalesce(card.chain, CAST(batch.key_id AS TEXT))'

/** Serial numbers, as the store keys them, both ends among them. */
export interface SerialSpan {
  readonly first: number
  readonly last: number
}

/** A card's digest. */
export interface CardDigest {
  readonly serial: number
  readonly digest: Uint8Array
}

/** Reads digests for wrapping, beside the writer. */
export class ChainReader {
  readonly #batches
  readonly #cards

  constructor(store: Database) {
    this.#batches = store.prepare<[number], SerialSpan>(
      `SELECT first_serial AS first, first_serial + card_count - 1 AS last FROM batch
       WHERE key_id = ? ORDER BY first_serial`,
    )
    this.#cards = store.prepare<[number, number, PinChain], { serial: number; pin_digest: Buffer }>(
      `SELECT serial, pin_digest FROM card JOIN batch USING (batch)
       WHERE serial >= ? AND serial <= ? AND ${CHAIN_OF_CARD} = ?`,
    )
  }

  /** Where the cards stand that were made with a key. */
  spansOf(keyId: number): SerialSpan[] {
    return this.#batches.all(keyId)
  }

  /** The cards of a span whose digests are of a chain. */
  cardsOf(chain: PinChain, { first, last }: SerialSpan): CardDigest[] {
    return this.#cards
      .all(first, last, chain)
      .map(({ serial, pin_digest: digest }) => ({ serial, digest }))
  }
}
