import { REFUSED_BEFORE_HEADER } from '../../../domain/call-refusal.js'
import type { Clock } from '../../../domain/clock.js'
import type {
  AckReceived,
  Answered,
  CancelReceived,
  Dialog,
  DialogEnded,
  ServerTransaction,
} from '../agent.js'
import type { CallGate } from '../call-gate.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Sent } from '../transport/address.js'
import { readApplicationMessage, replaceLocalhost } from './application-message.js'
import type { CallEvents } from './call-events.js'
import type { Connection } from './connection.js'
import type { Owners } from './owners.js'
import { answerPassage, dialogIdOf, receivedPassage, requestPassage } from './passages.js'
import type { Delivery } from './reply-frame.js'
import type { AnswerFrame } from './request-frame.js'
import type { RequestHandler } from './request-handler.js'
import type { Routes } from './routes.js'

/** What the two halves of the port share. */
export interface PortTables {
  readonly routes: Routes<Connection>
  readonly owners: Owners
  readonly events: CallEvents
  readonly clock: Clock
  /** A fresh transaction id. */
  freshId(): string
  /** What new calls are let through by; all are where there is none. */
  readonly gate?: CallGate
  readonly monotonicMs: () => number
}

interface Delivered {
  readonly transaction: ServerTransaction
  readonly owner: Connection
}

/** Requests from the network: to an application, and its answers back. */
export class Incoming {
  readonly #tables: PortTables
  /** Requests that may still be answered, by the id their application knows. */
  readonly #delivered = new Map<string, Delivered>()
  /** Calls that their application has said nothing to yet: since when, in monotonic ms, by id. */
  readonly #waiting = new Map<string, number>()
  /** The ACK of an INVITE comes under the INVITE's id, long after it was answered. */
  readonly #idOf = new WeakMap<ServerTransaction, string>()
  #draining = false
  #handler: Pick<RequestHandler, 'takes'> | undefined

  constructor(tables: PortTables) {
    this.#tables = tables
  }

  /** From now on, new calls are refused; those there are go on. */
  drain(): void {
    this.#draining = true
  }

  /** From now on, new requests that this one takes do not go round the applications. */
  askFirst(handler: Pick<RequestHandler, 'takes'>): void {
    this.#handler = handler
  }

