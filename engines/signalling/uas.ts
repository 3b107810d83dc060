import { answer } from './answer.js'
import type { Core } from './core.js'
import type { CallDialog } from './dialog/call-dialog.js'
import { asksTooLittle, MIN_SESSION_S } from './dialog/session-timer.js'
import type { Notice } from './handlers.js'
import { IncomingInvite } from './incoming-invite.js'
import { IncomingRequest } from './incoming-request.js'
import { passOn, passOnAck } from './proxy/pass-on.js'
import type { SipRequest } from './sip/message.js'
import { withTag } from './sip/name-addr.js'
import type { Facts } from './transaction/facts.js'
import type { InviteServerRun } from './transaction/invite-server-run.js'
import type { NonInviteServerRun } from './transaction/non-invite-server-run.js'
import type { Received } from './transaction/received.js'
import { type OwnStatus, ownResponseTo } from './transaction/response-to.js'
import type { ServerRun, ServerUser } from './transaction/server-layer.js'
import type { Arrival } from './transport/address.js'

/** RFC 3261 §14.2: what a second INVITE is told to wait, in seconds: by chance between 0 and 10. */
const RETRY_AFTER_MAX_S = 10

/** Takes what peers ask (RFC 3261 §8.2, §9.2, §12.2.2, §14.2, §15.1.2) and hands it to the user. */
export class Uas implements ServerUser {
  readonly #core: Core
  /** The INVITEs that can still be cancelled or acknowledged. */
  readonly #invites = new WeakMap<ServerRun, IncomingInvite>()

  constructor(core: Core) {
    this.#core = core
  }

  request(run: ServerRun) {
    const { request, facts } = run.received
    // A REGISTER has no dialog, whatever tag its client writes (RFC 3261 §10.2).
    if (facts.toTag !== '' && request.method !== 'REGISTER') return this.#inDialog(run)
    if (request.method === 'INVITE' && asksTooLittle(request.headers)) return this.#tooLittle(run)
    this.#tell(run, undefined)
  }

  ack(request: SipRequest, { callId, toTag, fromTag, cseq }: Facts, arrival: Arrival) {
    const dialog = this.#core.dialogs.match(callId, toTag, fromTag)
    if (!dialog) {
      if (this.#isPassing(request)) return passOnAck(this.#core, request)
      return this.#notice('stray_ack', request.method, arrival)
    }
    const invite = dialog.takeAck(cseq.number)
    if (!invite) return
    const { initial } = invite
    this.#core.handlers.ack({ request, arrival, dialog, invite, initial })
    dialog.afterAck()
  }

  cancel(run: NonInviteServerRun, invited: InviteServerRun | undefined) {
    const proxying = invited && this.#core.proxyings.get(invited)
    if (proxying) {
      // §16.10: a CANCEL of what is being proxied is answered here, and each target gets its own.
      this.#refuse(run, 200)
      return proxying.cancel()
    }
    const invite = invited && this.#invites.get(invited)
    // §9.2: no matching transaction: 481.
    if (!invited || !invite) return this.#refuse(run, 481)
    if (invite.open) {
      this.#refuse(run, 200, invite.tag)
      // §9.2: the UAS responds to the INVITE with 487.
      invite.refuse(487)
      const { request, arrival } = run.received
      return this.#core.handlers.cancel({ request, arrival, invite })
    }
    // After a refusal a CANCEL has no effect, and is answered 200. After a 2xx RFC 3261 has no
    // transaction any more (RFC 6026 keeps one only for retransmissions): 481.
    if (invited.state !== 'accepted') return this.#refuse(run, 200, invite.tag)
    this.#refuse(run, 481, invite.tag)
    invite.dialog?.cancelledLate()
  }

  mayComeAgain(run: ServerRun): boolean {
    return this.#core.proxyings.has(run)
  }

  merged({ request, arrival }: Received) {
    this.#notice('merged_request', request.method, arrival)
  }

  #inDialog(run: ServerRun) {
    const { request, facts } = run.received
    const dialog =
      this.#core.dialogs.match(facts.callId, facts.toTag, facts.fromTag) ?? this.#notified(run)
    if (!dialog && this.#isPassing(request)) return passOn(this.#core, run)
    // §12.2.2: a request with a To tag that matches no dialog: 481.
    if (!dialog || dialog.state === 'ended') return this.#refuse(run, 481)
    // §12.2.2: a number lower than the latest is out of order: 500.
    if (!dialog.inOrder(facts.cseq.number)) return this.#refuse(run, 500)
    const { method, headers } = request
    if (method === 'INVITE' || method === 'UPDATE') {
      const refusal = glare(dialog, method)
      if (refusal) return this.#refuse(run, refusal)
      if (asksTooLittle(headers)) return this.#tooLittle(run)
      dialog.session.heardFromPeer(headers)
    }
    if (method === 'PRACK' && !acknowledges(headers.get('RAck') ?? '', dialog)) {
      return this.#refuse(run, 481)
    }
    if (method === 'BYE') {
      // §15.1.2: the UAS MUST still respond to any pending request of the dialog; 487 is advised.
      dialog.answering?.refuse(487)
      dialog.end()
    }
    this.#tell(run, dialog)
  }

  /** RFC 6665 §4.4.1: a NOTIFY that comes before the 2xx of our SUBSCRIBE makes the dialog. */
  #notified({ received: { request, facts } }: ServerRun): CallDialog | undefined {
    if (request.method !== 'NOTIFY') return undefined
    const dialog = this.#core.dialogs.awaitingNotifier(facts.callId, facts.toTag)
    dialog?.adoptNotifier(request)
    return dialog
  }

