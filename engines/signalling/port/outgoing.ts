import type { Agent, ClientTransaction, Dialog, Dispatched } from '../agent.js'
import type { Scheduler } from '../scheduler.js'
import type { SipRequest } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Sent } from '../transport/address.js'
import { readApplicationMessage, replaceLocalhost, startLineOf } from './application-message.js'
import type { Connection } from './connection.js'
import type { PortTables } from './incoming.js'
import { requestPassage } from './passages.js'
import type { AskFrame } from './request-frame.js'
import { Responses, startsCall } from './responses.js'

/** Requests of applications, out to the network. */
export class Outgoing {
  readonly #agent: Agent
  readonly #tables: PortTables
  readonly #responses: Responses

  constructor(agent: Agent, tables: PortTables, scheduler: Scheduler) {
    this.#agent = agent
    this.#tables = tables
    this.#responses = new Responses(tables, scheduler)
  }

  /** An application asks for a request to be sent. It is always told what became of it. */
  ask(connection: Connection, frame: AskFrame): void {
    const reason = this.#ask(connection, frame)
    if (reason !== undefined) {
      connection.send({ kind: 'refused', to: frame.id, word: 'NOK', reason })
    }
  }

  /** The calls that a lost application had begun are given up. */
  lost(owner: Connection): void {
    this.#responses.lost(owner)
  }

  /** Sends the request, or tells why not. */
  #ask(connection: Connection, frame: AskFrame): string | undefined {
    const read = readApplicationMessage(frame.sip)
    if (read.outcome === 'no_content_type') return 'missing content-type'
    if (read.outcome === 'malformed' || read.message.kind !== 'request') {
      return 'Error creating sip transaction for uac request'
    }
    const request = read.message
    if (!METHODS.includes(request.method)) return badUri(frame)
    if (request.method === 'CANCEL') return this.#cancel(connection, frame, request)
    if (request.method === 'ACK') return this.#acknowledge(connection, frame, request)
    if (frame.dialogId === '') return this.#sendOutside(connection, frame, request)
    const dialog = this.#agent.dialog(frame.dialogId)
    return dialog ? this.#sendInside(dialog, connection, frame, request) : NO_DIALOG
  }

  #cancel(connection: Connection, frame: AskFrame, request: SipRequest): string | undefined {
    const sent = this.#responses.cancel(frame.transactionId, request.headers)
    if (!sent) return `unable to cancel unknown transaction id: ${frame.transactionId}`
    // drachtio-srf does not wait for the CANCEL's own response, so its id leads nowhere.
    this.#confirm(connection, frame, this.#tables.freshId(), sent)
    return undefined
  }

  #acknowledge(connection: Connection, frame: AskFrame, request: SipRequest): string | undefined {
    const acknowledged = this.#agent.dialog(frame.dialogId)?.ack(request)
    // The stack acknowledged a failure itself; drachtio-srf sends its ACK all the same.
    if (acknowledged?.outcome !== 'sent') return ACK_IS_AUTOMATIC
    this.#confirm(connection, frame, this.#tables.freshId(), acknowledged.sent)
    return undefined
  }

  #sendInside(
    dialog: Dialog,
    connection: Connection,
    frame: AskFrame,
    request: SipRequest,
  ): string | undefined {
    this.#replaceLocalhost(request, dialog.remoteTarget)
    const id = this.#tables.freshId()
    const dispatched = dialog.send(request, this.#responses.listener(id))
    if (dispatched.outcome !== 'sent') return refusalOf(dispatched.outcome, frame)
    if (request.method === 'BYE') {
      const { message } = dispatched.transaction.sent
      this.#tables.events.stop('application', 'normal-release', message)
      this.#tables.owners.release(dialog)
    }
    this.#expect(id, connection, frame, dispatched.transaction)
    return undefined
  }

  #sendOutside(connection: Connection, frame: AskFrame, request: SipRequest): string | undefined {
    const callId = request.headers.get('Call-ID')
    const running = callId === undefined ? [] : this.#agent.dialogsOf(callId)
    const dialog = running.find(({ state }) => state === 'confirmed')
    if (dialog) return this.#sendInside(dialog, connection, frame, request)

    const target = frame.routeUrl === '' ? request.uri : frame.routeUrl
    if (this.#agent.isSelf(target)) return 'can not send request to myself'
    this.#replaceLocalhost(request, target)
    const id = this.#tables.freshId()
    const options = frame.routeUrl === '' ? {} : { nextHop: frame.routeUrl }
    const dispatched = this.#agent.send(request, this.#responses.listener(id), options)
    if (dispatched.outcome !== 'sent') return refusalOf(dispatched.outcome, frame)
    if (startsCall(dispatched.transaction)) {
      this.#tables.events.attempt('application', dispatched.transaction.sent.message)
    }
    this.#expect(id, connection, frame, dispatched.transaction)
    return undefined
  }

  #replaceLocalhost(request: SipRequest, target: string): void {
    const address = this.#agent.addressTowards(target)
    if (address) replaceLocalhost(request.headers, address)
  }

  #expect(id: string, to: Connection, frame: AskFrame, transaction: ClientTransaction): void {
    this.#responses.expect(id, to, transaction)
    this.#confirm(to, frame, id, transaction.sent)
  }

  #confirm(to: Connection, frame: AskFrame, id: string, sent: Sent<SipRequest>): void {
    to.send({
      kind: 'request_sent',
      to: frame.id,
      passage: requestPassage(sent, this.#tables.clock.now()),
      transactionId: id,
      message: serialise(sent.message),
    })
  }
}

/** What the reference server takes for a method; it blames the request URI for any other. */
const METHODS = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'PRACK', 'SUBSCRIBE', 'NOTIFY'],
  ...['PUBLISH', 'INFO', 'REFER', 'MESSAGE', 'UPDATE'],
]

const NO_DIALOG = 'Server error: unable to find dialog for dialog id provided'
const ACK_IS_AUTOMATIC =
  'Server error: ACK for non-success final response is automatically generated by server'

/** The words for a request that was not sent; an application may show them. */
function refusalOf(outcome: Exclude<Dispatched['outcome'], 'sent'>, frame: AskFrame): string {
  switch (outcome) {
    case 'bad_uri':
      return badUri(frame)
    case 'no_transport':
      return 'requested protocol/transport not available'
    case 'no_dialog':
      return NO_DIALOG
    case 'dialog_exists':
      return 'dialog already exists, rejecting this request'
  }
}

const badUri = (frame: AskFrame): string => `invalid request-uri: ${startLineOf(frame.sip)}`
