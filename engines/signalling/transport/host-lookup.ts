import { lookup } from 'node:dns'
import { isLiteral } from './local-host.js'

/** Finds an address of a host name; `undefined` when there is none. */
export type HostLookup = (
  host: string,
  family: 4 | 6,
  found: (address: string | undefined) => void,
) => void

/** How long an answer is used again, in milliseconds: a fail-over by DNS is followed within it. */
const KEPT_MS = 30_000

/** Names kept at once. */
const KEPT_MAX = 1_000

/**
 * Looks names up by the system's resolver (A and AAAA, RFC 3263 §4.2), keeping answers for a while. An
 * address is its own answer, at once.
 */
export function makeHostLookup(monotonicMs: () => number): HostLookup {
  const kept = new Map<string, { address: string; untilMs: number }>()
  return (host, family, found) => {
    if (isLiteral(host)) return found(host)
    const key = `${family}|${host.toLowerCase()}`
    const known = kept.get(key)
    if (known && known.untilMs > monotonicMs()) return found(known.address)
    lookup(host, { family }, (error, address) => {
      if (error) return found(undefined)
      if (kept.size >= KEPT_MAX) kept.clear()
      kept.set(key, { address, untilMs: monotonicMs() + KEPT_MS })
      found(address)
    })
  }
}