  /** Whether a call that comes now is one too many. */
  refusesCall(): boolean {
    const { gate, monotonicMs } = this.#tables
    return gate !== undefined && !gate.take(this.#waiting.size, monotonicMs())
  }

  /** A request to be answered, new or inside a dialog. */
  request(transaction: ServerTransaction): void {
    const { request, dialog } = transaction
    if (!dialog && !this.#draining && this.#handler?.takes(transaction)) return
    const owner = dialog ? this.#tables.owners.ownerOf(dialog) : this.#turnOf(request.method)
    if (!owner) {
      transaction.respond(plain(dialog ? 481 : 503))
      return
    }
    this.deliver(transaction, owner)
  }

  /** Brings a request to an application, which owes an answer from then on. */
  deliver(transaction: ServerTransaction, owner: Connection): void {
    const { request, dialog, arrival } = transaction
    const beginsCall = request.method === 'INVITE' && !dialog
    const id = this.#tables.freshId()
    this.#delivered.set(id, { transaction, owner })
    this.#idOf.set(transaction, id)
    if (beginsCall) this.#waiting.set(id, this.#tables.monotonicMs())
    const receivedOn = dialog ? {} : { receivedOn: arrival.local }
    const shown = beginsCall ? { arrival, request: this.#withRefused(request) } : transaction
    owner.send({ ...this.#received(shown, id, dialog), ...receivedOn })

    if (beginsCall) this.#tables.events.attempt('network', request)
    if (request.method === 'BYE' && dialog) {
      this.#tables.events.stop('network', 'normal-release', request)
      this.#tables.owners.release(dialog)
    }
  }

  /** The ACK of a 2xx. The first INVITE's carries that INVITE's id, any other a fresh one. */
  ack({ request, arrival, dialog, invite, initial }: AckReceived): void {
    const id = (initial ? this.#idOf.get(invite) : undefined) ?? this.#tables.freshId()
    const delivery = this.#received({ request, arrival }, id, dialog)
    // The reference server leaves the protocol of an ACK empty.
    const passage = { ...delivery.passage, protocol: '' }
    this.#tables.owners.ownerOf(dialog)?.send({ ...delivery, passage })
  }

  /** The caller gave up; both CANCEL and INVITE are answered already. */
  cancel({ request, arrival, invite }: CancelReceived): void {
    const id = this.#idOf.get(invite)
    const delivered = id === undefined ? undefined : this.#delivered.get(id)
    if (id === undefined || !delivered) return
    this.#forget(id)
    this.#tables.events.stop('network', 'call-canceled', invite.request)
    delivered.owner.send(this.#received({ request, arrival }, id, invite.dialog))
    if (invite.dialog) this.#tables.owners.release(invite.dialog)
  }

  /** The engine itself hung up: told as a request that needs no answer. */
  ended({ dialog, bye, reason }: DialogEnded): void {
    const owner = this.#tables.owners.ownerOf(dialog)
    this.#tables.owners.release(dialog)
    if (reason === 'Session timer expired') {
      this.#tables.events.stop('application', 'session-expired', bye.message)
    }
    this.tellEnd(owner, dialog, bye)
  }

  /** Shows an application the BYE by which the engine took a dialog from it. */
  tellEnd(owner: Connection | undefined, dialog: Dialog, bye: Sent<SipRequest>): void {
    owner?.send({
      kind: 'delivery',
      source: 'application',
      passage: requestPassage(bye, this.#tables.clock.now()),
      transactionId: 'unsolicited',
      dialogId: dialog.id,
      message: serialise(bye.message),
    })
  }

  /** An application answers. It is always told what became of the answer. */
  answer(connection: Connection, frame: AnswerFrame): void {
    const reason = this.#answer(connection, frame)
    if (reason !== undefined) {
      connection.send({ kind: 'refused', to: frame.id, word: 'NOK', reason })
    }
  }

  /** Sends the answer, or tells why not. */
  #answer(connection: Connection, frame: AnswerFrame): string | undefined {
    const delivered = this.#delivered.get(frame.transactionId)
    const read = readApplicationMessage(frame.sip)
    if (read.outcome === 'read' && /\bCANCEL$/i.test(read.message.headers.get('CSeq') ?? '')) {
      return '200 OK to incoming CANCEL is automatically generated by the stack'
    }
    if (!delivered) return REFUSALS.no_transaction
    if (read.outcome === 'no_content_type') return 'missing content-type'
    if (read.outcome === 'malformed' || read.message.kind !== 'response') {
      return 'Unknown server error sending response'
    }

    const { transaction } = delivered
    replaceLocalhost(read.message.headers, {
      protocol: transaction.arrival.protocol,
      ...transaction.arrival.local,
    })
    const answered = transaction.respond(read.message)
    this.#heard(frame.transactionId)
    if (!transaction.open) this.#delivered.delete(frame.transactionId)
    if (answered.outcome !== 'sent') return REFUSALS[answered.outcome]
    this.#acknowledge(connection, frame, transaction, answered)
    return undefined
  }

  #acknowledge(
    connection: Connection,
    frame: AnswerFrame,
    transaction: ServerTransaction,
    { sent, dialog }: AnswerSent,
  ): void {
    const { request } = transaction
    const invite = request.method === 'INVITE'
    if (dialog && CLAIMING.has(request.method)) this.#tables.owners.claim(dialog, connection)
    connection.send({
      kind: 'answer_sent',
      to: frame.id,
      passage: answerPassage(sent, invite, this.#tables.clock.now()),
      transactionId: frame.transactionId,
      dialogId: answeredIn(request, dialog),
      message: sent.wire,
    })
    if (invite && !isInDialog(transaction)) this.#tellAnswer(sent.message)
  }

  /** Gives away a request that somebody else brings to its end; nobody can answer it here any more. */
  handOver(id: string): ServerTransaction | undefined {
    const delivered = this.#delivered.get(id)
    this.#forget(id)
    return delivered?.transaction
  }

  /** A request inside a proxied call went through: of these, the applications hear how calls end. */
  passedOn(request: SipRequest): void {
    if (request.method !== 'BYE') return
    this.#tables.events.stop('network', 'normal-release', request)
    this.#tables.events.stop('application', 'normal-release', request)
  }

  /** What an application that is gone left unanswered is answered for it. */
  lost(owner: Connection): void {
    for (const [id, delivered] of this.#delivered) {
      if (delivered.owner !== owner) continue
      this.#forget(id)
      const { transaction } = delivered
      transaction.respond(leftBehind(transaction))
    }
  }

  /** Forgets requests that nobody answered before the stack gave them up. */
  sweep(): void {
    for (const [id, { transaction }] of this.#delivered) {
      if (!transaction.open) this.#forget(id)
    }
  }

  /** An application said something to a request. */
  #heard(id: string): void {
    const sinceMs = this.#waiting.get(id)
    if (sinceMs === undefined) return
    this.#waiting.delete(id)
    this.#tables.gate?.answered(this.#tables.monotonicMs() - sinceMs)
  }

  #forget(id: string): void {
    this.#delivered.delete(id)
    this.#waiting.delete(id)
  }

  /** The call as its application sees it; what a peer says of refused calls counts for nothing. */
  #withRefused(request: SipRequest): SipRequest {
    const { gate } = this.#tables
    if (!gate) return request
    const headers = request.headers.clone().remove(REFUSED_BEFORE_HEADER)
    const refused = gate.takeUntold()
    return {
      ...request,
      headers: refused > 0 ? headers.add(REFUSED_BEFORE_HEADER, `${refused}`) : headers,
    }
  }

  #turnOf(method: string): Connection | undefined {
    return this.#draining ? undefined : this.#tables.routes.pick(method.toLowerCase())
  }

  #received(
    { request, arrival }: Pick<ServerTransaction, 'request' | 'arrival'>,
    transactionId: string,
    dialog: Dialog | undefined,
  ): Delivery {
    return {
      kind: 'delivery',
      source: 'network',
      passage: receivedPassage(arrival, this.#tables.clock.now()),
      transactionId,
      dialogId: dialog?.id ?? '',
      message: serialise(request),
    }
  }

  #tellAnswer(answer: SipResponse): void {
    if (answer.status >= 300) this.#tables.events.stop('application', 'call-rejected', answer)
    else if (answer.status >= 200) this.#tables.events.start('application', 'uas', answer)
  }
}

/** Methods whose answers give the dialog to who answered. */
const CLAIMING: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])

