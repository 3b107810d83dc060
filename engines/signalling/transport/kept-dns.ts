import type { Dns } from './dns.js'

/** How long an answer is used again, in milliseconds: a fail-over by DNS is followed within it. */
const KEPT_MS = 30_000

/** Answers kept at once. */
const KEPT_MAX = 3_000

/** Names asked for at once; beyond, nobody has a name, so that no peer can fill memory with them. */
const ASKED_MAX = 256

interface Kept {
  readonly answer: Promise<unknown>
  untilMs: number
}

/** Keeps the answers of another for a while, also that there are none, and asks for each once at a time. */
export function keptDns(dns: Dns, monotonicMs: () => number): Dns {
  const kept = new Map<string, Kept>()
  let asked = 0
  const keep = <Answer>(
    key: string,
    ask: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> => {
    const known = kept.get(key)
    // Each key has answers of one kind only.
    if (known && known.untilMs > monotonicMs()) return known.answer as Promise<Answer | undefined>
    if (asked >= ASKED_MAX) return Promise.resolve(undefined)
    if (kept.size >= KEPT_MAX) kept.clear()
    asked++
    const answer = ask().then(found => {
      asked--
      entry.untilMs = found === undefined ? 0 : monotonicMs() + KEPT_MS
      return found
    })
    const entry: Kept = { answer, untilMs: Number.POSITIVE_INFINITY }
    kept.set(key, entry)
    return answer
  }
  return {
    naptr: name => keep(`naptr|${name.toLowerCase()}`, () => dns.naptr(name)),
    srv: name => keep(`srv|${name.toLowerCase()}`, () => dns.srv(name)),
    addresses: (name, family) =>
      keep(`${family}|${name.toLowerCase()}`, () => dns.addresses(name, family)),
  }
}
