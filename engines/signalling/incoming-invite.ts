import { answer, type SentAnswer, toBeSent } from './answer.js'
import type { Answered, Proxied, ServerTransaction } from './answering.js'
import { composeAnswer } from './compose-answer.js'
import { ourContact } from './compose-request.js'
import type { Core } from './core.js'
import { CallDialog } from './dialog/call-dialog.js'
import { dialogId } from './dialog/dialog.js'
import { answeringState } from './dialog/dialog-state.js'
import { flowToCaller } from './dialog/direct-flow.js'
import { ReliableAnswer, rackOf } from './dialog/reliable-answer.js'
import { answerSession } from './dialog/session-timer.js'
import { forgetLater } from './incoming-request.js'
import { schemeOfAnswer } from './our-uri.js'
import { beginProxying } from './proxy/pass-on.js'
import type { ProxyListener, ProxyPlan } from './proxy/proxying.js'
import type { Timer } from './scheduler.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import { tagOf } from './sip/name-addr.js'
import { serialise } from './sip/serialise.js'
import { giveUpMs } from './transaction/environment.js'
import type { InviteServerRun } from './transaction/invite-server-run.js'
import { type OwnStatus, ownResponseTo } from './transaction/response-to.js'
import type { Arrival } from './transport/address.js'

/** An INVITE of a peer's: one that begins a call, or a re-INVITE (RFC 3261 §13.3, §14.2, §9.2). */
export class IncomingInvite implements ServerTransaction {
  readonly request: SipRequest
  readonly arrival: Arrival
  readonly initial: boolean
  readonly #core: Core
  readonly #run: InviteServerRun
  readonly #forgetting: Timer
  #dialog: CallDialog | undefined
  #tag: string | undefined
  #reliable: ReliableAnswer[] = []
  #nextRseq: number
  /** Sends the 2xx that waits for a PRACK. */
  #held: (() => void) | undefined

  constructor(core: Core, run: InviteServerRun, dialog: CallDialog | undefined) {
    this.request = run.received.request
    this.arrival = run.received.arrival
    this.initial = dialog === undefined
    this.#core = core
    this.#run = run
    this.#dialog = dialog
    if (dialog) dialog.answering = this
    // RFC 3262 §3: the first RSeq is chosen by chance, below 2**31.
    this.#nextRseq = 1 + (Number.parseInt(core.token().slice(0, 5), 36) || 0)
    // RFC 3261 §17.2.1: 100 unless the TU answers within 200 ms; it is not asked.
    answer(run, ownResponseTo(this.request, 100))
    this.#forgetting = forgetLater(core, run, giveUpMs(core.environment) * 2)
  }

  get dialog(): CallDialog | undefined {
    return this.#dialog
  }

  get open(): boolean {
    return this.#run.open
  }

  /** Our tag, which the answer to its CANCEL has too (RFC 3261 §9.2). */
  get tag(): string {
    this.#tag ??= this.#core.token()
    return this.#tag
  }

