import type { Msisdn } from '../../domain/msisdn.js'
import { contactKey } from './contact.js'

/** Where a phone of a number may be reached, for a while (RFC 3261 §10). */
interface Binding {
  readonly uri: string
  readonly callId: string
  readonly cseq: number
  /** Monotonic milliseconds. */
  readonly expiresMs: number
}

/** One change a REGISTER asks for. */
export interface BindingChange {
  readonly uri: string
  /** 0 takes the binding away. */
  readonly expiresSeconds: number
}

/**
 * Most phones of one number at once. One more takes the place of the binding that would have ended
 * first: a phone that starts anew under another address must not be shut out by its own past.
 */
export const BINDINGS_PER_NUMBER_MAX = 5

/**
 * The location service: bindings of all numbers, in memory, since phones register again by themselves.
 * `nowMs` is monotonic.
 */
export class Bindings {
  readonly #nowMs: () => number
  readonly #byNumber = new Map<Msisdn, Map<string, Binding>>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** The live bindings of a number, with the whole seconds they have left. */
  of(msisdn: Msisdn): { readonly uri: string; readonly secondsLeft: number }[] {
    const now = this.#nowMs()
    return [...this.#live(msisdn).values()].map(({ uri, expiresMs }) => ({
      uri,
      secondsLeft: Math.ceil((expiresMs - now) / 1000),
    }))
  }

  /** How many numbers have a live binding. Looks at all of them. */
  registeredNumbers(): number {
    return [...this.#byNumber.keys()].filter(msisdn => this.of(msisdn).length > 0).length
  }

  /**
   * Whether a REGISTER comes out of order: an older one of the same phone, late (RFC 3261 §10.3, step 7:
   * «if it does agree, it MUST remove the binding only if the CSeq in the request is higher»).
   */
  isOutOfOrder(msisdn: Msisdn, callId: string, cseq: number, uris?: readonly string[]): boolean {
    const keys = uris?.map(contactKey)
    return [...this.#live(msisdn)].some(
      ([key, binding]) =>
        (keys === undefined || keys.includes(key)) &&
        binding.callId === callId &&
        cseq <= binding.cseq,
    )
  }

  /** Applies the changes of one REGISTER, all of them. */
  change(msisdn: Msisdn, callId: string, cseq: number, changes: readonly BindingChange[]): void {
    const live = this.#live(msisdn)
    for (const { uri, expiresSeconds } of changes) {
      const key = contactKey(uri)
      live.delete(key)
      if (expiresSeconds === 0) continue
      const expiresMs = this.#nowMs() + expiresSeconds * 1000
      live.set(key, { uri, callId, cseq, expiresMs })
    }
    while (live.size > BINDINGS_PER_NUMBER_MAX) live.delete(firstToEnd(live))
    if (live.size === 0) this.#byNumber.delete(msisdn)
    else this.#byNumber.set(msisdn, live)
  }

  /** Takes all bindings of a number away: `Contact: *` with `Expires: 0`. */
  clear(msisdn: Msisdn): void {
    this.#byNumber.delete(msisdn)
  }

  #live(msisdn: Msisdn): Map<string, Binding> {
    const bindings = this.#byNumber.get(msisdn) ?? new Map<string, Binding>()
    const now = this.#nowMs()
    for (const [key, { expiresMs }] of bindings) if (expiresMs <= now) bindings.delete(key)
    if (bindings.size === 0) this.#byNumber.delete(msisdn)
    return bindings
  }
}

function firstToEnd(bindings: ReadonlyMap<string, Binding>): string {
  let first = ''
  let earliest = Number.POSITIVE_INFINITY
  for (const [key, { expiresMs }] of bindings) {
    if (expiresMs < earliest) [first, earliest] = [key, expiresMs]
  }
  return first
}
