import type { Clock, EpochMs } from '../../../domain/clock.js'
import type { Logger } from '../../../platform/log.js'
import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { EventBus, HeaderField } from '../events/event-bus.js'
import type { MonotonicTime } from '../monotonic-time.js'
import {
  ApplicationStack,
  type Attend,
  type Attended,
  type Execute,
  type Execution,
} from './application-stack.js'
import type { CallLeg, DigitSource, HangupDisposition } from './call-leg.js'
import { channelHeaders, hangupVariables, variableHeaders } from './channel-headers.js'
import { DigitQueue, type QueuedDigit } from './digit-queue.js'
import { expandVariables } from './expand-variables.js'
import type { HangupCause } from './hangup-cause.js'

/** What the caller hears: nothing yet, ringing, audio before the answer, the answered call, nothing more. */
export type AnswerState = 'ringing' | 'early' | 'answered' | 'hangup'

/** FreeSWITCH's words for where a channel is in its life. */
export type ChannelState = 'CS_INIT' | 'CS_EXECUTE' | 'CS_HANGUP' | 'CS_REPORTING'

/** FreeSWITCH's words for the state of the call. */
export type CallState = 'DOWN' | 'RINGING' | 'EARLY' | 'ACTIVE' | 'HELD' | 'HANGUP'

/** When things happened to a channel, calendar time. */
export interface ChannelTimes {
  readonly createdAt: EpochMs
  earlyAt?: EpochMs
  answeredAt?: EpochMs
  hungUpAt?: EpochMs
}

/** An application with what it is asked to do. */
export type Action = readonly [application: string, argument: string]

/** What an application is handed when it runs. */
export interface ApplicationCall {
  readonly channel: Channel
  readonly argument: string
  /** Waits for audio, time or keys. */
  attend(request: Attend): Promise<Attended>
}

/** A dialplan application. What it tells its caller it leaves in variables. */
export type Application = (call: ApplicationCall) => Promise<void> | void

/** What all channels of an engine share. */
export interface ChannelSurroundings {
  readonly events: EventBus
  readonly applications: ReadonlyMap<string, Application>
  readonly clock: Clock
  readonly time: MonotonicTime
  readonly log: Logger
}

/** Variable that names the result of an application in its last event. */
export const RESPONSE_VARIABLE = 'current_application_response'

/** A looped application that ends sooner than this ends the loop: it would spin (esl-protocol §4). */
const SHORTEST_LOOP_MS = 500

/**
 * A call in the media engine: its state, variables, keys typed ahead, and the applications that run on
 * it. Everything it does is told as events.
 */
export class Channel {
  readonly uuid: string
  readonly leg: CallLeg
  readonly variables: Map<string, string>
  readonly digits = new DigitQueue()
  readonly times: ChannelTimes
  readonly #around: ChannelSurroundings
  readonly #stack: ApplicationStack
  #state: ChannelState = 'CS_INIT'
  #callState: CallState = 'DOWN'
  #answerState: AnswerState = 'ringing'
  #cause: HangupCause | undefined
  #digitsDialed = ''
  /** Whether keys are told to the application of this channel alone (`divert_events`). */
  diverts = false
  #told: () => void = () => {}
  /** Fulfilled when all that belongs to the call has ended and been told. */
  readonly ended = new Promise<void>(resolve => {
    this.#told = resolve
  })

