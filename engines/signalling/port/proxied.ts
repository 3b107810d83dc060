import type { ProxyListener, ProxyPlan, ServerTransaction } from '../agent.js'
import { Headers } from '../sip/headers.js'
import type { SipRequest, SipResponse } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Arrival, Sent } from '../transport/address.js'
import { readApplicationMessage } from './application-message.js'
import type { ProxyChoice } from './choice.js'
import type { Connection } from './connection.js'
import type { Incoming, PortTables } from './incoming.js'
import { internalPassage, receivedPassage } from './passages.js'
import type { CallEndReason, Passage, Source } from './reply-frame.js'
import type { ProxyFrame } from './request-frame.js'

/** Requests that applications have passed on to other targets instead of answering them. */
export class Proxied {
  readonly #tables: PortTables
  readonly #incoming: Incoming

  constructor(tables: PortTables, incoming: Incoming) {
    this.#tables = tables
    this.#incoming = incoming
  }

  /** An application wants a request proxied. It is told each target's answer, and when all is over. */
  proxy(connection: Connection, frame: ProxyFrame): void {
    const reason = this.#proxy(connection, frame)
    if (reason !== undefined) {
      connection.send({ kind: 'refused', to: frame.id, word: 'NOK', reason })
    }
  }

  /** A request is to be proxied by itself: nobody is told, but for the call events. */
  passOn(transaction: ServerTransaction, choice: ProxyChoice): void {
    const listener = this.#listener(transaction, {
      heard: () => undefined,
      done: () => undefined,
    })
    const proxied = transaction.proxy(planOf(choice, new Headers()), listener)
    if (proxied.outcome === 'in_dialog') throw new Error('a new request is in no dialog')
  }

  /** Begins to proxy, or tells why not. */
  #proxy(connection: Connection, frame: ProxyFrame): string | undefined {
    const transaction = this.#incoming.handOver(frame.transactionId)
    if (!transaction) return `Unknown transaction id: ${frame.transactionId}`
    const choice = { ...frame, targets: frame.destinations }
    const listener = this.#listener(transaction, {
      heard: (passage, message) => {
        if (!frame.fullResponse) return
        connection.send({ kind: 'proxy_heard', to: frame.id, passage, message })
      },
      done: () => connection.send({ kind: 'ok', to: frame.id, fields: ['done'] }),
    })
    const proxied = transaction.proxy(planOf(choice, addedHeaders(frame.sip)), listener)
    if (proxied.outcome === 'proxied') return undefined
    const hops = proxied.outcome === 'refused' && proxied.why === 'too_many_hops'
    return hops ? TOO_MANY_HOPS : NOT_PROXIED
  }

  #listener({ request }: ServerTransaction, told: Told): ProxyListener {
    const { events, clock } = this.#tables
    const call = request.method === 'INVITE'
    const tell = (source: Source, response: SipResponse) => {
      if (!call) return
      const role = source === 'network' ? 'proxy-uac' : 'proxy-uas'
      if (response.status < 300) events.start(source, role, response)
      else events.stop(source, reasonOf(response), response)
    }
    return {
      forwarded: sent => {
        if (call) events.attempt('application', sent.message)
      },
      heard: (response, arrival, sent) => {
        tell('network', response)
        told.heard(passageOf(arrival, sent, clock.now()), serialise(response))
      },
      answered: response => {
        tell('application', response)
        told.done()
      },
    }
  }
}

/** Who is told of the targets' answers, and of the end. */
interface Told {
  heard(passage: Passage, message: Buffer): void
  done(): void
}

const planOf = (choice: ProxyChoice, headers: Headers): ProxyPlan => ({
  targets: choice.targets,
  forking: choice.simultaneous ? 'simultaneous' : 'serial',
  recordRoute: choice.recordRoute,
  followRedirects: choice.followRedirects,
  patience: { provisionalMs: choice.provisionalMs, finalMs: choice.finalMs },
  headers,
})

const passageOf = (
  arrival: Arrival | undefined,
  sent: Sent<SipRequest>,
  now: Parameters<typeof receivedPassage>[1],
) => (arrival ? receivedPassage(arrival, now) : internalPassage({ sent }, now))

const reasonOf = ({ status }: SipResponse): CallEndReason =>
  status === 487 ? 'call-canceled' : 'call-rejected'

/** Fields that say which request it is: an application cannot change them. */
const IDENTITY: ReadonlySet<string> = new Set([
  ...['From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Max-Forwards', 'Content-Type'],
])

/** What the application wants added to every copy. */
function addedHeaders(sip: string): Headers {
  const read = readApplicationMessage(sip)
  if (read.outcome !== 'read') return new Headers()
  return new Headers([...read.message.headers].filter(([name]) => !IDENTITY.has(name)))
}

/** The reference server's words. */
const TOO_MANY_HOPS = 'Rejected with 483 Too Many Hops due to Max-Forwards value of 0'
const NOT_PROXIED = 'error proxying request to '
