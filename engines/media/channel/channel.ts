import type { Clock, EpochMs } from '../../../domain/clock.js'
import type { Logger } from '../../../platform/log.js'
import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { Dialplan } from '../dialplan.js'
import type { EventBus, HeaderField } from '../events/event-bus.js'
import type { MonotonicTime } from '../monotonic-time.js'
import { ApplicationStack, type Attend, type Attended, type Execute } from './application-stack.js'
import type { CallLeg, DigitSource, HangupDisposition } from './call-leg.js'
import { channelHeaders, hangupVariables, variableHeaders } from './channel-headers.js'
import { DigitQueue, type QueuedDigit } from './digit-queue.js'
import type { HangupCause } from './hangup-cause.js'
import { perform } from './perform.js'
import { type Extension, pushed, type Route } from './transfer.js'

/** What the caller hears: nothing yet, ringing, audio before the answer, the answered call, nothing more. */
export type AnswerState = 'ringing' | 'early' | 'answered' | 'hangup'

/** FreeSWITCH's words for where a channel is in its life. */
export type ChannelState = 'CS_INIT' | 'CS_ROUTING' | 'CS_EXECUTE' | 'CS_HANGUP' | 'CS_REPORTING'

/** FreeSWITCH's words for the state of the call. */
export type CallState = 'DOWN' | 'RINGING' | 'EARLY' | 'ACTIVE' | 'HELD' | 'HANGUP'

/** When things happened to a channel, calendar time. */
export interface ChannelTimes {
  readonly createdAt: EpochMs
  earlyAt?: EpochMs
  answeredAt?: EpochMs
  transferredAt?: EpochMs
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
  /** Where a transfer leads. */
  readonly dialplan: Dialplan
  readonly clock: Clock
  readonly time: MonotonicTime
  readonly log: Logger
}

/** Extensions that a call goes through where its INVITE does not say (RFC 3261 §8.1.1.6). */
const MOST_HOPS = 70

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
  #destination: string
  /** How often the call went to another extension. */
  transfers = 0
  /** Where the call goes on, once what runs has ended. */
  #route: Route | undefined
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
    this.#destination = leg.facts.destination
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
      perform: execution =>
        perform(this, this.#around, execution, wanted => this.#stack.attend(execution, wanted)),
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

  /** Whether applications may go on: the call lives, and is not on its way to another extension. */
  get ready(): boolean {
    return !this.hungUp && this.#route === undefined
  }

  /** What was dialled, or what the call was transferred to last. */
  get destination(): string {
    return this.#destination
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
    let left: readonly Action[] | undefined = actions
    while (left) {
      for (const [application, argument] of left) {
        if (!this.ready) break
        await this.#stack.run({ application, argument, uuid: crypto.randomUUID() })
      }
      left = this.#takeRoute()
    }
    this.hangUp('NORMAL_CLEARING')
    this.#report()
    this.#told()
  }

  /** Leaves what runs, from the inside outwards, and goes on with an extension of the dialplan. */
  transfer({ destination, dialplan, context }: Extension): void {
    const { clock, dialplan: find } = this.#around
    // As a proxy does (RFC 3261 §16.3): an extension that leads to itself comes to an end.
    const hops = Number(this.variable('max_forwards') ?? MOST_HOPS) - 1
    if (!(hops > 0)) {
      this.hangUp('EXCHANGE_ROUTING_ERROR')
      return
    }
    this.setVariable('max_forwards', String(hops))
    const ours = dialplan.toUpperCase() === 'XML' && context === 'default'
    const second = Math.floor(clock.now() / 1_000)
    const source = `${second}:${crypto.randomUUID()}:bl_xfer:${destination}/${context}/${dialplan}`
    this.setVariable('transfer_source', source)
    this.setVariable('transfer_history', pushed(this.variable('transfer_history'), source))
    this.leaveFor({ destination, actions: ours ? find(destination) : undefined })
  }

  /** Leaves what runs, from the inside outwards, and goes on with other actions. */
  leaveFor(route: Route): void {
    if (this.hungUp) return
    this.#route = route
    this.#stack.leave()
  }

  /** The actions that a transfer led to. Where it led nowhere the call ends. */
  #takeRoute(): readonly Action[] | undefined {
    const route = this.#route
    this.#route = undefined
    if (!route || this.hungUp) return undefined
    this.#stack.stay()
    const before = this.#callState
    this.#destination = route.destination
    this.transfers++
    this.times.transferredAt = this.#around.clock.now()
    this.#state = 'CS_ROUTING'
    this.#callState = 'RINGING'
    this.fire('CHANNEL_STATE')
    this.#state = 'CS_EXECUTE'
    this.#callState = before
    if (route.actions) this.fire('CHANNEL_STATE')
    else this.hangUp('NO_ROUTE_DESTINATION')
    return route.actions
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
}
