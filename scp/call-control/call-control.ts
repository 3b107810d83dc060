import {
  type CallRefusal,
  REFUSAL_HEADER,
  REFUSED_BEFORE_HEADER,
} from '../../domain/call-refusal.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { TrafficKind } from '../../domain/charge-traffic.js'
import type { Clock } from '../../domain/clock.js'
import { CHARGE_SERVICE_NUMBER } from '../../domain/switch-assertion.js'
import { noteCall, noteStep } from '../../platform/call-trail.js'
import type { CallerLeg } from '../../platform/signalling/call-legs.js'
import { CallRate, type CallRateLimit } from '../../platform/signalling/call-rate.js'
import { retryAfter } from '../../platform/signalling/retry-after.js'
import type { CallEnding } from '../rules/call-result.js'
import type { OfferedCall, Scenario } from '../scenarios/scenario.js'
import { scenarioOf } from '../scenarios/scenarios.js'
import type { ScpStore, SessionOpening } from '../store/questions.js'
import { type AdmissionPolicy, admit, REFUSAL_STATUS } from './admission.js'
import { type AssertionCheck, assertedCaller } from './asserted-caller.js'
import { CallsToBeAsked } from './calls-to-be-asked.js'
import { RefusalTally } from './refusal-tally.js'
import { ScenarioCall, type ScenarioCallSurroundings } from './scenario-call.js'

export interface CallControlOptions extends ScenarioCallSurroundings, AssertionCheck {
  readonly store: ScpStore
  readonly policy: AdmissionPolicy
  /** Call attempts beyond it are refused before anything is looked at (requirement M-05). */
  readonly rate: CallRateLimit
  /** Most calls at once that were let in and of which ivr has asked nothing yet; more are refused. */
  readonly toBeAskedMax: number
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
  readonly #refused: RefusalTally
  readonly #rate: CallRate
  readonly #toBeAsked: CallsToBeAsked
  readonly #calls = new Map<CallSessionToken, ScenarioCall>()
  /** Calls that are let in and whose call session is on its way to the disk. */
  readonly #opening = new Set<CallSessionToken>()
  #closing = false

  constructor(options: CallControlOptions) {
    this.#options = options
    this.#refused = new RefusalTally(options)
    this.#rate = new CallRate(options.rate)
    this.#toBeAsked = new CallsToBeAsked(options.toBeAskedMax)
  }

  /** How many calls there are. */
  get calls(): number {
    return this.#calls.size + this.#opening.size
  }

