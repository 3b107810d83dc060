import { type CallRefusal, REFUSAL_HEADER } from '../../domain/call-refusal.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import { LADDER_LOG_MESSAGE } from '../../domain/charge-ladder.js'
import type { TrafficKind } from '../../domain/charge-traffic.js'
import type { Clock } from '../../domain/clock.js'
import type { CallerLeg } from '../../platform/signalling/call-legs.js'
import { retryAfter } from '../../platform/signalling/retry-after.js'
import type { CallEnding } from '../rules/call-result.js'
import type { ScpStore } from '../store/questions.js'
import { type AdmissionPolicy, admit, REFUSAL_STATUS } from './admission.js'
import { type AssertionCheck, assertedCaller } from './asserted-caller.js'
import { ChargeCall, type ChargeCallSurroundings } from './charge-call.js'
import { RefusalTally } from './refusal-tally.js'

export interface CallControlOptions extends ChargeCallSurroundings, AssertionCheck {
  readonly store: ScpStore
  readonly policy: AdmissionPolicy
  readonly clock: Clock
  readonly freshToken: () => CallSessionToken
  /** A number from 0 up to 1. */
  readonly random: () => number
}

/**
 * チャージ呼接続制御 (seed 004 Table 5): lets the switch's calls in, opens a call session for each before
 * any media, and joins it to the scenario's dialogue.
 */
export class CallControl {
  readonly #options: CallControlOptions
  readonly #calls = new Map<CallSessionToken, ChargeCall>()
  readonly #refused: RefusalTally
  #closing = false

  constructor(options: CallControlOptions) {
    this.#options = options
    this.#refused = new RefusalTally(options)
  }

  /** How many calls there are. */
  get calls(): number {
    return this.#calls.size
  }

  /** Takes an INVITE of the switch outside any dialog. */
  async invite(leg: CallerLeg): Promise<void> {
    const { clock, policy, store, freshToken, log } = this.#options
    const { callId, cseq } = leg.request
    if (this.#closing) return this.#refuse(leg, 'none', 'congestion')
    let cancelled = false
    leg.onCancel(() => {
      cancelled = true
    })
    const caller = await assertedCaller(leg.request, this.#options)
    const admission = admit({ caller, at: clock.now(), calls: this.#calls.size }, policy)
    if (admission.outcome === 'refused' || caller.outcome === 'no_caller') {
      const refusal = admission.outcome === 'refused' ? admission.refusal : 'no-identity'
      if (caller.outcome === 'asserted') return this.#refuse(leg, caller.kind, refusal)
      return this.#refuse(leg, 'none', refusal, caller.because)
    }
    const token = freshToken()
    log.info({ callId, step: 8, kind: caller.kind, legCallId: token }, LADDER_LOG_MESSAGE)
    const session = { token, msisdn: caller.number, kind: caller.kind, callId, cseq }
    // A signed INVITE opens one call session: replayed, it names nobody.
    if (!(await store.ask('openCallSession', session))) {
      return this.#refuse(leg, caller.kind, 'no-identity', 'replayed')
    }
    if (cancelled) return void this.#endSession(token, { how: 'withdrawn' })
    const call = new ChargeCall(this.#options, leg, token, ending => {
      this.#calls.delete(token)
      this.#endSession(token, ending)
    })
    this.#calls.set(token, call)
    call.begin(admission.scenario)
  }

  /**
   * Resolves when a call is in communication (step ⑫), after which alone lock and cap are asked for
   * (requirement N-04), or has ended; at once for a call that only the store remembers.
   */
  async inCommunication(token: CallSessionToken): Promise<void> {
    await this.#calls.get(token)?.inCommunication
  }

  /** Ends every call, and takes no more. */
  close(): void {
    this.#closing = true
    this.endAll()
  }

  /** Resolves when the calls that were refused are counted. */
  allCounted(): Promise<void> {
    return this.#refused.close()
  }

  /** Ends every call: what carries them is gone. */
  endAll(): void {
    for (const call of [...this.#calls.values()]) call.tell({ type: 'closing' })
  }

  async #endSession(token: CallSessionToken, ending: CallEnding): Promise<void> {
    const { store, log } = this.#options
    await store.ask('endCallSession', { token, ending }).catch(error => {
      log.warn({ err: error }, 'call session not ended')
    })
  }

  #refuse(leg: CallerLeg, kind: TrafficKind, refusal: CallRefusal, because?: string): void {
    const { log, random } = this.#options
    this.#refused.add(kind, refusal)
    log.info({ callId: leg.request.callId, refusal, because }, 'charge call refused')
    leg.refuse(REFUSAL_STATUS[refusal], {
      [REFUSAL_HEADER]: refusal,
      ...(refusal === 'congestion' ? { 'Retry-After': retryAfter(random()) } : {}),
    })
  }
}
