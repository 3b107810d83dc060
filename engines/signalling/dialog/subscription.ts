import type { Timer } from '../scheduler.js'
import type { Headers } from '../sip/headers.js'
import { type Environment, giveUpMs } from '../transaction/environment.js'

/** RFC 6665 §3.1.1 leaves the default to each package; most have an hour, in seconds. */
const DEFAULT_EXPIRES_S = 3_600

/** Longest that a subscription is remembered without being renewed: a day, in seconds. */
const EXPIRES_MAX_S = 86_400

/**
 * What keeps a dialog that a SUBSCRIBE formed (RFC 6665 §4): it lives until a NOTIFY says that the
 * subscription is terminated, or nobody has renewed it in time.
 *
 *   active ──2xx of a SUBSCRIBE──► active, for as long as it grants
 *     └──NOTIFY terminated, 481, time is up──► over
 */
export class Subscription {
  /** The package, as Event names it, `id` and all. */
  readonly event: string
  readonly #environment: Environment
  readonly #over: () => void
  #expiring: Timer | undefined

  constructor(subscribe: Headers, environment: Environment, over: () => void) {
    this.event = subscribe.get('Event') ?? ''
    this.#environment = environment
    this.#over = over
  }

  /** A SUBSCRIBE was accepted; what its answer does not say, the request does. */
  granted(answer: Headers, request: Headers) {
    const asked = answer.get('Expires') ?? request.get('Expires') ?? ''
    const expiresS = /^\d{1,9}$/.test(asked) ? Number(asked) : DEFAULT_EXPIRES_S
    this.#expiring?.stop()
    // The last NOTIFY may come as late as its SUBSCRIBE could have (RFC 6665 §4.1.2.4: timer N).
    const delayMs = Math.min(expiresS, EXPIRES_MAX_S) * 1_000 + giveUpMs(this.#environment)
    this.#expiring = this.#environment.scheduler.after(delayMs, this.#over)
  }

  /** A NOTIFY got its final response, from whichever side. */
  notified(notify: Headers, status: number) {
    const terminated = /^terminated\b/i.test(notify.get('Subscription-State') ?? '')
    // RFC 6665 §4.2.2: 481 to a NOTIFY removes the subscription.
    if (status === 481 || terminated) this.#over()
  }

  stop() {
    this.#expiring?.stop()
  }
}
