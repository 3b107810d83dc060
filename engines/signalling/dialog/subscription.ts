import type { Timer } from '../scheduler.js'
import type { Headers } from '../sip/headers.js'
import type { SipRequest, SipResponse } from '../sip/message.js'
import { type Environment, giveUpMs } from '../transaction/environment.js'

/** RFC 6665 §3.1.1 leaves the default to each package; most have an hour, in seconds. */
const DEFAULT_EXPIRES_S = 3_600

/** Longest that a subscription is remembered without being renewed: a day, in seconds. */
const EXPIRES_MAX_S = 86_400

/** What asks for a subscription outside any dialog, by itself (RFC 6665) or besides (RFC 3515 §2.4.4). */
export const SUBSCRIBING: ReadonlySet<string> = new Set(['SUBSCRIBE', 'REFER'])

/** Whether this answer makes a subscription; RFC 4488 §4: `Refer-Sub: false` says that a REFER made none. */
export const subscribes = (
  { method }: Pick<SipRequest, 'method'>,
  { status, headers }: Pick<SipResponse, 'status' | 'headers'>,
): boolean =>
  SUBSCRIBING.has(method) &&
  status >= 200 &&
  status < 300 &&
  !(method === 'REFER' && /^false\b/i.test(headers.get('Refer-Sub') ?? ''))

/**
 * What keeps a dialog that a SUBSCRIBE or REFER formed (RFC 6665 §4): it lives until a NOTIFY says that the
 * subscription is terminated, or nobody has renewed it in time.
 *
 *   active ──2xx of a SUBSCRIBE, NOTIFY active──► active, for as long as it grants
 *     └──NOTIFY terminated, 481, time is up──► over
 */
export class Subscription {
  /** The package, as Event names it, `id` and all. */
  readonly event: string
  readonly #environment: Environment
  readonly #over: () => void
  #expiring: Timer | undefined

  constructor({ method, headers }: SipRequest, environment: Environment, over: () => void) {
    // RFC 3515 §3: a REFER names no package, its subscription is to «refer».
    this.event = method === 'REFER' ? 'refer' : (headers.get('Event') ?? '')
    this.#environment = environment
    this.#over = over
  }

  /** The request was accepted; what its answer does not say, the request does. */
  granted(answer: Headers, request: Headers) {
    const asked = answer.get('Expires') ?? request.get('Expires') ?? ''
    this.#lastFor(/^\d{1,9}$/.test(asked) ? Number(asked) : DEFAULT_EXPIRES_S)
  }

  /** A NOTIFY got its final response, from whichever side. */
  notified(notify: Headers, status: number) {
    const state = notify.get('Subscription-State') ?? ''
    // RFC 6665 §4.2.2: 481 to a NOTIFY removes the subscription.
    if (status === 481 || /^terminated\b/i.test(state)) return this.#over()
    // §4.1.3: how long it still lasts; for one that a REFER made this alone says so.
    const expires = /;\s*expires\s*=\s*(\d{1,9})\b/i.exec(state)?.[1]
    if (status < 300 && expires !== undefined) this.#lastFor(Number(expires))
  }

  stop() {
    this.#expiring?.stop()
  }

  #lastFor(expiresS: number) {
    this.#expiring?.stop()
    // The last NOTIFY may come as late as its SUBSCRIBE could have (RFC 6665 §4.1.2.4: timer N).
    const delayMs = Math.min(expiresS, EXPIRES_MAX_S) * 1_000 + giveUpMs(this.#environment)
    this.#expiring = this.#environment.scheduler.after(delayMs, this.#over)
  }
}
