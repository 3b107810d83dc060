import type { Hop } from '../transport/path.js'

/** For how long a server that did not answer is tried last, in milliseconds. */
const SILENT_MS = 30_000

/** Longest time that a server itself may ask for, in milliseconds. */
const ASKED_MAX_MS = 600_000

/** Servers remembered at once; beyond, all are forgotten. */
const SERVERS_MAX = 1_000

/**
 * Which servers failed lately, so that not every request waits for the dead one first. RFC 3261 §21.5.4: one
 * that answered 503 with Retry-After is left alone for that long while there are others.
 */
export class FailedServers {
  readonly #until = new Map<string, number>()
  readonly #monotonicMs: () => number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  failed(hop: Hop, retryAfterS: number | undefined) {
    if (this.#until.size >= SERVERS_MAX) this.#until.clear()
    const ms = retryAfterS === undefined ? SILENT_MS : Math.min(retryAfterS * 1_000, ASKED_MAX_MS)
    this.#until.set(keyOf(hop), this.#monotonicMs() + ms)
  }

  /** The same servers, those that failed lately behind the others. */
  ordered(hops: readonly Hop[]): readonly Hop[] {
    if (hops.length < 2 || this.#until.size === 0) return hops
    const now = this.#monotonicMs()
    const isWell = (hop: Hop) => (this.#until.get(keyOf(hop)) ?? 0) <= now
    return [...hops.filter(isWell), ...hops.filter(hop => !isWell(hop))]
  }
}

const keyOf = ({ protocol, remote }: Hop): string => `${protocol}|${remote.host}|${remote.port}`
