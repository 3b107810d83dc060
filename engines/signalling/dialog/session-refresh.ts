import type { ResponseReceived } from '../asking.js'
import type { Core } from '../core.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest } from '../sip/message.js'
import type { CallDialog } from './call-dialog.js'
import { SessionClock } from './session-clock.js'
import { MIN_SESSION_S, type SessionTimer } from './session-timer.js'

/** How long after a refresh that collided the next is tried (RFC 3261 §14.1: up to 4 s). */
const AGAIN_MS = 4_000

/** How long after the connection to the peer broke, or could not be made, a refresh is tried. */
const RECONNECT_MS = 1_000

/** The session description we gave last, to be given again unchanged (RFC 4028 §7.4). */
interface Description {
  readonly type: string
  /** Its bytes as Latin-1: a small buffer would keep the large one that it was cut from. */
  readonly body: string
}

/**
 * Keeps the session of one dialog alive, or ends it (RFC 4028): refreshes by UPDATE, or by re-INVITE with
 * the same description when the peer does not say that it takes UPDATE.
 */
export class SessionRefresh {
  readonly #dialog: CallDialog
  readonly #clock: SessionClock
  #description: Description | undefined
  #peerTakesUpdate = false

  constructor(dialog: CallDialog, { environment }: Core) {
    this.#dialog = dialog
    this.#clock = new SessionClock(
      environment.scheduler,
      () => this.#refresh(),
      () => this.#expired(),
    )
  }

  /** What is agreed at present. */
  get timer(): SessionTimer | undefined {
    return this.#clock.timer
  }

  /** Begins anew with what a 2xx agreed. */
  arm(timer: SessionTimer | undefined) {
    this.#clock.arm(timer)
  }

  stop() {
    this.#clock.stop()
  }

  /**
   * The connection to the peer broke. Where a session timer runs, the session is refreshed before its
   * time: a peer that was started anew answers 481, and one that is gone is not heard until the session
   * expires.
   */
  verify() {
    if (this.#clock.timer) this.#clock.refreshIn(RECONNECT_MS)
  }

  /** Keeps the description in a message of ours. */
  describe({ headers, body }: { headers: Headers; body: Buffer }) {
    const type = headers.get('Content-Type') ?? 'application/sdp'
    if (body.length > 0 && /^application\/sdp\b/i.test(type)) {
      this.#description = { type, body: body.toString('latin1') }
    }
  }

  /** Learns from a message of the peer's whether it takes UPDATE (RFC 3311 §4). */
  heardFromPeer(headers: Headers) {
    if (headers.has('Allow')) this.#peerTakesUpdate = headers.all('Allow').includes('UPDATE')
  }

  /**
   * A re-INVITE or UPDATE of the user's refreshes too (RFC 4028 §7.4): while a timer runs it says so, with
   * the refresher as it was.
   */
  completed(given: SipRequest): SipRequest {
    const timer = this.#clock.timer
    const refreshes = given.method === 'INVITE' || given.method === 'UPDATE'
    if (!timer || !refreshes || given.headers.has('Session-Expires')) return given
    const headers = given.headers.clone()
    headers.add('Session-Expires', `${timer.intervalS};refresher=${timer.ours ? 'uac' : 'uas'}`)
    if (!headers.has('Min-SE')) headers.add('Min-SE', String(MIN_SESSION_S))
    if (!headers.all('Supported').includes('timer')) headers.add('Supported', 'timer')
    return { ...given, headers }
  }

  #refresh() {
    const { asking, answering, updating } = this.#dialog
    if (asking || answering || updating) return this.#clock.refreshIn(AGAIN_MS)
    const method = this.#peerTakesUpdate || !this.#description ? 'UPDATE' : 'INVITE'
    const headers = new Headers()
    const description = method === 'INVITE' ? this.#description : undefined
    if (description) headers.add('Content-Type', description.type)
    const body = description ? Buffer.from(description.body, 'latin1') : NO_BODY
    const request: SipRequest = { kind: 'request', method, uri: '', headers, body }
    const { outcome } = this.#dialog.send(request, received => this.#refreshed(received))
    if (outcome !== 'sent') this.#expired()
  }

  #refreshed({ response: { status }, arrival, transaction }: ResponseReceived) {
    if (status < 200 || this.#dialog.state === 'ended') return
    if (status < 300) {
      if (transaction.sent.message.method === 'INVITE') this.#dialog.acknowledgeUnwanted()
      return
    }
    // RFC 3261 §12.2.1.2: 481 and 408 say that the dialog is gone.
    if (status === 481 || status === 408) return this.#expired()
    // Without an arrival nobody answered: the peer could not be reached.
    this.#clock.refreshIn(arrival ? AGAIN_MS : RECONNECT_MS)
  }

  #expired() {
    if (this.#dialog.state !== 'ended') this.#dialog.hangUp('Session timer expired')
  }
}
