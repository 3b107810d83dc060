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

/** Names asked for at once; beyond, a name counts as nobody's, so that no peer can fill memory with them. */
const ASKED_MAX = 256

/**
 * Looks names up by the system's resolver (A and AAAA, RFC 3263 §4.2), keeping answers for a while and
 * asking for a name once at a time. An address is its own answer, at once.
 */
export function makeHostLookup(monotonicMs: () => number): HostLookup {
  const kept = new Map<string, { address: string; untilMs: number }>()
  const asked = new Map<string, ((address: string | undefined) => void)[]>()
  const answer = (key: string, address: string | undefined) => {
    if (kept.size >= KEPT_MAX) kept.clear()
    if (address !== undefined) kept.set(key, { address, untilMs: monotonicMs() + KEPT_MS })
    const waiting = asked.get(key) ?? []
    asked.delete(key)
    for (const found of waiting) found(address)
  }
  return (host, family, found) => {
    if (isLiteral(host)) return found(host)
    const key = `${family}|${host.toLowerCase()}`
    const known = kept.get(key)
    if (known && known.untilMs > monotonicMs()) return found(known.address)
    const waiting = asked.get(key)
    if (waiting) {
      waiting.push(found)
      return
    }
    if (asked.size >= ASKED_MAX) return found(undefined)
    asked.set(key, [found])
    lookup(host, { family }, (error, address) => answer(key, error ? undefined : address))
  }
}