  /** Takes an INVITE of the switch outside any dialog. */
  async invite(leg: CallerLeg): Promise<void> {
    const { clock, nowMs, policy, store, freshToken, log } = this.#options
    const { callId, cseq } = leg.request
    this.#countRefusedBefore(leg)
    if (this.#closing || !this.#hasRoom()) return this.#refuse(leg, 'none', 'congestion')
    let cancelled = false
    leg.onCancel(() => {
      cancelled = true
    })
    const caller = await assertedCaller(leg.request, this.#options)
    const admission = admit({ caller, at: clock.now(), calls: this.calls }, policy)
    if (admission.outcome === 'refused' || caller.outcome === 'no_caller') {
      const refusal = admission.outcome === 'refused' ? admission.refusal : 'no-identity'
      if (caller.outcome === 'asserted') return this.#refuse(leg, this.#countedAs(caller), refusal)
      return this.#refuse(leg, 'none', refusal, caller.because)
    }
    const { number: msisdn, service } = caller
    const { scenario } = admission
    // N-07: by the caller's contract, or, of an added scenario, by what was dialled.
    const kind = scenario.charging?.kind ?? caller.kind
    const token = freshToken()
    this.#toBeAsked.add(token, nowMs())
    log.info({ callId, kind, scenario: scenario.name, legCallId: token }, 'call let in')
    const session = { token, msisdn, kind, service, callId, cseq }
    // A signed INVITE opens one call session: replayed, it names nobody.
    this.#opening.add(token)
    let opening: SessionOpening
    try {
      opening = await store.ask('openCallSession', session)
    } finally {
      // From here on to its place among the calls nothing is waited for: it is counted throughout.
      this.#opening.delete(token)
    }
    if (opening === 'repeated') {
      this.#toBeAsked.over(token)
      return this.#refuse(leg, this.#countedAs(caller), 'no-identity', 'replayed')
    }
    if (opening === 'unrecorded') log.warn({ callId, legCallId: token }, 'call session not kept')
    if (cancelled) return void this.#endSession(token, { how: 'withdrawn' })
    const names = { mcscp: callId, session: token }
    noteCall({ type: 'let_in', call: names, scenario: scenario.name, kind, msisdn })
    // Figure 3 is about charge calls.
    if (scenario.charging) noteStep(log, 8, names, { callId, kind, legCallId: token })
    const call = new ScenarioCall(this.#options, leg, token, scenario, ending => {
      this.#calls.delete(token)
      this.#endSession(token, ending)
    })
    this.#calls.set(token, call)
    call.begin()
    if (this.#closing) call.tell({ type: 'closing' })
  }

  /**
   * Resolves when a call is in communication (step ⑫), after which alone lock and cap are asked for
   * (requirement N-04), or has ended; at once for a call that only the store remembers.
   */
  async inCommunication(token: CallSessionToken): Promise<void> {
    await this.#calls.get(token)?.inCommunication
    this.#toBeAsked.asked(token, this.#options.nowMs())
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

  /** Whether a call that comes now can be served (requirement M-05). */
  #hasRoom(): boolean {
    const nowMs = this.#options.nowMs()
    return this.#toBeAsked.hasRoom(nowMs) && this.#rate.take(nowMs)
  }

  async #endSession(token: CallSessionToken, ending: CallEnding): Promise<void> {
    this.#toBeAsked.over(token)
    const { store, log, later } = this.#options
    await store.ask('endCallSession', { token, ending }).catch(error => {
      log.warn({ err: error }, 'call session not ended')
      // A full disk passes. What a restart finds open it ends itself.
      if (!this.#closing) later(() => void this.#endSession(token, ending), END_AGAIN_MS)
    })
  }

  #countedAs(call: OfferedCall): CountedKind {
    return countedAs(call, scenarioOf(call, this.#options.policy.scenarios))
  }

  /** What the engine refused below us is counted with what we refuse (Figure 6: 輻輳拒否). */
  #countRefusedBefore({ request }: CallerLeg): void {
    const [calls] = /^[1-9]\d{0,8}$/.exec(request.header(REFUSED_BEFORE_HEADER) ?? '') ?? []
    if (calls) this.#refused.add('none', 'congestion', Number(calls))
  }

  #refuse(leg: CallerLeg, kind: CountedKind, refusal: CallRefusal, because?: string): void {
    const { log, random } = this.#options
    if (kind !== 'not_charging') this.#refused.add(kind, refusal)
    log.info({ callId: leg.request.callId, refusal, because }, 'call refused')
    leg.refuse(REFUSAL_STATUS[refusal], {
      [REFUSAL_HEADER]: refusal,
      ...(refusal === 'congestion' ? { 'Retry-After': retryAfter(random()) } : {}),
    })
  }
}

/** Pause before the end of a call session is recorded again that could not be, in ms. */
const END_AGAIN_MS = 5_000

/** What a refused call counts as; the charge traffic is about charge calls alone (requirement M-13). */
type CountedKind = TrafficKind | 'not_charging'

/** A call that no scenario takes is a charge call where 1400 was dialled. */
function countedAs({ service, kind }: OfferedCall, scenario: Scenario | undefined): CountedKind {
  if (scenario) return scenario.charging?.kind ?? 'not_charging'
  return service === CHARGE_SERVICE_NUMBER ? kind : 'not_charging'
}
