import type { Clock } from '../../../domain/clock.js'
import type { SipMessage } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Connection } from './connection.js'
import {
  type CallEndReason,
  type CallEvent,
  type CallRole,
  type Source,
  timeOfDay,
} from './reply-frame.js'
import type { Routes } from './routes.js'

/** Tells the applications that asked for them how calls begin, are answered and end. */
export class CallEvents {
  readonly #routes: Routes<Connection>
  readonly #clock: Clock

  constructor(routes: Routes<Connection>, clock: Clock) {
    this.#routes = routes
    this.#clock = clock
  }

  /** A call was tried: the INVITE, from either side. */
  attempt(source: Source, invite: SipMessage): void {
    this.#tell('attempt', source, '', invite)
  }

  /** A call was answered: the 2xx. */
  start(source: Source, role: CallRole, answer: SipMessage): void {
    this.#tell('start', source, role, answer)
  }

  /** A call ended: the BYE, the refusal, or the INVITE that was cancelled. */
  stop(source: Source, reason: CallEndReason, message: SipMessage): void {
    this.#tell('stop', source, reason, message)
  }

  #tell(
    event: CallEvent['event'],
    source: Source,
    detail: CallEvent['detail'],
    message: SipMessage,
  ): void {
    const listener = this.#routes.pick(`cdr:${event}`)
    if (!listener) return
    const time = timeOfDay(this.#clock.now())
    listener.send({
      kind: 'call_event',
      event,
      source,
      time,
      detail,
      message: serialise(message),
    })
  }
}
