import type { ClientTransaction, ResponseListener } from './asking.js'
import type { Core } from './core.js'
import type { CallDialog } from './dialog/call-dialog.js'
import { releaseBranch } from './dialog/fork.js'
import { internalResponse } from './outgoing-request.js'
import { type Ready, readyAs } from './ready.js'
import type { Headers } from './sip/headers.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import type { Attempts } from './transaction/attempts.js'
import { besideInvite } from './transaction/beside-invite.js'
import type { ClientUser, Failure } from './transaction/client-user.js'
import type { Facts } from './transaction/facts.js'
import type { Arrival, Sent } from './transport/address.js'
import type { Flow } from './transport/flow.js'
import { pathOver } from './transport/path.js'

/** Whose responses nobody waits for. */
const NOBODY: ClientUser = { response() {}, failed() {} }

/** An INVITE of ours: one that begins a call, or a re-INVITE (RFC 3261 §13.2, §14.1, §9.1). */
export class OutgoingInvite implements ClientTransaction, ClientUser {
  readonly sent: Sent<SipRequest>
  readonly dialog: CallDialog
  readonly initial: boolean
  readonly #core: Core
  readonly #ready: Ready
  readonly #listener: ResponseListener
  readonly #run: Attempts
  #open = true
  #heard = false
  #cancel: SipRequest | undefined
  #cancelSent = false
  /** RSeq of the latest reliable provisional response, by To tag. */
  readonly #reliable = new Map<string, number>()
  /** To tag of the 2xx that was told. */
  #answeredBy: string | undefined
  /** To tags of the other branches. */
  readonly #released = new Set<string>()

  constructor(
    core: Core,
    ready: Ready,
    dialog: CallDialog,
    listener: ResponseListener,
    place: 'initial' | 'in_dialog',
  ) {
    this.sent = ready.sent
    this.dialog = dialog
    this.initial = place === 'initial'
    this.#core = core
    this.#ready = ready
    this.#listener = listener
    dialog.asking = this
    this.#run = core.clients.send(ready, this)
  }

  get open(): boolean {
    return this.#open
  }

  /** The flow that carried it. */
  get flow(): Flow | undefined {
    return this.#run.flow
  }

  cancel(headers?: Headers): Sent<SipRequest> | undefined {
    if (!this.#open || this.#cancel) return undefined
    this.#run.settle()
    const cancel = besideInvite(this.sent.message, 'CANCEL')
    if (headers) for (const [name, value] of headers) cancel.headers.add(name, value)
    const prepared = this.#readyBeside(cancel)
    this.#cancel = cancel
    this.#sendCancel()
    return prepared.sent
  }

  response(response: SipResponse, facts: Facts, arrival: Arrival) {
    const { status } = response
    if (status < 200) return this.#provisional(response, facts, arrival)
    if (status < 300) return this.#success(response, facts, arrival)
    this.#finish()
    if (this.initial) this.dialog.end()
    this.#tell(response, arrival)
  }

  failed(failure: Failure) {
    this.#finish()
    if (this.initial) this.dialog.end()
    this.#tell(internalResponse(this.sent.message, failure), undefined)
  }

  #provisional(response: SipResponse, { toTag }: Facts, arrival: Arrival) {
    this.#heard = true
    this.#sendCancel()
    if (response.status === 100 || !this.#isInOrder(response, toTag)) return
    if (this.initial) this.dialog.heardProvisional(response, arrival, this.flow)
    this.#tell(response, arrival)
  }

  /**
   * RFC 3262 §4: a reliable provisional response with the RSeq of the last is a copy of it, whose PRACK is
   * on its way; one with a gap before it came too early, and will be repeated. Neither is told.
   */
  #isInOrder({ headers }: SipResponse, toTag: string): boolean {
    const rseq = headers.get('RSeq') ?? ''
    if (!headers.all('Require').includes('100rel') || !/^\d{1,10}$/.test(rseq)) return true
    const latest = this.#reliable.get(toTag)
    if (latest !== undefined && Number(rseq) !== latest + 1) return false
    this.#reliable.set(toTag, Number(rseq))
    return true
  }

  #success(response: SipResponse, facts: Facts, arrival: Arrival) {
    if (this.#open) return this.#firstSuccess(response, facts, arrival)
    // §13.2.2.4: a 2xx with the same tag is a retransmission and gets the same ACK …
    if (facts.toTag === this.#answeredBy) return this.dialog.repeatAck(facts.cseq.number)
    // … and one with another tag is another branch of a fork.
    const telling = this.#released.has(facts.toTag) ? 'again' : 'first'
    this.#released.add(facts.toTag)
    releaseBranch(this.#core, this.#ready.path, this.sent.message, response, telling)
  }

  #firstSuccess(response: SipResponse, facts: Facts, arrival: Arrival) {
    this.#answeredBy = facts.toTag
    const unwanted = this.initial && (this.#cancel !== undefined || this.dialog.state === 'ended')
    this.#finish()
    this.dialog.heardSuccess(this, response, arrival)
    // A re-INVITE may be answered when the BYE is on its way: nobody else would acknowledge that.
    if (!this.initial && this.dialog.state === 'ended') this.dialog.acknowledgeUnwanted()
    if (!unwanted) return this.#tell(response, arrival)
    // The CANCEL came too late: RFC 3261 §9.1 leaves it to the caller to end the session with a BYE.
    const ended = this.dialog.state === 'ended'
    this.dialog.acknowledgeUnwanted()
    this.#tell(response, arrival)
    this.dialog.hangUp('ACK-BYE due to cancel race condition', ended ? 'silently' : 'told')
  }

  /** §9.1: a CANCEL waits for a provisional response, as it could overtake its INVITE. */
  #sendCancel() {
    if (!this.#cancel || this.#cancelSent || !this.#heard || !this.#open) return
    this.#cancelSent = true
    this.#core.clients.send(this.#readyBeside(this.#cancel), NOBODY)
    this.#run.abandonLater()
  }

  /** §9.1: the way of the INVITE, under the Via that it had there. */
  #readyBeside(cancel: SipRequest): Ready {
    const { flow, branch } = this.#run
    cancel.headers.set('Via', this.sent.message.headers.get('Via') ?? '')
    const path = flow && !flow.closed ? pathOver(flow) : this.#ready.path
    return readyAs(cancel, path, branch)
  }

  #finish() {
    this.#open = false
    if (this.dialog.asking === this) this.dialog.asking = undefined
  }

  #tell(response: SipResponse, arrival: Arrival | undefined) {
    this.#listener({ response, arrival, transaction: this, dialog: this.dialog })
  }
}