  constructor(uuid: string, leg: CallLeg, around: ChannelSurroundings) {
    this.uuid = uuid
    this.leg = leg
    this.#around = around
    this.times = { createdAt: around.clock.now() }
    this.variables = new Map([
      ['direction', 'inbound'],
      ['uuid', uuid],
      ['call_uuid', uuid],
      ['channel_name', leg.facts.channelName],
      ...leg.facts.variables,
      ['endpoint_disposition', 'RECEIVED'],
    ])
    this.#stack = new ApplicationStack({
      digits: this.digits,
      scheduler: around.time.scheduler,
      play: (source, drained) => leg.play(source, drained),
      tell: digit => this.#tell(digit),
      perform: execution => this.#perform(execution),
    })
  }

  get state(): ChannelState {
    return this.#state
  }

  get callState(): CallState {
    return this.#callState
  }

  get answerState(): AnswerState {
    return this.#answerState
  }

  /** Why the call ended; `undefined` while it lives. */
  get cause(): HangupCause | undefined {
    return this.#cause
  }

  /** Whether the call has ended. */
  get hungUp(): boolean {
    return this.#cause !== undefined
  }

  /** Runs the actions of a dialplan, each when the one before has ended, then hangs up. Once. */
  async run(actions: readonly Action[]): Promise<void> {
    this.fire('CHANNEL_CREATE')
    this.#state = 'CS_EXECUTE'
    this.#callState = 'RINGING'
    this.leg.listen({
      digit: (digit, durationUnits, source) => this.receiveDigit(digit, durationUnits, source),
      learned: variables => {
        for (const [name, value] of variables) this.variables.set(name, value)
      },
      held: held => this.#hold(held),
      ended: (cause, disposition) => this.#over(cause, disposition),
    })
    for (const [application, argument] of actions) {
      if (this.hungUp) break
      await this.#stack.run({ application, argument, uuid: crypto.randomUUID() })
    }
    this.hangUp('NORMAL_CLEARING')
    this.#report()
    this.#told()
  }

  /** The last events, in FreeSWITCH's order. */
  #report(): void {
    this.#state = 'CS_HANGUP'
    this.fire('CHANNEL_STATE')
    this.#state = 'CS_REPORTING'
    this.#callState = 'HANGUP'
    this.fire('CHANNEL_STATE')
    for (const [name, value] of hangupVariables(this, this.#digitsDialed)) {
      this.variables.set(name, value)
    }
    this.fire('CHANNEL_HANGUP_COMPLETE')
    // Not told to the channel's own listeners: in FreeSWITCH they keep it from being destroyed.
    this.#around.events.fire({ name: 'CHANNEL_DESTROY', headers: () => this.#allHeaders() })
  }

  /** 180 Ringing. */
  ring(): void {
    if (this.#answerState !== 'ringing') return
    this.leg.ring()
    this.fire('CHANNEL_PROGRESS')
  }

  /** Lets audio flow before the answer; whether it flows now. */
  async early(): Promise<boolean> {
    if (this.#answerState !== 'ringing') return !this.hungUp
    const flows = await this.leg.early()
    if (!flows || this.#answerState !== 'ringing') return flows && !this.hungUp
    this.times.earlyAt = this.#around.clock.now()
    this.#answerState = 'early'
    this.variables.set('endpoint_disposition', 'EARLY MEDIA')
    this.fire('CHANNEL_PROGRESS_MEDIA')
    this.#callState = 'EARLY'
    return true
  }

  /** Answers; whether the call is answered now. */
  async answer(): Promise<boolean> {
    if (this.hungUp || this.#answerState === 'answered') return !this.hungUp
    const answered = await this.leg.answer()
    if (this.hungUp) return false
    if (!answered) {
      this.hangUp('INCOMPATIBLE_DESTINATION')
      return false
    }
    this.times.answeredAt = this.#around.clock.now()
    this.#answerState = 'answered'
    this.fire('CHANNEL_ANSWER')
    this.#callState = 'ACTIVE'
    this.variables.set('endpoint_disposition', 'ANSWER')
    return true
  }

  /** Refuses an unanswered call by a SIP status. */
  refuse(status: number, reason: string): void {
    if (this.#answerState === 'answered' || this.hungUp) return
    this.leg.refuse(status, reason)
    this.#over('NORMAL_CLEARING', 'send_refuse')
  }

  /** Ends the call; once. */
  hangUp(cause: HangupCause): void {
    if (!this.hungUp) this.#over(cause, this.leg.end(cause))
  }

  #over(cause: HangupCause, disposition: HangupDisposition): void {
    if (this.hungUp) return
    this.#cause = cause
    this.times.hungUpAt = this.#around.clock.now()
    this.#answerState = 'hangup'
    this.leg.play(undefined)
    this.fire('CHANNEL_HANGUP')
    this.variables.set('sip_hangup_disposition', disposition)
    this.digits.clear()
    this.#stack.hangUp()
  }

  #hold(held: boolean): void {
    if (this.#answerState !== 'answered') return
    this.#callState = held ? 'HELD' : 'ACTIVE'
    this.fire(held ? 'CHANNEL_HOLD' : 'CHANNEL_UNHOLD')
  }

  /** Runs an application inside the one that runs. Resolves when it has ended or will never run. */
  submit(request: Execute): Promise<void> {
    return this.#stack.submit(request)
  }

  /** Ends what is played or waited for (`uuid_break`). */
  break(all: boolean): void {
    this.#stack.break(all)
  }

  /** A key of the caller's, or one that an application pretends. What finds no room is dropped. */
  receiveDigit(digit: Digit, durationUnits: number, source: DigitSource): void {
    if (this.hungUp) return
    if (this.digits.add({ digit, durationUnits, source, told: false })) this.#stack.settle()
  }

  /** A variable, as an application sees it. */
  variable(name: string): string | undefined {
    return this.variables.get(name)
  }

  /** Sets a variable; `undefined` takes it away. */
  setVariable(name: string, value: string | undefined): void {
    if (value === undefined) this.variables.delete(name)
    else this.variables.set(name, value)
  }

  /** Tells an event of this channel. */
  fire(name: string, own: readonly HeaderField[] = [], diverted = false): void {
    const headers = () => [...this.#allHeaders(), ...own]
    const bare = () => [...channelHeaders(this), ...own]
    const withVariables = name !== 'DTMF' && name !== 'CHANNEL_STATE'
    this.#around.events.fire({
      name,
      channel: this.uuid,
      headers: withVariables ? headers : bare,
      diverted,
    })
  }

  #allHeaders(): HeaderField[] {
    return [...channelHeaders(this), ...variableHeaders(this)]
  }

  /**
   * A key is told once. Never where `sensitive_dtmf` is set: then it stands in no event and in no record
   * of what was dialled (esl-protocol §11). No log line ever names a key.
   */
  #tell(read: QueuedDigit): void {
    if (read.told) return
    read.told = true
    if (this.variable('sensitive_dtmf') === 'true') return
    this.#digitsDialed += read.digit
    const about: HeaderField[] = [
      ['DTMF-Digit', read.digit],
      ['DTMF-Duration', String(read.durationUnits)],
      ['DTMF-Source', read.source === 'INFO' ? 'ENDPOINT' : read.source],
    ]
    this.fire('DTMF', about, this.diverts)
  }

  async #perform(execution: Execution): Promise<void> {
    const { application: name, loops = 1 } = execution.request
    const application = this.#around.applications.get(name)
    if (!application) {
      this.#around.log.warn(
        { uuid: this.uuid, application: name },
        'an unknown application was asked for',
      )
      return this.hangUp('DESTINATION_OUT_OF_ORDER')
    }
    for (let left = loops; left !== 0 && !this.hungUp; left--) {
      const { time } = this.#around
      const beganMs = time.now()
      await this.#performOnce(execution, application)
      if (loops !== 1 && time.now() - beganMs < SHORTEST_LOOP_MS) return
    }
  }

  async #performOnce(execution: Execution, application: Application): Promise<void> {
    const { request } = execution
    const argument = expandVariables(request.argument, name => this.variable(name))
    this.setVariable(RESPONSE_VARIABLE, undefined)
    this.setVariable('current_application', request.application)
    this.setVariable('current_application_data', argument === '' ? undefined : argument)
    const about: HeaderField[] = [
      ['Application', request.application],
      ...(argument === '' ? [] : [['Application-Data', argument] as const]),
    ]
    const names: HeaderField[] = [
      ['Application-UUID', request.uuid],
      ...(request.uuidName ? [['Application-UUID-Name', request.uuidName] as const] : []),
    ]
    this.fire('CHANNEL_EXECUTE', [...about, ...names])
    try {
      const attend = (wanted: Attend) => this.#stack.attend(execution, wanted)
      await application({ channel: this, argument, attend })
    } catch (error) {
      this.#around.log.error(
        { uuid: this.uuid, application: request.application, err: error },
        'an application failed',
      )
      this.hangUp('NORMAL_TEMPORARY_FAILURE')
    }
    const response = this.variable(RESPONSE_VARIABLE) ?? '_none_'
    this.fire('CHANNEL_EXECUTE_COMPLETE', [...about, ['Application-Response', response], ...names])
  }
}
