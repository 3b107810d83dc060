import { LRUCache } from 'lru-cache'
import type { Msisdn } from '../../../domain/msisdn.js'
import type { Subscriber, SubscriberReader } from './subscriber.js'

/** Most numbers remembered: some 400 octets each, so at most 8 MB. */
const REMEMBERED_MAX = 20_000

/** How long a change of the store may stay unseen by the switch, in ms. */
export const SUBSCRIBER_CHANGE_SEEN_MS = 5_000

/** What the store said of a number, also that there is no such subscriber. */
interface Found {
  readonly subscriber: Subscriber | undefined
}

/**
 * A bounded reader in front of the store. It decides nothing: it forgets after five seconds, and what it
 * does not know is asked of the store. `monotonic` is the time that entries age by.
 */
export class CachedSubscribers implements SubscriberReader {
  readonly #store: SubscriberReader
  readonly #cache: LRUCache<Msisdn, Found>

  constructor(store: SubscriberReader, monotonic: { now(): number } = performance) {
    this.#store = store
    this.#cache = new LRUCache({
      max: REMEMBERED_MAX,
      ttl: SUBSCRIBER_CHANGE_SEEN_MS,
      ttlResolution: 0,
      perf: monotonic,
    })
  }

  async find(msisdn: Msisdn): Promise<Subscriber | undefined> {
    const known = this.#cache.get(msisdn)
    if (known) return known.subscriber
    const subscriber = await this.#store.find(msisdn)
    this.#cache.set(msisdn, { subscriber })
    return subscriber
  }
}
