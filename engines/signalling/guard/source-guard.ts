import type { BlockList } from 'node:net'
import { isIP } from 'node:net'

/** Requests of one source within the window that begin something; Kamailio's pike has the same. */
export const REQUESTS_MAX = 16

/** The window, in milliseconds. */
export const WINDOW_MS = 2_000

/** How long a source that asks more is not heard, in milliseconds. */
export const BAN_MS = 300_000

/** Sources remembered at once; beyond, the one not heard for longest is forgotten. */
const SOURCES_MAX = 65_536

/** What the guard stands on. */
export interface GuardOptions {
  readonly monotonicMs: () => number
  /** Peers whose requests are not counted: the network's own, and gateways that stand for many. */
  readonly unlimited: BlockList
}

/**
 * Drops who floods, and who scans, without a word: an answer would tell a scanner that somebody is here,
 * and cost more than the request did. Whom a call is up with is not counted for what it says in the call.
 */
export class SourceGuard {
  readonly #options: GuardOptions
  readonly #asked = new Map<string, number[]>()
  /** Until when each banned source is not heard. */
  readonly #banned = new Map<string, number>()

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** How many sources are banned, some of whose time may be up. */
  get banned(): number {
    return this.#banned.size
  }

  /** Whether nothing of this source is to be heard. */
  bars(host: string): boolean {
    if (this.#banned.size === 0) return false
    const source = sourceOf(host)
    const until = this.#banned.get(source)
    if (until === undefined) return false
    if (this.#options.monotonicMs() < until) return true
    this.#banned.delete(source)
    return false
  }

  /** Counts a request that begins something; whether it may. The first too many bans its source. */
  admits(host: string): boolean {
    if (this.isUnlimited(host)) return true
    const source = sourceOf(host)
    const now = this.#options.monotonicMs()
    const times = this.#asked.get(source) ?? []
    this.#asked.delete(source)
    while (times[0] !== undefined && times[0] <= now - WINDOW_MS) times.shift()
    if (times.length >= REQUESTS_MAX) {
      this.ban(host)
      return false
    }
    times.push(now)
    remember(this.#asked, source, times)
    return true
  }

  /** Hears nothing of a source for a while, unless it is one of the unlimited. */
  ban(host: string) {
    if (this.isUnlimited(host)) return
    const source = sourceOf(host)
    this.#banned.delete(source)
    remember(this.#banned, source, this.#options.monotonicMs() + BAN_MS)
  }

  isUnlimited(host: string): boolean {
    const family = isIP(host)
    return family !== 0 && this.#options.unlimited.check(host, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** Adds at the end, and forgets from the front. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value) {
  map.set(key, value)
  if (map.size <= SOURCES_MAX) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}

/** Of IPv6 a subscriber has a /64 (RFC 6177), so its addresses are one source. */
export function sourceOf(address: string): string {
  // A socket for both families shows an IPv4 peer so (RFC 4291 §2.5.5.2).
  const host = address.replace(/^::ffff:(?=[\d.]+$)/i, '')
  if (!host.includes(':')) return host
  const [front = '', back] = host.toLowerCase().split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === undefined || back === '' ? [] : back.split(':')
  const missing = back === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length)
  const all = [...groups, ...Array<string>(missing).fill('0'), ...behind]
  return all
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
