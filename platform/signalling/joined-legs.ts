import type { Later } from '../deadline.js'
import type { Logger } from '../log.js'
import type {
  CalledLeg,
  CalledLegRequest,
  CalledOutcome,
  CallerLeg,
  HeadersToSend,
  TalkingLeg,
} from './call-legs.js'
import type { JoinedCallEvent, LegAction } from './joined-call.js'

/** What the legs of a call need of the program whose call it is. */
export interface JoinedLegsOptions {
  readonly dial: (request: CalledLegRequest) => CalledLeg
  readonly later: Later
  readonly log: Logger
  /** Takes what the legs and the timer tell. */
  readonly tell: (event: JoinedCallEvent) => void
}

/** The edge of `joined-call.ts`: a call's two legs and its timer, which tell events and do actions. */
export class JoinedLegs {
  readonly #options: JoinedLegsOptions
  readonly #callerLeg: CallerLeg
  /** The leg in use while it is set up; of any other, nothing is heard. */
  #calledLeg: CalledLeg | undefined
  #callerTalking: TalkingLeg | undefined
  #calledTalking: TalkingLeg | undefined
  #earlySdp: string | undefined
  #callOff = () => {}

  constructor(callerLeg: CallerLeg, options: JoinedLegsOptions) {
    this.#callerLeg = callerLeg
    this.#options = options
    callerLeg.onCancel(() => options.tell({ type: 'caller_cancelled' }))
  }

  /** Dials a leg with the caller's session description; it is the one in use from now on. */
  dial(uri: string, headers: HeadersToSend): void {
    const { dial, tell } = this.#options
    const leg = dial({
      uri,
      headers,
      sdp: this.#callerLeg.request.body,
      onProgress: (status, sdp) => {
        if (leg !== this.#calledLeg) return
        this.#earlySdp = sdp
        tell({ type: 'progress', status })
      },
    })
    this.#calledLeg = leg
    leg.outcome.then(outcome => this.#settled(leg, outcome))
  }

  /** (Re)starts the call's timer. */
  startTimer(ms: number): void {
    this.stopTimer()
    const { later, tell } = this.#options
    this.#callOff = later(() => tell({ type: 'time_over' }), ms)
  }

  stopTimer(): void {
    this.#callOff()
  }

  /** Does to the legs what the call's machine says. */
  do(action: LegAction): void {
    switch (action.type) {
      case 'relay_progress':
        this.#callerLeg.progress(action.status, this.#earlySdp)
        break
      case 'answer_caller':
        this.#answerCaller()
        break
      case 'join_legs':
        this.#join()
        break
      case 'cancel_leg':
        this.#calledLeg?.cancel()
        this.#calledLeg = undefined
        break
      case 'hang_up_caller':
        this.#callerTalking?.hangUp()
        break
      case 'hang_up_called':
        this.#calledTalking?.hangUp()
        break
    }
  }

  #settled(leg: CalledLeg, outcome: CalledOutcome): void {
    if (leg !== this.#calledLeg) {
      // Given up, and answered all the same.
      if (outcome.outcome === 'answered') outcome.leg.hangUp()
      return
    }
    this.#calledLeg = undefined
    const { tell, log } = this.#options
    if (outcome.outcome === 'refused') {
      const { status, refusal } = outcome
      log.info({ status, refusal }, 'called leg ended unanswered')
      tell({ type: 'refused', status, ...(refusal === undefined ? {} : { refusal }) })
      return
    }
    this.#calledTalking = outcome.leg
    outcome.leg.onHangUp(() => tell({ type: 'called_hung_up' }))
    tell({ type: 'answered' })
  }

  async #answerCaller(): Promise<void> {
    const { tell } = this.#options
    const leg = await this.#callerLeg.answer(this.#calledTalking?.sdp ?? '')
    this.#callerTalking = leg
    leg?.onHangUp(() => tell({ type: 'caller_hung_up' }))
    tell({ type: leg ? 'caller_connected' : 'caller_lost' })
  }

  #join(): void {
    if (!this.#callerTalking || !this.#calledTalking) return
    this.#callerTalking.relayTo(this.#calledTalking)
    this.#calledTalking.relayTo(this.#callerTalking)
  }
}
