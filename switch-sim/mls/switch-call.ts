import type { CallNames } from '../../domain/call-note.js'
import type { Language } from '../../domain/charge-answer.js'
import type { Msisdn } from '../../domain/msisdn.js'
import {
  CHARGE_SERVICE_NUMBER,
  LANGUAGE_HEADER,
  type ServiceNumber,
} from '../../domain/switch-assertion.js'
import { noteCall, noteStep } from '../../platform/call-trail.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { CallerLeg, HeadersToSend } from '../../platform/signalling/call-legs.js'
import { JoinedLegs, type JoinedLegsOptions } from '../../platform/signalling/joined-legs.js'
import { type Announcement, STATUS_AFTER } from './announcement.js'
import { begin, next } from './call.js'
import type { CallAction, CallEvent, CallLimit, CallState, CallStep } from './call-step.js'
import type { Counts } from './counts.js'
import { ANONYMOUS, type IdentitySigner, identityHeaders } from './identity.js'
import type { UnitStore } from './mscp/unit-questions.js'
import type { UnitEvent } from './phone-call.js'
import type { McscpRoute, PhoneRoute, Route } from './routing.js'

/** How long a call may last, by what it does, in ms. */
export type CallLimits = Readonly<Record<CallLimit, number>>

/** What every call of the switch is handed. */
export interface CallSurroundings extends Omit<JoinedLegsOptions, 'tell'> {
  readonly signer: IdentitySigner
  /** SIP URI host part, with port and parameters, of the MCSCP and of the media engine. */
  readonly mcscp: string
  readonly media: string
  /** Domain of the numbers that the switch asserts. */
  readonly domain: string
  readonly limits: CallLimits
  readonly freshCallId: () => string
  readonly counts: Counts
  /** The MSCP's units (Table 4). */
  readonly units: UnitStore
  /** Where a subscriber's phone is reached; `undefined` when none is registered. */
  readonly contactOf: (callee: Msisdn) => string | undefined
}

/** Of the caller, what the switch knows once the password was right. */
export interface Caller {
  readonly number: Msisdn
  readonly language: Language
  readonly displayWithheld: boolean
  /** What the caller dialled. */
  readonly dialled: string
}

/** How calls to each service are counted; those to an added one by its number. */
const countedAs = (service: ServiceNumber) =>
  service === '1400' ? 'charge' : service === '157' ? 'balance' : (`service_${service}` as const)

/** Runs one call: feeds `call.ts` with what its two legs tell, and does what it says. */
export class SwitchCall {
  readonly #surroundings: CallSurroundings
  readonly #callerLeg: CallerLeg
  readonly #legs: JoinedLegs
  readonly #caller: Caller
  readonly #log: Logger
  readonly #onEnd: () => void
  #state: CallState = { name: 'ended' }
  #legCallId: string | undefined

