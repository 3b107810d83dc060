import type { Scheduler, Timer } from '../scheduler.js'
import { expireAfterMs, refreshAfterMs, type SessionTimer } from './session-timer.js'

/**
 * The running session timer of one dialog (RFC 4028 §10): says when to refresh, if that is ours to do,
 * and when the session has expired.
 *
 *   off ──armed──► running ──half the interval──► refresh, if ours
 *    ▲               │ ▲ └──near its end──► expired
 *    └──stopped──────┘ └──armed again by each refresh──┘
 */
export class SessionClock {
  readonly #scheduler: Scheduler
  readonly #refresh: () => void
  readonly #expired: () => void
  #timer: SessionTimer | undefined
  #refreshing: Timer | undefined
  #expiring: Timer | undefined

  constructor(scheduler: Scheduler, refresh: () => void, expired: () => void) {
    this.#scheduler = scheduler
    this.#refresh = refresh
    this.#expired = expired
  }

  /** What is agreed at present. */
  get timer(): SessionTimer | undefined {
    return this.#timer
  }

  /** Begins anew with what a 2xx agreed; without agreement there is no timer any more. */
  arm(timer: SessionTimer | undefined) {
    this.stop()
    this.#timer = timer
    if (!timer) return
    if (timer.ours) this.refreshIn(refreshAfterMs(timer))
    this.#expiring = this.#scheduler.after(expireAfterMs(timer), this.#expired)
  }

  /** Has the refresh done later, when it could not be done now. */
  refreshIn(delayMs: number) {
    this.#refreshing?.stop()
    this.#refreshing = this.#scheduler.after(delayMs, this.#refresh)
  }

  stop() {
    this.#refreshing?.stop()
    this.#expiring?.stop()
    this.#timer = undefined
  }
}
