import { CallRate, type CallRateLimit } from '../../platform/signalling/call-rate.js'

/** How many new calls an engine lets through to its applications (requirement M-05, fault test XS9). */
export interface CallGateLimits {
  /** Call attempts a second; any number where it is left out. */
  readonly rate?: CallRateLimit
  /**
   * Calls at once that an application was given and has said nothing to: how long its queue may become. A
   * quarter as many while it is slow.
   */
  readonly waitingMax: number
}

/**
 * An application is slow when the call that it answered last had waited so long, in ms: a call is several such
 * waits, and its caller's patience some seconds.
 */
const SLOW_MS = 1_000

/** Pause between two tellings that calls are refused, in ms. */
const TELL_EVERY_MS = 1_000

/**
 * Refuses new calls beyond what the applications can serve, before anything is done for them: below the
 * application, an attempt costs a hundredth of what a call costs above. By the rate, and by the queue, which
 * holds where the rate was set higher than what the machine can serve.
 */
export class CallGate {
  readonly #waitingMax: number
  readonly #rate: CallRate | undefined
  readonly #noticed: (refused: number) => void
  #slow = false
  #refused = 0
  #untold = 0
  #noticedMs = Number.NEGATIVE_INFINITY

  /** `noticed` is told now and then, while calls are refused, how many were so far. */
  constructor({ rate, waitingMax }: CallGateLimits, noticed: (refused: number) => void) {
    this.#waitingMax = waitingMax
    this.#rate = rate && new CallRate(rate)
    this.#noticed = noticed
  }

  /** How many calls were refused since the start. */
  get refused(): number {
    return this.#refused
  }

  /** Whether a call that comes now, in monotonic ms, is let through while so many wait for an application. */
  take(waiting: number, nowMs: number): boolean {
    const waitingMax = this.#slow ? Math.ceil(this.#waitingMax / 4) : this.#waitingMax
    if (waiting < waitingMax && (this.#rate?.take(nowMs) ?? true)) return true
    this.#refused++
    this.#untold++
    if (nowMs - this.#noticedMs >= TELL_EVERY_MS) {
      this.#noticedMs = nowMs
      this.#noticed(this.#refused)
    }
    return false
  }

  /** An application said its first word to a call, which waited so long. */
  answered(waitedMs: number): void {
    this.#slow = waitedMs > SLOW_MS
  }

  /** How many calls were refused since this was asked before. */
  takeUntold(): number {
    const untold = this.#untold
    this.#untold = 0
    return untold
  }
}