  respond(given: SipResponse): Answered {
    const { path, facts } = this.#run.received
    const { status } = given
    if (!this.#run.open || this.#held) return { outcome: 'no_transaction' }
    if (!path.open) return { outcome: 'connection_closed' }
    const reliable = this.#isReliable(given)
    if (reliable && !this.#supports('100rel')) return { outcome: 'no_100rel' }
    if (status > 100 && status < 300 && !this.#dialog) {
      if (this.#core.dialogs.byId(dialogId(facts.callId, facts.fromTag))) {
        return { outcome: 'dialog_exists' }
      }
      this.#tag ??= tagOf(given.headers.get('To') ?? '')
      this.#dialog = this.#begin()
    }
    this.#tag ??= tagOf(given.headers.get('To') ?? '')
    const message = this.#compose(given, reliable ? this.#nextRseq++ : undefined)
    const success = status >= 200 && status < 300
    const sent = success && this.#isDescribedReliably ? this.#hold(message) : this.#send(message)
    if (reliable) this.#repeatReliably(message)
    return { outcome: 'sent', sent, dialog: this.#dialog }
  }

  proxy(plan: ProxyPlan, listener: ProxyListener): Proxied {
    if (!this.#run.open) return { outcome: 'no_transaction' }
    if (this.#dialog) return { outcome: 'in_dialog' }
    this.#forgetting.stop()
    return beginProxying(this.#core, this.#run, plan, listener)
  }

  /** Answers with a status of the stack's own: the INVITE was cancelled, or its dialog has ended. */
  refuse(status: OwnStatus) {
    if (this.#run.open) this.#send(this.#compose(ownResponseTo(this.request, status), undefined))
  }

  /** Whether a PRACK with this RAck acknowledges one of our answers (RFC 3262 §3). */
  takePrack(rack: string): boolean {
    const [number, cseq, method] = rack.trim().split(/\s+/)
    const found = this.#reliable.find(({ rack }) => rack === `${number} ${cseq} ${method}`)
    found?.stop()
    this.#reliable = this.#reliable.filter(each => each !== found)
    if (!this.#isDescribedReliably) this.#held?.()
    return found !== undefined
  }

  /** Whether a session description of ours waits for its PRACK. */
  get #isDescribedReliably(): boolean {
    return this.#reliable.some(({ describes }) => describes)
  }

  /**
   * RFC 3262 §3: a 2xx MUST NOT be sent while a reliable answer with a session description is not
   * acknowledged. The user need not know that it waits.
   */
  #hold(message: SipResponse): SentAnswer {
    this.#forgetting.stop()
    this.#held = () => {
      this.#held = undefined
      if (this.#run.open) this.#send(message)
    }
    return toBeSent(this.#run, message)
  }

  #send(message: SipResponse): SentAnswer {
    const { status } = message
    const sent = answer(this.#run, message)
    if (status > 100) this.#forgetting.stop()
    this.#dialog?.session.describe(message)
    if (status >= 200) this.#finish(sent)
    return sent
  }

  #finish({ message, wire }: SentAnswer) {
    this.#held = undefined
    for (const each of this.#reliable) each.stop()
    const dialog = this.#dialog
    if (!dialog) return
    if (dialog.answering === this) dialog.answering = undefined
    // Only a reliable answer may still get its PRACK; a dialog keeps no INVITE for long otherwise.
    dialog.answered = this.#reliable.length > 0 ? this : undefined
    if (message.status >= 300) {
      if (this.initial) dialog.end()
      return
    }
    const repeat = () => this.#run.answer(message.status, wire)
    const { facts, flow } = this.#run.received
    dialog.accepted(this, facts.cseq.number, flow, repeat)
    if (!this.initial) dialog.refreshTarget(this.request.headers)
  }

  #compose(given: SipResponse, rseq: number | undefined): SipResponse {
    const { status } = given
    const { path, facts } = this.#run.received
    const forms = status > 100 && status < 300
    const session = status >= 200 && status < 300 ? this.#session(given) : undefined
    return composeAnswer(given, this.request, {
      ...(facts.toTag === '' && status > 100 && { tag: this.tag }),
      recordRoute: forms,
      ...(forms && { contact: ourContact(path.flow, schemeOfAnswer(this.request)) }),
      ...(rseq !== undefined && { rseq }),
      ...(session && { session }),
    })
  }

  #session(given: SipResponse) {
    const timer = this.initial ? undefined : this.#dialog?.session.timer
    const session = answerSession(this.request.headers, given.headers, timer)
    this.#dialog?.session.arm(session?.timer)
    return session
  }

  #begin(): CallDialog {
    const { facts, arrival, flow, path } = this.#run.received
    const state = answeringState(this.request, facts.cseq, this.tag)
    const vias = this.request.headers.all('Via').length
    const { transports } = this.#core
    const direct = flowToCaller(state.remoteTarget, vias, facts, arrival, flow, transports)
    const dialog = new CallDialog(this.#core, { role: 'uas', state, end: path.flow, direct })
    dialog.answering = this
    dialog.session.heardFromPeer(this.request.headers)
    return dialog
  }

  #isReliable({ status, headers }: SipResponse): boolean {
    if (status <= 100 || status >= 200) return false
    const required = this.request.headers.all('Require').includes('100rel')
    return required || headers.all('Require').includes('100rel')
  }

  #supports(option: string): boolean {
    const { headers } = this.request
    return headers.all('Supported').includes(option) || headers.all('Require').includes(option)
  }

  #repeatReliably(message: SipResponse) {
    const bytes = serialise(message)
    const { path, facts } = this.#run.received
    const rack = rackOf(Number(message.headers.get('RSeq')), facts.cseq.number)
    const repeat = () => path.send(bytes)
    const gaveUp = () => {
      const was = { held: this.#held !== undefined, open: this.#run.open }
      if (was.held) this.#dialog?.giveUp('PRACK timeout')
      // RFC 3262 §3: after 64·T1 the UAS SHOULD reject the original request with a 5xx.
      this.refuse(504)
      if (was.open && !was.held) this.#core.handlers.prackTimedOut?.(this)
      this.#core.noticed({ event: 'prack_timeout', detail: rack, remote: this.arrival.remote })
    }
    this.#reliable.push(
      new ReliableAnswer(rack, message.body.length > 0, this.#core.environment, repeat, gaveUp),
    )
  }
}
