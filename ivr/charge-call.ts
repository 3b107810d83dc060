import type { CallSessionToken } from '../domain/call-session.js'
import type { Language } from '../domain/charge-answer.js'
import { noteStep } from '../platform/call-trail.js'
import { Fault } from '../platform/fault.js'
import type { Logger } from '../platform/log.js'
import { type Conversation, converse } from './call.js'
import type { CallTime, Timer } from './call-time.js'
import { type Channel, languageOf } from './channel.js'
import { begin, isOver, next } from './charge-dialogue.js'
import type { ChargeAction, ChargeEvent, ChargeLimits, State } from './charge-states.js'
import type { Dialogue } from './dialogue.js'
import { type AskingScp, askPermission, type Patience, redeem } from './redeem.js'
import type { Scp } from './scp.js'

/** What charge calls share. */
export interface ChargeService {
  readonly scp: Scp
  readonly time: CallTime
  readonly limits: ChargeLimits
  readonly patience: Patience
  /** Spoken where the subscriber's language is not known. */
  readonly language: Language
  readonly log: Logger
}

/** Runs the charge dialogue of one call: joins its decisions to scp, to timers and to the log. */
export function chargeCall(
  channel: Channel,
  session: CallSessionToken,
  service: ChargeService,
): Conversation<State> {
  const { time, limits, log } = service
  const dialogue: Dialogue<State, ChargeEvent, ChargeAction> = {
    begin: begin(limits, languageOf(channel) ?? service.language),
    next,
    isOver,
  }
  const call = new ChargeCall(session, service)
  channel.onGone(why => call.callerGone(why))
  const conversation = converse(dialogue, channel, time, (action, post) =>
    call.perform(action, post),
  )
  const over = conversation.over.then(state => {
    log.info({ callId: session, ...summary(state) }, 'charge call ended')
    return state
  })
  return { ...conversation, over }
}

/** What the log says of a call: how it ended and how far it came; nothing of what was keyed. */
function summary({ call, at, ...rest }: State) {
  const { language, entries, cards, wrong, missed } = call
  return { ...('ending' in rest ? rest.ending : { at }), language, entries, cards, wrong, missed }
}

class ChargeCall {
  readonly #session: CallSessionToken
  readonly #service: ChargeService
  readonly #asking: AskingScp
  #comfortTimer: Timer | undefined
  #callerThere = true

  constructor(session: CallSessionToken, service: ChargeService) {
    this.#session = session
    this.#service = service
    const { scp, time, patience, log } = service
    this.#asking = {
      scp,
      time,
      patience,
      callerThere: () => this.#callerThere,
      noticed: ({ code, message }) =>
        log.warn({ callId: session, code, why: message }, 'scp gave no answer'),
    }
  }

  callerGone(why: string): void {
    this.#callerThere = false
    this.#service.log.debug({ callId: this.#session, why }, 'channel gone')
  }

  /**
   * Once, and in vain where scp does not answer: the call is then counted by what scp knows, and a receipt
   * goes out that was not needed.
   */
  async #tellScp(tell: (deadlineMs: number) => Promise<void>): Promise<void> {
    const { patience, log } = this.#service
    try {
      await tell(patience.attemptMs)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.debug({ callId: this.#session, code: error.code }, 'scp could not be told')
    }
  }

  async perform(action: ChargeAction, post: (event: ChargeEvent) => void): Promise<void> {
    const { scp } = this.#service
    const session = this.#session
    switch (action.type) {
      case 'ask_permission': {
        const permission = await askPermission(this.#session, this.#asking)
        return post(permission ? { type: 'permission', permission } : { type: 'permission_failed' })
      }
      case 'redeem': {
        const entry = { session: this.#session, entry: action.entry }
        return post({ type: 'result', result: await redeem(entry, action.pin, this.#asking) })
      }
      case 'start_comfort_timer':
        this.#comfortTimer?.stop()
        this.#comfortTimer = this.#service.time.after(action.ms, () =>
          post({ type: 'comfort_timer' }),
        )
        return
      case 'stop_comfort_timer':
        return this.#comfortTimer?.stop()
      case 'report_heard':
        return this.#tellScp(ms => scp.heard({ session, entry: action.entry }, ms))
      case 'report':
        return this.#tellScp(ms =>
          scp.notice({ session, entry: action.entries }, action.notice, ms),
        )
      case 'take_step':
        return noteStep(this.#service.log, action.step, { session }, { callId: session })
    }
  }
}
