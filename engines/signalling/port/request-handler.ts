import type { ServerTransaction } from '../agent.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipResponse } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import { isLoopback } from '../transport/local-host.js'
import { masked } from '../watch/masked.js'
import { type Choice, parseChoice, questionOf } from './choice.js'
import type { Connection } from './connection.js'
import type { Incoming } from './incoming.js'
import { handlerOf, type MethodHandler } from './method-handlers.js'
import type { Proxied } from './proxied.js'

/** Who is asked for each new request, in place of the round of applications. */
export type HandlerTarget =
  /** A routing service, asked over HTTP; by POST it is shown the message, keys masked. */
  | { kind: 'ask'; by: 'GET' | 'POST'; url: URL }
  /** An application that waits to be dialled (drachtio-srf's `listen`). */
  | Extract<Choice, { kind: 'dial' }>

type Service = Extract<HandlerTarget, { kind: 'ask' }>

/** Longest wait for a routing service, in milliseconds: the caller hears nothing meanwhile. */
const ASK_MS = 5_000

/** The message as the reference server shows it. */
const SHOWN_AS = { 'Content-Type': 'text/plain; charset=utf-8' }

/** Longest answer of a routing service, in characters. */
const ANSWER_MAX = 65_536

/** Gives the application that dialled or gave a tag; `undefined` when there is none. */
export interface Applications {
  dial(host: string, port: number, reached: (connection: Connection | undefined) => void): void
  withTag(tag: string): Connection | undefined
}

/** What it works with. */
export interface RequestHandlerNeeds {
  readonly incoming: Incoming
  readonly proxied: Proxied
  readonly applications: Applications
}

/**
 * Finds out what becomes of a new request by asking somebody (drachtio-server's request handler). The
 * request may be withdrawn meanwhile: then nothing more is done about it.
 */
export class RequestHandler {
  readonly #handlers: readonly MethodHandler[]
  readonly #needs: RequestHandlerNeeds

  constructor(handlers: readonly MethodHandler[], needs: RequestHandlerNeeds) {
    this.#handlers = handlers
    this.#needs = needs
  }

  /** Whether somebody is to be asked: then it is answered, passed on, or brought to an application. */
  takes(transaction: ServerTransaction): boolean {
    const target = handlerOf(this.#handlers, transaction.request.method)
    if (target?.kind === 'dial') this.#dial(transaction, target)
    else if (target) this.#ask(transaction, target)
    return target !== undefined
  }

  #ask(transaction: ServerTransaction, service: Service): void {
    ask(service, transaction).then(choice => this.#carryOut(transaction, choice))
  }

  #carryOut(transaction: ServerTransaction, choice: Choice | undefined): void {
    if (!transaction.open) return
    switch (choice?.kind) {
      case undefined:
        transaction.respond(response(500, 'Server Internal Error'))
        break
      case 'reject':
        transaction.respond(response(choice.status, choice.reason))
        break
      case 'redirect':
        transaction.respond(redirection(choice.contacts))
        break
      case 'proxy':
        this.#needs.proxied.passOn(transaction, choice.proxy)
        break
      case 'tag':
        this.#bring(transaction, this.#needs.applications.withTag(choice.tag))
        break
      case 'dial':
        this.#dial(transaction, choice)
    }
  }

  #dial(transaction: ServerTransaction, { host, port }: Extract<Choice, { kind: 'dial' }>): void {
    // The protocol is in clear, secret and all: it does not leave the machine.
    if (host !== 'localhost' && !isLoopback(host)) this.#bring(transaction, undefined)
    else this.#needs.applications.dial(host, port, reached => this.#bring(transaction, reached))
  }

  #bring(transaction: ServerTransaction, connection: Connection | undefined): void {
    if (!transaction.open) return
    if (connection) this.#needs.incoming.deliver(transaction, connection)
    // As the reference server, when nobody takes the call that it has.
    else transaction.respond(response(480, 'Temporarily Unavailable'))
  }
}

async function ask(
  { by, url }: Service,
  { request, arrival }: ServerTransaction,
): Promise<Choice | undefined> {
  const asked = new URL(url)
  for (const [name, value] of questionOf(request, arrival)) asked.searchParams.set(name, value)
  try {
    const answer = await fetch(asked, {
      method: by,
      signal: AbortSignal.timeout(ASK_MS),
      redirect: 'error',
      ...(by === 'POST' && { body: masked(serialise(request)), headers: SHOWN_AS }),
    })
    const text = await answer.text()
    return answer.ok && text.length <= ANSWER_MAX ? parseChoice(JSON.parse(text)) : undefined
  } catch {
    // Nobody there, no answer in time, or no JSON: all of them are 500 to the caller.
    return undefined
  }
}

const response = (status: number, reason: string, headers = new Headers()): SipResponse => ({
  kind: 'response',
  status,
  reason,
  headers,
  body: NO_BODY,
})

function redirection(contacts: readonly string[]): SipResponse {
  const headers = new Headers()
  for (const contact of contacts) {
    if (/[\r\n]/.test(contact)) continue
    headers.add('Contact', contact.includes('<') ? contact : `<${contact}>`)
  }
  return response(302, 'Moved Temporarily', headers)
}
