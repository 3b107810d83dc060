/**
 * How a card's digest was made: the ids of the keys that were used one after the other. `1` is
 * `HMAC(key 1, PIN)`; `1.2` is that, wrapped: `HMAC(key 2, HMAC(key 1, PIN))` (requirements §5.2).
 */
export type PinChain = string & { readonly kind: 'PIN chain' }

/** Most chains that a look-up tries (requirements §5.2). */
export const CHAINS_MAX = 4

/** The chain of one key alone. */
export const plainChain = (keyId: number): PinChain => `${keyId}` as PinChain

/** A chain wrapped with one more key. */
export const wrappedChain = (chain: PinChain, keyId: number): PinChain =>
  `${chain}.${keyId}` as PinChain

/** The ids of its keys, the first one used first. */
export const keysOf = (chain: PinChain): readonly number[] => chain.split('.').map(Number)

/** The key that its cards were made with. */
export const firstKeyOf = (chain: PinChain): number => Number.parseInt(chain, 10)

/** Chains that digests under a new key replace, when everything else is to be wrapped with it. */
export const chainsToWrap = (inUse: readonly PinChain[], keyId: number): PinChain[] =>
  inUse.filter(chain => !keysOf(chain).includes(keyId))

/**
 * Most chains in use at any time of a rotation: one more for the new key, and one more while a chain is
 * being wrapped, of which both forms are looked up.
 */
export const chainsAfterRotation = (inUse: number, wrap: boolean): number =>
  inUse + 1 + (wrap && inUse > 0 ? 1 : 0)