/** Methods whose answers belong to a dialog from the first. */
const FORMING: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE'])

type AnswerSent = Extract<Answered, { outcome: 'sent' }>

/** The words for an answer that was not sent; an application may show them. */
const REFUSALS: Record<Exclude<Answered['outcome'], 'sent'>, string> = {
  no_transaction: 'Response not sent due to unknown transaction',
  connection_closed: 'transport for response has been shutdown or closed',
  no_100rel: 'Remote endpoint does not support 100rel',
  dialog_exists: 'dialog already exists, rejecting this request',
}

/**
 * The dialog of an answer: of an INVITE or SUBSCRIBE even when it is refused, of a BYE never, since the reference
 * server takes the dialog for gone once its BYE has come.
 */
function answeredIn(request: SipRequest, dialog: Dialog | undefined): string {
  if (request.method === 'BYE') return ''
  return dialog?.id ?? (FORMING.has(request.method) ? dialogIdOf(request) : '')
}

const isInDialog = ({ request }: ServerTransaction): boolean =>
  /;\s*tag\s*=/i.test(request.headers.get('To') ?? '')

/** What a request is answered whose application is gone; a BYE has ended its call already. */
function leftBehind(transaction: ServerTransaction): SipResponse {
  if (!isInDialog(transaction)) return plain(503)
  return plain(transaction.request.method === 'BYE' ? 200 : 481)
}

const REASONS = {
  200: 'OK',
  481: 'Call/Transaction Does Not Exist',
  503: 'Service Unavailable',
} as const

const plain = (status: keyof typeof REASONS): SipResponse => ({
  kind: 'response',
  status,
  reason: REASONS[status],
  headers: new Headers(),
  body: NO_BODY,
})