  constructor(
    surroundings: CallSurroundings,
    callerLeg: CallerLeg,
    caller: Caller,
    onEnd: () => void,
  ) {
    this.#surroundings = surroundings
    this.#callerLeg = callerLeg
    this.#caller = caller
    this.#onEnd = onEnd
    this.#log = surroundings.log.child({ callId: callerLeg.request.callId })
    this.#legs = new JoinedLegs(callerLeg, {
      dial: surroundings.dial,
      later: surroundings.later,
      log: this.#log,
      tell: event => this.tell(event),
    })
  }

  /** Begins the call, once. */
  begin(route: Route): void {
    this.#perform(begin(route))
  }

  /** Something happened to the call. */
  tell(event: CallEvent): void {
    if (this.#state.name === 'ended') return
    this.#log.debug({ state: this.#state.name, event: event.type }, 'call event came')
    this.#note(event)
    this.#perform(next(this.#state, event))
  }

  /** Notes that the call took a step of Figure 3, which is about charge calls alone. */
  step(number: number): void {
    if (this.#caller.dialled !== CHARGE_SERVICE_NUMBER) return
    noteStep(this.#log, number, this.#names, { legCallId: this.#legCallId })
  }

  get #names(): CallNames {
    const phone = this.#callerLeg.request.callId
    return this.#legCallId === undefined ? { phone } : { phone, mcscp: this.#legCallId }
  }

  /** Counts, and the ladder's steps that are events. */
  #note(event: CallEvent): void {
    const { counts } = this.#surroundings
    const dialling = this.#state.name === 'dialling'
    if (event.type === 'progress' && dialling) this.step(9)
    if (event.type === 'answered' && dialling) this.step(10)
    if (event.type === 'caller_connected') {
      counts.add('call_answered')
      this.step(11)
    }
    if (event.type === 'caller_hung_up') this.step(18)
    if (event.type === 'caller_cancelled') counts.add('call_cancelled')
    if (event.type === 'unit_taken') counts.add('unit_taken')
    if (event.type === 'no_unit') counts.add('call_out_of_units')
    if (event.type === 'time_over' && !this.#metered) counts.add('call_timed_out')
  }

  /** Whether the caller pays by units, so that its timer ends a period. */
  get #metered(): boolean {
    return this.#state.route?.metered === true && this.#state.name === 'talking'
  }

  #perform([state, ...actions]: CallStep): void {
    const talked = this.#state.name === 'talking'
    this.#state = state
    for (const action of actions) this.#do(action)
    if (state.name !== 'ended') return
    this.#legs.stopTimer()
    if (talked) this.step(19)
    this.#log.info('call ended')
    noteCall({ type: 'ended', call: this.#names })
    this.#onEnd()
  }

  #do(action: CallAction): void {
    switch (action.type) {
      case 'dial_mcscp':
        this.#dialMcscp(action.route)
        break
      case 'dial_announcement':
        this.#dialAnnouncement(action.announcement)
        break
      case 'refuse_announced':
        this.#callerLeg.refuse(STATUS_AFTER[action.announcement])
        break
      case 'dial_phone':
        this.#dialPhone(action.route)
        break
      case 'ask_units':
        this.#askMscp(async units => {
          const left = await units.ask('left', this.#caller.number)
          return { type: 'units_left', left }
        })
        break
      case 'take_unit':
        this.#askMscp(async units => {
          const left = await units.ask('debit', this.#caller.number)
          return { type: left === null ? 'no_unit' : 'unit_taken' }
        })
        break
      case 'refuse_with':
        this.#callerLeg.refuse(action.status)
        break
      case 'refuse_caller':
        this.#callerLeg.refuse(STATUS_AFTER.congestion)
        break
      case 'start_timer':
        this.#legs.startTimer(this.#surroundings.limits[action.limit])
        break
      default:
        this.#legs.do(action)
    }
  }

  async #dialMcscp({ service, chargeKind }: McscpRoute): Promise<void> {
    const { signer, mcscp, domain, freshCallId, counts } = this.#surroundings
    const callId = freshCallId()
    const { number, language, displayWithheld } = this.#caller
    const call = { number, service, chargeKind, callId, displayWithheld }
    const identity = await signer.sign(call)
    // The caller may have gone while it was signed.
    if (this.#state.name !== 'dialling') return
    this.#legCallId = callId
    counts.add(`${countedAs(service)}_${chargeKind}`)
    this.step(6)
    const headers: HeadersToSend = {
      'Call-ID': callId,
      To: `<sip:${service}@${domain}>`,
      [LANGUAGE_HEADER]: language,
      ...identityHeaders(call, identity, domain),
    }
    // Before it is sent: the MCSCP may take it (step ⑧) before the engine tells us that it is.
    this.step(7)
    this.#legs.dial(`sip:${service}@${mcscp}`, headers)
  }

  async #askMscp(ask: (units: UnitStore) => Promise<UnitEvent>): Promise<void> {
    const { units } = this.#surroundings
    const event = await ask(units).catch((error: unknown): UnitEvent => {
      if (!(error instanceof Fault)) throw error
      this.#log.error({ err: error }, 'units not told')
      return { type: 'units_failed' }
    })
    this.tell(event)
  }

  #dialPhone({ callee }: PhoneRoute): void {
    const { contactOf, media, domain, freshCallId, counts } = this.#surroundings
    const uri = callee === 'test' ? `sip:test-call@${media}` : contactOf(callee)
    // The phone may have gone while the MSCP was asked.
    if (uri === undefined) {
      this.tell({ type: 'refused' })
      return
    }
    const { number, displayWithheld } = this.#caller
    const withheld = displayWithheld || callee === 'test'
    counts.add('call_to_phone')
    this.#legCallId = freshCallId()
    this.#log.info({ callee, legCallId: this.#legCallId }, 'phone dialled')
    this.#legs.dial(uri, {
      'Call-ID': this.#legCallId,
      From: withheld ? ANONYMOUS : `<sip:${number}@${domain}>`,
      To: `<sip:${callee}@${domain}>`,
    })
  }

  #dialAnnouncement(announcement: Announcement): void {
    const { media, domain, freshCallId, counts } = this.#surroundings
    counts.add(`announced_${announcement}`)
    this.#legCallId = freshCallId()
    this.#log.info({ announcement, legCallId: this.#legCallId }, 'announcement begun')
    const uri = `sip:announcement-${announcement}@${media}`
    // An announcement needs nobody's number.
    this.#legs.dial(uri, {
      'Call-ID': this.#legCallId,
      From: `<sip:${domain}>`,
      To: `<${uri}>`,
      [LANGUAGE_HEADER]: this.#caller.language,
    })
  }
}