  /** Whether it belongs to a call that we proxied and stayed on the route of. */
  #isPassing(request: SipRequest): boolean {
    return this.#core.passes.admits(request, this.#core.transports)
  }

  #tell(run: ServerRun, dialog: CallDialog | undefined) {
    if (run.kind === 'non_invite') {
      return this.#core.handlers.request(new IncomingRequest(this.#core, run, dialog))
    }
    const invite = new IncomingInvite(this.#core, run, dialog)
    this.#invites.set(run, invite)
    this.#core.handlers.request(invite)
  }

  /** RFC 4028 §9: 422 with the least interval we take. */
  #tooLittle(run: ServerRun) {
    this.#refuse(run, 422, undefined, ['Min-SE', String(MIN_SESSION_S)])
  }

  #refuse(run: ServerRun, status: OwnStatus, tag?: string, field?: readonly [string, string]) {
    const { request, facts } = run.received
    const response = ownResponseTo(request, status)
    if (facts.toTag === '') {
      const to = request.headers.get('To') ?? ''
      response.headers.set('To', withTag(to, tag ?? this.#core.token()))
    }
    if (field) response.headers.add(...field)
    if (status === 500) response.headers.add('Retry-After', this.#retryAfter())
    answer(run, response)
  }

  #retryAfter(): string {
    return String(
      (Number.parseInt(this.#core.token().slice(0, 4), 36) || 0) % (RETRY_AFTER_MAX_S + 1),
    )
  }

  #notice(event: Notice['event'], detail: string, { protocol, remote }: Arrival) {
    this.#core.noticed({ event, detail, protocol, remote })
  }
}

/** RFC 3262 §3: a PRACK that matches no unacknowledged response is answered 481. */
const acknowledges = (rack: string, { answering, answered }: CallDialog): boolean =>
  (answering?.takePrack(rack) || answered?.takePrack(rack)) ?? false

/** RFC 3261 §14.2, RFC 3311 §5.2: how a request is refused that crosses another of its kind. */
function glare(dialog: CallDialog, method: 'INVITE' | 'UPDATE'): OwnStatus | undefined {
  if (method === 'UPDATE') return dialog.updating ? 500 : undefined
  if (dialog.answering) return 500
  return dialog.asking ? 491 : undefined
}
