import { answer } from './answer.js'
import type { Answered, Proxied, ServerTransaction } from './answering.js'
import { composeAnswer } from './compose-answer.js'
import { ourContact, WITH_CONTACT } from './compose-request.js'
import type { Core } from './core.js'
import { CallDialog } from './dialog/call-dialog.js'
import { dialogId } from './dialog/dialog.js'
import { answeringState } from './dialog/dialog-state.js'
import { flowToCaller } from './dialog/direct-flow.js'
import { answerSession } from './dialog/session-timer.js'
import { SUBSCRIBING, subscribes } from './dialog/subscription.js'
import { schemeOfAnswer } from './our-uri.js'
import { beginProxying } from './proxy/pass-on.js'
import type { ProxyListener, ProxyPlan } from './proxy/proxying.js'
import type { Timer } from './scheduler.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import { parseNameAddr, tagOf } from './sip/name-addr.js'
import { giveUpMs } from './transaction/environment.js'
import type { ServerRun } from './transaction/server-layer.js'
import type { Arrival } from './transport/address.js'
import type { Flow } from './transport/flow.js'

/** A request of a peer's other than INVITE. */
export class IncomingRequest implements ServerTransaction {
  readonly request: SipRequest
  readonly arrival: Arrival
  readonly #core: Core
  readonly #run: ServerRun
  readonly #forgetting: Timer
  #dialog: CallDialog | undefined
  #tag: string | undefined

  constructor(core: Core, run: ServerRun, dialog: CallDialog | undefined) {
    this.request = run.received.request
    this.arrival = run.received.arrival
    this.#dialog = dialog
    this.#core = core
    this.#run = run
    if (this.request.method === 'UPDATE' && dialog) dialog.updating = true
    // Its sender waits for 64·T1 (RFC 3261 §17.1.2.2).
    this.#forgetting = forgetLater(core, run, giveUpMs(core.environment) * (dialog ? 1 : 2))
  }

  get dialog(): CallDialog | undefined {
    return this.#dialog
  }

  get open(): boolean {
    return this.#run.open
  }

  respond(given: SipResponse): Answered {
    const { path, facts } = this.#run.received
    if (!this.#run.open) return { outcome: 'no_transaction' }
    if (!path.open) return { outcome: 'connection_closed' }
    if (facts.toTag === '') {
      this.#tag ??= tagOf(given.headers.get('To') ?? '') ?? this.#core.token()
    }
    const success = given.status >= 200 && given.status < 300
    if (!this.dialog && subscribes(this.request, given)) {
      if (this.#core.dialogs.byId(dialogId(facts.callId, facts.fromTag))) {
        return { outcome: 'dialog_exists' }
      }
      this.#dialog = this.#begin()
    }
    const session = success ? this.#session(given) : undefined
    const message = composeAnswer(given, this.request, {
      ...(this.#tag !== undefined && given.status > 100 && { tag: this.#tag }),
      recordRoute: success && SUBSCRIBING.has(this.request.method),
      ...(success &&
        WITH_CONTACT.has(this.request.method) && {
          contact: ourContact(path.flow, schemeOfAnswer(this.request)),
        }),
      ...(session && { session }),
    })
    const sent = answer(this.#run, message)
    this.#forgetting.stop()
    if (given.status >= 200 && this.dialog)
      this.dialog.updating &&= this.request.method !== 'UPDATE'
    if (success) this.#succeeded(path.flow)
    this.dialog?.heardOfSubscription(this.request, message)
    return { outcome: 'sent', sent, dialog: this.dialog }
  }

  proxy(plan: ProxyPlan, listener: ProxyListener): Proxied {
    if (!this.#run.open) return { outcome: 'no_transaction' }
    if (this.dialog) return { outcome: 'in_dialog' }
    this.#forgetting.stop()
    return beginProxying(this.#core, this.#run, plan, listener)
  }

  #session(given: SipResponse) {
    if (this.request.method !== 'UPDATE' || !this.dialog) return undefined
    const session = answerSession(this.request.headers, given.headers, this.dialog.session.timer)
    this.dialog.session.arm(session?.timer)
    return session
  }

  /** RFC 6665 §4.2.1, RFC 3515 §2.4.4: the 2xx makes a dialog. */
  #begin(): CallDialog {
    const { facts, arrival, flow, path } = this.#run.received
    const state = answeringState(this.request, facts.cseq, this.#tag ?? '')
    const vias = this.request.headers.all('Via').length
    const { transports } = this.#core
    const direct = flowToCaller(state.remoteTarget, vias, facts, arrival, flow, transports)
    const dialog = new CallDialog(this.#core, { role: 'uas', state, end: path.flow, direct })
    dialog.subscribe(this.request)
    return dialog
  }

  #succeeded(flow: Flow) {
    if (this.request.method === 'SUBSCRIBE') this.dialog?.refreshTarget(this.request.headers)
    if (this.request.method === 'UPDATE') {
      this.dialog?.refreshTarget(this.request.headers)
      if (this.dialog?.state === 'confirmed') this.dialog.link.follow(flow)
    }
    if (this.request.method !== 'REGISTER') return
    // RFC 7118 §5, RFC 5626 §5.3: the registrar accepted these Contacts, so this connection reaches them.
    for (const value of this.request.headers.all('Contact')) {
      const uri = parseNameAddr(value)?.uri
      if (uri !== undefined) this.#core.transports.aliases.learn(uri, flow)
    }
  }
}

/** Forgets a request that nobody answers, so that it does not stay for ever. */
export const forgetLater = (core: Core, run: ServerRun, delayMs: number): Timer =>
  core.environment.scheduler.after(delayMs, () => {
    const { request, arrival } = run.received
    run.drop()
    core.noticed({
      event: 'request_forgotten',
      detail: request.method,
      protocol: arrival.protocol,
      remote: arrival.remote,
    })
  })
