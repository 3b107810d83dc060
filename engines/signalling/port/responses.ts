import type { ClientTransaction, ResponseListener, ResponseReceived } from '../agent.js'
import type { Scheduler } from '../scheduler.js'
import type { Headers } from '../sip/headers.js'
import type { SipRequest } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Sent } from '../transport/address.js'
import type { Connection } from './connection.js'
import type { PortTables } from './incoming.js'
import { internalPassage, receivedPassage } from './passages.js'

/** A request of an application, until its final response. */
interface Asked {
  readonly id: string
  readonly owner: Connection
  readonly transaction: ClientTransaction
  /** Responses that came too soon after the acknowledgement; see `ACKNOWLEDGED_FIRST_MS`. */
  held: ResponseReceived[] | undefined
  cancelled: boolean
}

/** Brings each response to the application that asked, under the id that it knows. */
export class Responses {
  readonly #tables: PortTables
  readonly #scheduler: Scheduler
  readonly #asked = new Map<string, Asked>()

  constructor(tables: PortTables, scheduler: Scheduler) {
    this.#tables = tables
    this.#scheduler = scheduler
  }

  /** Where the responses of the request of that id go: nowhere until it is expected. */
  listener(id: string): ResponseListener {
    return received => {
      const asked = this.#asked.get(id)
      if (!asked) return
      if (asked.held && mayWait(received)) asked.held.push(received)
      else this.#deliver(asked, received)
    }
  }

  /** The request is on its way and about to be acknowledged. */
  expect(id: string, owner: Connection, transaction: ClientTransaction): void {
    const asked: Asked = { id, owner, transaction, held: [], cancelled: false }
    this.#asked.set(id, asked)
    if (transaction.dialog) this.#tables.owners.claim(transaction.dialog, owner)
    this.#scheduler.after(ACKNOWLEDGED_FIRST_MS, () => this.#release(asked))
  }

  /** Withdraws an INVITE; `undefined` when there is none, or it is too late. */
  cancel(id: string, headers: Headers): Sent<SipRequest> | undefined {
    const asked = this.#asked.get(id)
    const sent = asked?.transaction.cancel(headers)
    if (asked && sent) asked.cancelled = true
    return sent
  }

  /** The calls that a lost application had begun are given up. */
  lost(owner: Connection): void {
    for (const [id, asked] of this.#asked) {
      if (asked.owner !== owner) continue
      this.#asked.delete(id)
      asked.transaction.cancel()
    }
  }

  #release(asked: Asked): void {
    const held = asked.held ?? []
    asked.held = undefined
    for (const received of held) this.#deliver(asked, received)
  }

  #deliver(asked: Asked, received: ResponseReceived): void {
    const { response, arrival, transaction } = received
    const now = this.#tables.clock.now()
    asked.owner.send({
      kind: 'delivery',
      source: 'network',
      passage: arrival ? receivedPassage(arrival, now) : internalPassage(transaction, now),
      transactionId: asked.id,
      dialogId: transaction.dialog?.id ?? '',
      message: serialise(response),
    })
    if (response.status < 200) return
    this.#asked.delete(asked.id)
    if (startsCall(transaction)) this.#tellAnswer(asked, received)
  }

  #tellAnswer({ cancelled }: Asked, { response }: ResponseReceived): void {
    const { events } = this.#tables
    if (response.status < 300) {
      events.start('network', 'uac', response)
      return
    }
    const withdrawn = cancelled && response.status === 487
    events.stop('network', withdrawn ? 'call-canceled' : 'call-rejected', response)
  }
}

/**
 * How long a response waits behind the acknowledgement of its request. An application that awaits
 * the promise of `srf.request` listens for the response one turn later; were both in one segment, it
 * would miss it for ever.
 */
const ACKNOWLEDGED_FIRST_MS = 5

/**
 * Responses to INVITE do not wait: drachtio-srf listens for them at once, as it does inside a dialog,
 * and what follows a 2xx must not overtake it. What the stack made up itself may always wait.
 */
const mayWait = ({ arrival, transaction }: ResponseReceived): boolean => {
  const { method } = transaction.sent.message
  if (arrival === undefined) return true
  // A REFER outside any call has a dialog from the first, which drachtio-srf knows nothing of.
  if (method === 'REFER') return isOutside(transaction)
  return transaction.dialog === undefined && method !== 'INVITE'
}

/** Whether a request is an INVITE outside any dialog. */
export const startsCall = (transaction: ClientTransaction): boolean =>
  transaction.sent.message.method === 'INVITE' && isOutside(transaction)

/** A request outside any dialog has no tag in its To. */
const isOutside = ({ sent: { message } }: ClientTransaction): boolean =>
  !/;\s*tag\s*=/i.test(message.headers.get('To') ?? '')
