import { strict as assert } from 'node:assert'
import type { Dispatched, ResponseListener } from '../asking.js'
import type { Core } from '../core.js'
import type { EndReason } from '../handlers.js'
import type { IncomingInvite } from '../incoming-invite.js'
import { isSips, type OurEnd } from '../our-uri.js'
import { OutgoingInvite } from '../outgoing-invite.js'
import { OutgoingRequest } from '../outgoing-request.js'
import { type Ready, ready } from '../ready.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message.js'
import type { Attempts } from '../transaction/attempts.js'
import type { Arrival } from '../transport/address.js'
import { isSecure } from '../transport/address.js'
import type { Flow } from '../transport/flow.js'
import { type Path, pathOver, pathToNowhere } from '../transport/path.js'
import { AcceptedAnswer } from './accepted-answer.js'
import { type Acknowledged, type Dialog, dialogId } from './dialog.js'
import {
  type DialogState,
  nextHopOf,
  notifierOf,
  requestIn,
  withResponse,
  withTarget,
} from './dialog-state.js'
import { flowToCalled } from './direct-flow.js'
import { LinkWatch } from './link-watch.js'
import { SessionRefresh } from './session-refresh.js'
import { agreedSession } from './session-timer.js'
import { SUBSCRIBING, Subscription, subscribes } from './subscription.js'

/** A 2xx of ours that waits for its ACK. */
interface Accepted {
  readonly invite: IncomingInvite
  readonly sequence: number
  readonly answer: AcceptedAnswer
}

/** Where a dialog begins. */
export interface DialogStart {
  readonly role: Dialog['role']
  readonly state: DialogState
  /** Our end of the way to the peer, for Contact. */
  readonly end: OurEnd
  /** The flow for requests to a peer whose Contact cannot be sent to. */
  readonly direct?: Flow | undefined
}

/**
 * One end of a call (RFC 3261 §12 to §15).
 *
 *   early ──2xx──► confirmed ──BYE, either way──► ended
 *     └──300–699, CANCEL, BYE──────────────────────►┘
 */
export class CallDialog implements Dialog {
  readonly id: string
  readonly role: Dialog['role']
  readonly session: SessionRefresh
  /** The connection that it goes over, which tells when the peer has died. */
  readonly link: LinkWatch
  /** Our INVITE or re-INVITE that has no final response yet. */
  asking: OutgoingInvite | undefined
  /** The peer's INVITE or re-INVITE that has no final answer yet. */
  answering: IncomingInvite | undefined
  /** The one that had its final answer last; PRACKs of it may still come (RFC 3262 §3). */
  answered: IncomingInvite | undefined
  /** Whether an UPDATE of the peer has no final answer yet. */
  updating = false
  readonly #core: Core
  readonly #end: OurEnd
  #data: DialogState
  #state: Dialog['state'] = 'early'
  #direct: Flow | undefined
  #accepted: Accepted | undefined
  #cancelledLate = false
  #subscription: Subscription | undefined
  /** A BYE that waits for the ACK of our 2xx. */
  #heldBye: (() => void) | undefined
  /** The INVITE of ours whose 2xx waits for our ACK. */
  #unacknowledged: { sequence: number; invite: SipRequest } | undefined
  #ack: { sequence: number; ready: Ready } | undefined

  constructor(core: Core, { role, state, end, direct }: DialogStart) {
    this.id = dialogId(state.callId, role === 'uas' ? state.remoteTag : state.localTag)
    this.role = role
    this.#core = core
    this.#data = state
    this.#end = end
    this.#direct = direct
    this.session = new SessionRefresh(this, core)
    this.link = new LinkWatch(() => this.session.verify())
    core.dialogs.add(this)
  }

  get callId(): string {
    return this.#data.callId
  }

  get localTag(): string {
    return this.#data.localTag
  }

  get remoteTag(): string {
    return this.#data.remoteTag
  }

  get subscribedTo(): string | undefined {
    return this.#subscription?.event
  }

  get remoteTarget(): string {
    return this.#data.remoteTarget
  }

  get state(): Dialog['state'] {
    return this.#state
  }

