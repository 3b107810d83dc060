import type { Core } from '../core.js'
import { internalResponse } from '../outgoing-request.js'
import { type Ready, readyAs } from '../ready.js'
import type { Timer } from '../scheduler.js'
import type { SipResponse } from '../sip/message.js'
import type { Attempts } from '../transaction/attempts.js'
import { besideInvite } from '../transaction/beside-invite.js'
import type { ClientUser, Failure } from '../transaction/client-user.js'
import type { Facts } from '../transaction/facts.js'
import type { Arrival } from '../transport/address.js'
import { pathOver } from '../transport/path.js'

/** RFC 3261 §16.6 item 11: more than 3 minutes. Between provisional responses an INVITE has that long. */
const TIMER_C_MS = 181_000

/** Who is told what becomes of a branch. */
export interface BranchWatcher {
  provisional(response: SipResponse): void
  /** A 2xx; of an INVITE each copy of it. */
  success(branch: ProxyBranch, response: SipResponse, arrival: Arrival): void
  /** The branch has ended without success; `arrival` is absent when we made the response. */
  failed(branch: ProxyBranch, response: SipResponse, arrival: Arrival | undefined): void
}

/** How long a target may take, in milliseconds. */
export interface BranchPatience {
  /** Until any response at all. */
  readonly provisionalMs?: number | undefined
  /** Until a final one. */
  readonly finalMs?: number | undefined
}

/**
 * One copy of a proxied request, on its way to one target.
 *
 *   asking ──1xx──► heard ──2xx──► over (copies of the 2xx are still told)
 *     │              │ └──300–699, timer C, patience, CANCEL──► over
 *     └──────────────┴─── what a branch says once it is over reaches nobody, but for a 2xx
 */
export class ProxyBranch implements ClientUser {
  readonly sent: Ready['sent']
  readonly #core: Core
  readonly #ready: Ready
  readonly #watcher: BranchWatcher
  readonly #run: Attempts
  readonly #timers: Timer[] = []
  #timerC: Timer | undefined
  #state: 'asking' | 'heard' | 'over' = 'asking'
  /** Whether the target is to be told that it need not ring any more. */
  #withdrawn = false
  #cancelSent = false

  constructor(core: Core, ready: Ready, watcher: BranchWatcher, patience: BranchPatience) {
    this.sent = ready.sent
    this.#core = core
    this.#ready = ready
    this.#watcher = watcher
    const { scheduler } = core.environment
    const { provisionalMs, finalMs } = patience
    if (provisionalMs !== undefined) {
      const expired = () => this.#state === 'asking' && this.#giveUp()
      this.#timers.push(scheduler.after(provisionalMs, expired))
    }
    if (finalMs !== undefined) this.#timers.push(scheduler.after(finalMs, () => this.#giveUp()))
    const invite = ready.sent.message.method === 'INVITE'
    if (invite) this.#startTimerC()
    this.#run = core.clients.send(ready, this)
  }

  get over(): boolean {
    return this.#state === 'over'
  }

  /**
   * Withdraws it. A target that has said something answers 487 to its CANCEL; one that has said nothing
   * is not waited for.
   */
  cancel() {
    if (this.#state === 'over') return
    this.#withdraw()
    if (this.#state === 'asking') this.#fail(internalResponse(this.sent.message, 'abandoned'))
  }

  response(response: SipResponse, _facts: Facts, arrival: Arrival) {
    const { status } = response
    if (status < 200) return this.#provisional(response)
    if (status < 300) {
      this.#finish()
      return this.#watcher.success(this, response, arrival)
    }
    this.#fail(response, arrival)
  }

  failed(failure: Failure) {
    this.#fail(internalResponse(this.sent.message, failure))
  }

  #provisional(response: SipResponse) {
    if (this.#withdrawn) return this.#sendCancel()
    if (this.#state === 'over') return
    this.#state = 'heard'
    if (response.status === 100) return
    // §16.7 item 2: timer C is reset by each provisional response above 100.
    if (this.#timerC) this.#startTimerC()
    this.#watcher.provisional(response)
  }

  #startTimerC() {
    this.#timerC?.stop()
    this.#timerC = this.#core.environment.scheduler.after(TIMER_C_MS, () => this.#giveUp())
  }

  /** §16.8: the target takes too long: it is withdrawn and counts as 408. */
  #giveUp() {
    if (this.#state === 'over') return
    this.#withdraw()
    this.#fail(internalResponse(this.sent.message, 'timeout'))
  }

  #withdraw() {
    if (this.#withdrawn || this.sent.message.method !== 'INVITE') return
    this.#withdrawn = true
    this.#run.settle()
    // RFC 3261 §9.1: a CANCEL waits for a provisional response, as it could overtake its INVITE.
    if (this.#state === 'heard') this.#sendCancel()
  }

  #sendCancel() {
    if (this.#cancelSent) return
    this.#cancelSent = true
    const { flow } = this.#run
    const path = flow && !flow.closed ? pathOver(flow) : this.#ready.path
    const cancel = besideInvite(this.sent.message, 'CANCEL')
    this.#core.clients.send(readyAs(cancel, path, this.#run.branch), NOBODY)
    this.#run.abandonLater()
  }

  #fail(response: SipResponse, arrival?: Arrival) {
    if (this.#state === 'over') return
    this.#finish()
    this.#watcher.failed(this, response, arrival)
  }

  #finish() {
    this.#state = 'over'
    this.#timerC?.stop()
    this.#timerC = undefined
    for (const timer of this.#timers) timer.stop()
  }
}

/** Whose responses nobody waits for. */
const NOBODY: ClientUser = { response() {}, failed() {} }
