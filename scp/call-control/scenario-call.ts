import { REFUSAL_HEADER } from '../../domain/call-refusal.js'
import { CALL_SESSION_HEADER, type CallSessionToken } from '../../domain/call-session.js'
import { LANGUAGE_HEADER } from '../../domain/switch-assertion.js'
import { noteCall, noteStep } from '../../platform/call-trail.js'
import type { Logger } from '../../platform/log.js'
import type { CallerLeg } from '../../platform/signalling/call-legs.js'
import {
  type JoinedCallAction,
  type JoinedCallEvent,
  type JoinedCallLimit,
  type JoinedCallState,
  nextOfJoinedCall,
} from '../../platform/signalling/joined-call.js'
import { JoinedLegs, type JoinedLegsOptions } from '../../platform/signalling/joined-legs.js'
import type { CallEnding } from '../rules/call-result.js'
import type { Scenario } from '../scenarios/scenario.js'
import { REFUSAL_STATUS } from './admission.js'
import { dialInTurn } from './media-turns.js'

/** What every call is handed. */
export interface ScenarioCallSurroundings extends Omit<JoinedLegsOptions, 'tell'> {
  /** Where a service's new call goes: host and port of media engines, in the order in which they are tried. */
  readonly mediaOf: (service: string) => readonly string[]
  /** Domain under which scp is known to it. */
  readonly domain: string
  /** How long a call may last, by what it does, in ms. */
  readonly limits: Readonly<Record<JoinedCallLimit, number>>
  readonly freshCallId: () => string
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/**
 * Runs one admitted call, from its admission to its release (steps ⑧ to ⑫, ⑱, ⑲), by the states of
 * `joined-call.ts`: the caller's leg is the switch's, the called one leads to the media engine.
 */
export class ScenarioCall {
  readonly #surroundings: ScenarioCallSurroundings
  readonly #callerLeg: CallerLeg
  readonly #legs: JoinedLegs
  readonly #token: CallSessionToken
  readonly #scenario: Scenario
  readonly #log: Logger
  readonly #onEnd: (ending: CallEnding) => void
  #state: JoinedCallState = 'dialling'
  #uris: readonly string[] = []
  #connectedMs: number | undefined
  #refused = false
  #communicates = () => {}
  /** Resolves when both legs are joined (step ⑫), or the call has ended before. */
  readonly inCommunication = new Promise<void>(resolve => {
    this.#communicates = resolve
  })

  constructor(
    surroundings: ScenarioCallSurroundings,
    callerLeg: CallerLeg,
    token: CallSessionToken,
    scenario: Scenario,
    onEnd: (ending: CallEnding) => void,
  ) {
    this.#surroundings = surroundings
    this.#callerLeg = callerLeg
    this.#token = token
    this.#scenario = scenario
    this.#onEnd = onEnd
    this.#log = surroundings.log.child({ callId: callerLeg.request.callId })
    this.#legs = new JoinedLegs(callerLeg, {
      dial: request => dialInTurn(surroundings.dial, request, this.#uris),
      later: surroundings.later,
      log: this.#log,
      tell: event => this.tell(event),
    })
  }

  /**
   * Dials a media engine, once, and the next where that one has no room or is not there. The request is made afresh: of the caller it carries the call
   * session's token, the language and the session description, and nothing else (architecture, point 7).
   */
  begin(): void {
    const { mediaOf, domain, freshCallId, limits } = this.#surroundings
    this.#legs.startTimer(limits.set_up)
    const { request } = this.#callerLeg
    const { mediaUser, name } = this.#scenario
    this.#uris = mediaOf(name).map(address => `sip:${mediaUser}@${address}`)
    const [uri = ''] = this.#uris
    const callId = freshCallId()
    noteCall({ type: 'linked', call: { session: this.#token, media: callId } })
    this.#legs.dial(uri, {
      'Call-ID': callId,
      From: `<sip:mcscp@${domain}>`,
      To: `<${uri}>`,
      [CALL_SESSION_HEADER]: this.#token,
      [LANGUAGE_HEADER]: request.header(LANGUAGE_HEADER) === 'en' ? 'en' : 'ja',
    })
  }

  /** Something happened to the call. */
  tell(event: JoinedCallEvent): void {
    if (this.#state === 'ended') return
    if (event.type === 'caller_connected') this.#connectedMs = this.#surroundings.nowMs()
    const [state, ...actions] = nextOfJoinedCall(this.#state, event)
    this.#state = state
    for (const action of actions) this.#do(action)
    if (state !== 'ended') return
    this.#legs.stopTimer()
    this.#communicates()
    this.#log.info({ scenario: this.#scenario.name }, 'call ended')
    noteCall({ type: 'ended', call: { session: this.#token } })
    this.#onEnd(this.#ending())
  }

  #ending(): CallEnding {
    if (this.#connectedMs === undefined) {
      return { how: this.#refused ? 'congestion' : 'withdrawn' }
    }
    return { how: 'answered', heldMs: this.#surroundings.nowMs() - this.#connectedMs }
  }

  #do(action: JoinedCallAction): void {
    switch (action.type) {
      case 'refuse_caller':
        // To the switch, a want of media is a congestion.
        this.#refused = true
        this.#callerLeg.refuse(REFUSAL_STATUS.congestion, { [REFUSAL_HEADER]: 'congestion' })
        break
      case 'start_timer':
        this.#legs.startTimer(this.#surroundings.limits[action.limit])
        break
      case 'join_legs':
        this.#legs.do(action)
        if (this.#scenario.charging) {
          noteStep(this.#log, 12, { session: this.#token }, { legCallId: this.#token })
        }
        this.#communicates()
        break
      default:
        this.#legs.do(action)
    }
  }
}