  send(given: SipRequest, on: ResponseListener): Dispatched {
    assert(given.method !== 'ACK' && given.method !== 'CANCEL', 'neither is a request of its own')
    if (this.#state === 'ended') return { outcome: 'no_dialog' }
    const path = this.#path()
    if (typeof path === 'string') return { outcome: path }
    const request = this.#request(this.session.completed(given))
    const prepared = ready(request, path, this.#core.token)
    if (given.method === 'INVITE') {
      this.session.describe(given)
      const transaction = new OutgoingInvite(this.#core, prepared, this, on, 'in_dialog')
      return { outcome: 'sent', transaction }
    }
    let run: Attempts | undefined
    const transaction = new OutgoingRequest(prepared, this, received => {
      if (given.method === 'UPDATE') this.#heardUpdate(received.response, run?.flow)
      this.heardOfSubscription(request, received.response)
      on(received)
    })
    const begin = () => {
      run = this.#core.clients.send(prepared, transaction)
    }
    if (given.method === 'BYE') this.#hangUpWith(begin)
    else begin()
    return { outcome: 'sent', transaction }
  }

  ack(given: SipRequest): Acknowledged {
    const waiting = this.#unacknowledged
    if (this.#state === 'ended' || !waiting) return { outcome: 'nothing_to_acknowledge' }
    return { outcome: 'sent', sent: this.#acknowledge(waiting, given).sent }
  }

  /** The dialog is over: nothing repeats, nothing expires, nothing finds it any more. */
  end() {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.session.stop()
    this.#subscription?.stop()
    this.link.stop()
    this.#accepted?.answer.stop()
    this.#accepted = undefined
    this.#core.dialogs.remove(this)
  }

  /** Ends the dialog by a BYE of the stack's own, and says so unless the user ended it before. */
  hangUp(reason: EndReason, telling: 'told' | 'silently' = 'told') {
    const prepared = this.#farewell(reason)
    this.end()
    this.#core.clients.send(prepared, new OutgoingRequest(prepared, this, () => {}))
    if (telling === 'silently') return
    this.#core.handlers.dialogEnded({ dialog: this, bye: prepared.sent, reason })
  }

  /** The user holds a call for answered whose peer never heard so: it is over, and no BYE is due. */
  giveUp(reason: EndReason) {
    if (this.#state === 'ended') return
    const { sent } = this.#farewell(reason)
    this.end()
    this.#core.handlers.dialogEnded({ dialog: this, bye: sent, reason })
  }

  #farewell(reason: EndReason): Ready {
    const headers = new Headers([['Reason', `SIP;cause=200;text="${reason}"`]])
    const path = this.#path()
    const way = typeof path === 'string' ? pathToNowhere(this.#end) : path
    const request = this.#request({
      kind: 'request',
      method: 'BYE',
      uri: '',
      headers,
      body: NO_BODY,
    })
    return ready(request, way, this.#core.token)
  }

  // A SUBSCRIBE formed it (RFC 6665 §4), or a REFER outside any call (RFC 3515 §2.4.4).

  /** Such a request is on its way, from either side: what comes of it makes this dialog, or ends it. */
  subscribe(request: SipRequest) {
    this.#subscription = new Subscription(request, this.#core.environment, () => this.end())
  }

  /** §4.4.1: the first NOTIFY may overtake the 2xx of our SUBSCRIBE; it makes the dialog as well. */
  adoptNotifier(notify: SipRequest) {
    this.#data = { ...this.#data, ...notifierOf(notify) }
    if (this.#state === 'early') this.#state = 'confirmed'
  }

  /** A SUBSCRIBE, REFER or NOTIFY of either side got its response. */
  heardOfSubscription(request: SipRequest, response: SipResponse) {
    const { method, headers } = request
    const { status } = response
    const subscription = this.#subscription
    if (!subscription || status < 200 || this.#state === 'ended') return
    if (method === 'NOTIFY') return subscription.notified(headers, status)
    if (!SUBSCRIBING.has(method)) return
    if (subscribes(request, response)) {
      if (this.#state === 'early') this.#state = 'confirmed'
      subscription.granted(response.headers, headers)
    } else if (this.#state === 'early') this.end()
  }

  /** The 2xx of our SUBSCRIBE says where its notifier is, unless a NOTIFY did before. */
  heardNotifier(response: SipResponse, arrival: Arrival, flow: Flow | undefined) {
    if (this.#state === 'early') this.#adopt(response, arrival, flow)
  }

  // The peer answers an INVITE of ours.

  /** §12.1.2: a provisional response with a To tag makes the dialog early. */
  heardProvisional(response: SipResponse, arrival: Arrival, flow: Flow | undefined) {
    if (this.#state !== 'early') return
    this.#adopt(response, arrival, flow)
  }

  /** §13.2.2.4: the first 2xx confirms; of a re-INVITE it refreshes the target (§12.2.1.2). */
  heardSuccess(invite: OutgoingInvite, response: SipResponse, arrival: Arrival) {
    const { message } = invite.sent
    if (invite.initial) this.#adopt(response, arrival, invite.flow)
    else this.#data = withTarget(this.#data, response.headers)
    if (this.#state === 'early') this.#state = 'confirmed'
    this.#unacknowledged = { sequence: sequenceOf(message), invite: message }
    this.session.heardFromPeer(response.headers)
    if (this.#state !== 'confirmed') return
    this.session.arm(agreedSession(response.headers))
    this.link.follow(invite.flow)
  }

  /** §13.2.2.4: a retransmitted 2xx gets the ACK again, if the user has given one. */
  repeatAck(sequence: number) {
    if (this.#ack?.sequence === sequence) this.#core.clients.sendAlone(this.#ack.ready)
  }

  /** Acknowledges a 2xx that nobody wants any more, or whose BYE is on its way. */
  acknowledgeUnwanted() {
    if (!this.#unacknowledged) return
    this.#acknowledge(this.#unacknowledged, {
      kind: 'request',
      method: 'ACK',
      uri: '',
      headers: new Headers(),
      body: NO_BODY,
    })
  }

  // We answer an INVITE of the peer's.

  /** Our 2xx is on its way; it is repeated until its ACK, and without one the dialog ends. */
  accepted(invite: IncomingInvite, sequence: number, flow: Flow, repeat: () => void) {
    this.#state = 'confirmed'
    this.link.follow(flow)
    const answer = new AcceptedAnswer(this.#core.environment, repeat, () => this.#neverAcked())
    this.#accepted = { invite, sequence, answer }
  }

  /** The INVITE that an ACK with this number acknowledges; undefined for a repeated ACK. */
  takeAck(sequence: number): IncomingInvite | undefined {
    if (this.#accepted?.sequence !== sequence) return undefined
    const { invite, answer } = this.#accepted
    answer.stop()
    this.#accepted = undefined
    return invite
  }

  /** What waited for the ACK. */
  afterAck() {
    const bye = this.#heldBye
    this.#heldBye = undefined
    if (bye) return bye()
    if (this.#cancelledLate && this.#state !== 'ended') this.hangUp('CANCEL after 200 OK')
  }

  /**
   * A CANCEL came after our 2xx. The call is up, and its caller does not want it: BYE, once the ACK has
   * come (§15: the callee MUST NOT send a BYE before).
   */
  cancelledLate() {
    if (this.#accepted?.invite.initial) this.#cancelledLate = true
  }

  /** §12.2.2: whether a request of the peer's is in order; if it is, its number counts. */
  inOrder(sequence: number): boolean {
    const latest = this.#data.remoteSequence
    if (latest !== undefined && sequence < latest) return false
    this.#data = { ...this.#data, remoteSequence: sequence }
    return true
  }

  /** §12.2.2: a target refresh of the peer's was answered 2xx. */
  refreshTarget(headers: Headers) {
    this.#data = withTarget(this.#data, headers)
  }

  #neverAcked() {
    if (this.#heldBye || this.#cancelledLate) return this.afterAck()
    this.hangUp('ACK timeout')
  }

  /** §15: a callee's BYE waits for the ACK of its 2xx; a caller's comes after its own ACK. */
  #hangUpWith(begin: () => void) {
    this.acknowledgeUnwanted()
    const waiting = this.#accepted
    if (!waiting) {
      this.end()
      return begin()
    }
    this.#heldBye = () => {
      this.#core.dialogs.remove(this)
      begin()
    }
    this.#state = 'ended'
    this.session.stop()
    this.link.stop()
  }

  #acknowledge(waiting: { sequence: number; invite: SipRequest }, given: SipRequest): Ready {
    this.#unacknowledged = undefined
    const path = this.#path()
    const way = typeof path === 'string' ? pathToNowhere(this.#end) : path
    const { sequence, invite } = waiting
    const request = requestIn(this.#data, { ...given, method: 'ACK' }, sequence, this.#end)
    // §13.2.2.4: the ACK MUST contain the same credentials as the INVITE.
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      if (request.headers.has(name)) continue
      for (const value of invite.headers.all(name)) request.headers.add(name, value)
    }
    this.session.describe(given)
    this.#ack = { sequence, ready: ready(request, way, this.#core.token) }
    // §13.2.2.4: the ACK of a 2xx has no transaction.
    this.#core.clients.sendAlone(this.#ack.ready)
    return this.#ack.ready
  }

  #adopt(response: SipResponse, arrival: Arrival, flow: Flow | undefined) {
    const before = this.#data
    this.#data = withResponse(before, response)
    if (this.#data === before || !flow) return
    const { transports } = this.#core
    this.#direct = flowToCalled(this.#data.remoteTarget, arrival.remote, flow, transports)
  }

  #heardUpdate({ status, headers }: SipResponse, flow: Flow | undefined) {
    if (status < 200 || status > 299 || this.#state === 'ended') return
    this.#data = withTarget(this.#data, headers)
    this.session.arm(agreedSession(headers))
    this.link.follow(flow)
  }

  #request(given: SipRequest): SipRequest {
    const localSequence = this.#data.localSequence + 1
    this.#data = { ...this.#data, localSequence }
    return requestIn(this.#data, given, localSequence, this.#end)
  }

  #path(): Path | 'bad_uri' | 'no_transport' {
    const direct = this.#data.routeSet.length === 0 ? this.#direct : undefined
    const insecure = isSips(this.#data.remoteTarget) && direct && !isSecure(direct.protocol)
    return direct && !direct.closed && !insecure
      ? pathOver(direct)
      : this.#core.transports.pathTo(nextHopOf(this.#data))
  }
}

const sequenceOf = (request: SipRequest): number =>
  Number.parseInt(request.headers.get('CSeq') ?? '0', 10)
