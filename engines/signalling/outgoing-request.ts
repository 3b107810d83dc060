import type { ClientTransaction, ResponseListener } from './asking.js'
import type { Dialog } from './dialog/dialog.js'
import type { Ready } from './ready.js'
import type { SipRequest, SipResponse } from './sip/message.js'
import type { ClientUser, Failure } from './transaction/client-user.js'
import type { Facts } from './transaction/facts.js'
import { type OwnStatus, ownResponseTo } from './transaction/response-to.js'
import type { Arrival, Sent } from './transport/address.js'

/** What a transaction that failed is told as (RFC 3261 §8.1.3.1, §9.1). */
const STATUS_OF: Record<Failure, OwnStatus> = { timeout: 408, unreachable: 503, abandoned: 487 }

/** The response that we make ourselves when none will come. */
export const internalResponse = (request: SipRequest, failure: Failure): SipResponse =>
  ownResponseTo(request, STATUS_OF[failure])

/** A request of ours other than INVITE. */
export class OutgoingRequest implements ClientTransaction, ClientUser {
  readonly sent: Sent<SipRequest>
  readonly dialog: Dialog | undefined
  readonly #listener: ResponseListener
  #open = true

  constructor({ sent }: Ready, dialog: Dialog | undefined, listener: ResponseListener) {
    this.sent = sent
    this.dialog = dialog
    this.#listener = listener
  }

  get open(): boolean {
    return this.#open
  }

  cancel(): undefined {
    // RFC 3261 §9.1: a CANCEL for anything but INVITE is of no use.
    return undefined
  }

  response(response: SipResponse, _facts: Facts, arrival: Arrival) {
    if (response.status > 100) this.#tell(response, arrival)
  }

  failed(failure: Failure) {
    this.#tell(internalResponse(this.sent.message, failure), undefined)
  }

  #tell(response: SipResponse, arrival: Arrival | undefined) {
    if (response.status >= 200) this.#open = false
    this.#listener({ response, arrival, transaction: this, dialog: this.dialog })
  }
}
