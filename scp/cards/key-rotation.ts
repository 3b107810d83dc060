import { setImmediate as turn } from 'node:timers/promises'
import type { Later } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import { chainsToWrap, firstKeyOf, type PinChain, wrappedChain } from '../rules/pin-chain.js'
import type { BackgroundQuestions } from '../store/background-questions.js'
import type { SerialSpan } from '../store/chain-reader.js'
import type { ScpStore } from '../store/questions.js'
import type { KeyRing } from './key-ring.js'

export interface KeyRotationOptions {
  readonly store: ScpStore
  readonly read: <N extends 'spansOfKey' | 'cardsOfChain'>(
    name: N,
    ask: BackgroundQuestions[N]['ask'],
  ) => Promise<BackgroundQuestions[N]['answer']>
  readonly ring: KeyRing
  /** Resolves when no demonstration batch is being made that was begun before it was asked. */
  readonly idle: () => Promise<void>
  readonly later: Later
  readonly log: Logger
}

/** Serial numbers that are wrapped in one work of the store: a charge waits for one of them only a moment. */
const CHUNK = 250

/** What an alarm of it is about. */
const WHAT = 'the rotation of the PIN key'

/** Pause before what failed, or must wait for a batch in the making, is tried again, in ms. */
const PAUSE_MS = 10_000

/**
 * Carries a rotation of the PIN key through, in service (requirements §5.2, fault test XP5): makes the key in
 * its file, takes it into use, and where that was approved wraps one chain after the other, in chunks.
 *
 * A look-up tries both forms of a chain while it is being wrapped, so that no card is missed. What a kill
 * leaves half done is gone on with at the next start: each card's row says what it is.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions
  readonly #rounds

  constructor(options: KeyRotationOptions) {
    this.#options = options
    const work = () => this.#carryOn()
    this.#rounds = new Rounds({ ...options, work, what: WHAT, retryMs: PAUSE_MS })
  }

  /** There may be a rotation to carry through. */
  wake(): void {
    void this.#rounds.run()
  }

  /** Stops between two chunks. */
  close(): Promise<void> {
    return this.#rounds.close()
  }

  async #carryOn(): Promise<number | undefined> {
    const { store, ring, idle, log } = this.#options
    const rotation = await store.ask('pinRotation', undefined)
    if (!rotation) return undefined
    const { keyId, wrap, keyed } = rotation
    if (!keyed) {
      const check = ring.addKey(keyId)
      await store.ask('admitPinKey', check)
      log.info({ keyId }, 'PIN key taken into service')
    }
    if (wrap) {
      await idle()
      const wrapped = await this.#wrapAll(keyId)
      if (wrapped !== 'all') return wrapped === 'later' ? PAUSE_MS : undefined
      log.info({ keyId }, 'PIN digests wrapped')
    }
    await store.ask('endPinRotation', keyId)
    return undefined
  }

  /** Wraps every older chain, unless a batch must be waited for or the program ends. */
  async #wrapAll(keyId: number): Promise<'all' | 'later' | 'stopped'> {
    const { store } = this.#options
    for (const chain of chainsToWrap(await store.ask('pinChains', undefined), keyId)) {
      const to = wrappedChain(chain, keyId)
      await this.#useAfter(store.ask('beginPinChain', to))
      // Until it is whole, a batch gets cards of the key that it was begun with.
      if ((await store.ask('keysInMaking', undefined)).includes(firstKeyOf(chain))) {
        return 'later'
      }
      if (!(await this.#wrapChain(chain, to, keyId))) return 'stopped'
      await this.#useAfter(store.ask('endPinChain', chain))
    }
    return 'all'
  }

  async #useAfter(changed: Promise<unknown>): Promise<void> {
    const { store, ring } = this.#options
    await changed
    ring.use(await store.ask('pinChains', undefined))
  }

  async #wrapChain(from: PinChain, to: PinChain, keyId: number): Promise<boolean> {
    for (const { first, last } of await this.#options.read('spansOfKey', firstKeyOf(from))) {
      for (let at = first; at <= last; at += CHUNK) {
        if (this.#rounds.closing) return false
        await this.#wrapSpan(from, to, keyId, { first: at, last: Math.min(last, at + CHUNK - 1) })
        await turn()
      }
    }
    return true
  }

  async #wrapSpan(from: PinChain, to: PinChain, keyId: number, span: SerialSpan): Promise<void> {
    const { store, ring, read } = this.#options
    const found = await read('cardsOfChain', { chain: from, span })
    if (found.length === 0) return
    const cards = found.map(one => ({ ...one, wrapped: ring.wrap(keyId, one.digest) }))
    await store.ask('wrapCards', { to, cards })
  }
}
