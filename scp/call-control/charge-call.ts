import { REFUSAL_HEADER } from '../../domain/call-refusal.js'
import { CALL_SESSION_HEADER, type CallSessionToken } from '../../domain/call-session.js'
import { LADDER_LOG_MESSAGE } from '../../domain/charge-ladder.js'
import { LANGUAGE_HEADER } from '../../domain/switch-assertion.js'
import type { Logger } from '../../platform/log.js'
import type {
  CalledLeg,
  CalledLegRequest,
  CalledOutcome,
  CallerLeg,
  TalkingLeg,
} from '../../platform/signalling/call-legs.js'
import { REFUSAL_STATUS } from './admission.js'
import { type CallAction, type CallEvent, type CallState, type CallStep, next } from './call.js'
import type { Scenario } from './scenarios.js'

/** What every charge call is handed. */
export interface ChargeCallSurroundings {
  readonly dial: (request: CalledLegRequest) => CalledLeg
  /** Host and port of the media engine. */
  readonly media: string
  /** Domain under which scp is known to it. */
  readonly domain: string
  readonly limits: { readonly setUpMs: number; readonly callMs: number }
  readonly freshCallId: () => string
  /** Runs `task` after so many ms; the result takes it back. */
  readonly after: (ms: number, task: () => void) => () => void
  readonly log: Logger
}

/** Runs one admitted call: feeds `call.ts` with what its two legs tell, and does what it says. */
export class ChargeCall {
  readonly #surroundings: ChargeCallSurroundings
  readonly #callerLeg: CallerLeg
  readonly #token: CallSessionToken
  readonly #log: Logger
  readonly #onEnd: () => void
  #state: CallState = 'dialling'
  #calledLeg: CalledLeg | undefined
  #callerTalking: TalkingLeg | undefined
  #calledTalking: TalkingLeg | undefined
  #earlySdp: string | undefined
  #stopTimer = () => {}
  #communicates = () => {}
  /** Resolves when both legs are joined (step ⑫), or the call has ended before. */
  readonly inCommunication = new Promise<void>(resolve => {
    this.#communicates = resolve
  })

  constructor(
    surroundings: ChargeCallSurroundings,
    callerLeg: CallerLeg,
    token: CallSessionToken,
    onEnd: () => void,
  ) {
    this.#surroundings = surroundings
    this.#callerLeg = callerLeg
    this.#token = token
    this.#onEnd = onEnd
    this.#log = surroundings.log.child({ callId: callerLeg.request.callId })
    callerLeg.onCancel(() => this.tell({ type: 'caller_cancelled' }))
  }

  /**
   * Dials the media engine, once. The request is made afresh: of the caller it carries the call
   * session's token, the language and the session description, and nothing else (architecture, point 7).
   */
  begin({ mediaUser }: Scenario): void {
    const { dial, media, domain, freshCallId, limits } = this.#surroundings
    this.#startTimer(limits.setUpMs)
    const { request } = this.#callerLeg
    const uri = `sip:${mediaUser}@${media}`
    const leg = dial({
      uri,
      headers: {
        'Call-ID': freshCallId(),
        From: `<sip:mcscp@${domain}>`,
        To: `<${uri}>`,
        [CALL_SESSION_HEADER]: this.#token,
        [LANGUAGE_HEADER]: request.header(LANGUAGE_HEADER) === 'en' ? 'en' : 'ja',
      },
      sdp: request.body,
      onProgress: (status, sdp) => {
        this.#earlySdp = sdp
        this.tell({ type: 'progress', status })
      },
    })
    this.#calledLeg = leg
    leg.outcome.then(outcome => this.#settled(outcome))
  }

  /** Something happened to the call. */
  tell(event: CallEvent): void {
    if (this.#state === 'ended') return
    this.#perform(next(this.#state, event))
  }

  #settled(outcome: CalledOutcome): void {
    if (outcome.outcome === 'refused') {
      this.#log.info({ status: outcome.status }, 'media leg ended unanswered')
      this.tell({ type: 'refused' })
      return
    }
    // Given up, and answered all the same.
    if (this.#state !== 'dialling') {
      outcome.leg.hangUp()
      return
    }
    this.#calledTalking = outcome.leg
    outcome.leg.onHangUp(() => this.tell({ type: 'called_hung_up' }))
    this.tell({ type: 'answered' })
  }

  #perform([state, ...actions]: CallStep): void {
    this.#state = state
    for (const action of actions) this.#do(action)
    if (state !== 'ended') return
    this.#stopTimer()
    this.#communicates()
    this.#log.info('charge call ended')
    this.#onEnd()
  }

  #do(action: CallAction): void {
    switch (action.type) {
      case 'relay_progress':
        this.#callerLeg.progress(action.status, this.#earlySdp)
        break
      case 'answer_caller':
        this.#answerCaller()
        break
      case 'refuse_caller':
        this.#callerLeg.refuse(REFUSAL_STATUS.congestion, { [REFUSAL_HEADER]: 'congestion' })
        break
      case 'join_legs':
        this.#joinLegs()
        break
      case 'cancel_leg':
        this.#calledLeg?.cancel()
        break
      case 'hang_up_caller':
        this.#callerTalking?.hangUp()
        break
      case 'hang_up_called':
        this.#calledTalking?.hangUp()
        break
      case 'start_timer':
        this.#startTimer(this.#surroundings.limits.callMs)
        break
    }
  }

  async #answerCaller(): Promise<void> {
    const leg = await this.#callerLeg.answer(this.#calledTalking?.sdp ?? '')
    this.#callerTalking = leg
    leg?.onHangUp(() => this.tell({ type: 'caller_hung_up' }))
    this.tell({ type: leg ? 'caller_connected' : 'caller_lost' })
  }

  #joinLegs(): void {
    if (!this.#callerTalking || !this.#calledTalking) return
    this.#callerTalking.relayTo(this.#calledTalking)
    this.#calledTalking.relayTo(this.#callerTalking)
    this.#log.info({ step: 12, legCallId: this.#token }, LADDER_LOG_MESSAGE)
    this.#communicates()
  }

  #startTimer(ms: number): void {
    this.#stopTimer()
    this.#stopTimer = this.#surroundings.after(ms, () => this.tell({ type: 'time_over' }))
  }
}
