import { retryAfter } from '../../platform/signalling/retry-after.js'
import type { Core } from './core.js'
import { isScanner } from './guard/scanners.js'
import type { SourceGuard } from './guard/source-guard.js'
import type { SipMessage, SipRequest, SipResponse } from './sip/message.js'
import { tagOf, withTag } from './sip/name-addr.js'
import type { ParseError } from './sip/parse.js'
import { serialise } from './sip/serialise.js'
import { checkRequest, checkResponse } from './sip/validate.js'
import { formatVia, parseVia, type Via } from './sip/via.js'
import { type Facts, factsOf } from './transaction/facts.js'
import { ReplyPath } from './transaction/reply-path.js'
import { isRepeatable, REASONS, responseTo } from './transaction/response-to.js'
import type { ServerLayer } from './transaction/server-layer.js'
import type { Arrival, Endpoint } from './transport/address.js'
import type { Flow, Receiver, TransportNotice } from './transport/flow.js'
import type { WireWatch } from './watch/wire-watch.js'

/** Server transactions at once; beyond, requests are refused. Each holds some kilobytes for 32 s. */
const TRANSACTIONS_MAX = 100_000

/** Takes what the transports receive: checks it, and finds the transaction it belongs to. */
export class Inbound implements Receiver {
  readonly watch: WireWatch | undefined
  readonly #core: Core
  readonly #servers: ServerLayer
  /** RFC 3261 §8.2.7: what answers without a transaction gives copies of a request the same tag. */
  readonly #tag: string
  readonly #guard: SourceGuard

  constructor(core: Core, servers: ServerLayer, guard: SourceGuard, watch: WireWatch | undefined) {
    this.watch = watch
    this.#core = core
    this.#servers = servers
    this.#tag = core.token()
    this.#guard = guard
  }

  bars({ host }: Endpoint): boolean {
    return this.#guard.bars(host)
  }

  message(message: SipMessage, arrival: Arrival, flow: Flow) {
    if (message.kind === 'request') this.#request(message, arrival, flow)
    else this.#response(message, arrival)
  }

  refused(error: ParseError, arrival: Arrival, flow: Flow) {
    this.#malformed(error.reason, arrival)
    if (!this.#guard.admits(arrival.remote.host)) return this.#banned('malformed', arrival)
    const { status, reason, partial } = error
    if (status === undefined || partial?.kind !== 'request') return
    this.#answerAtOnce(partial, status, reason, arrival, flow)
  }

  isUnlimited({ host }: Endpoint): boolean {
    return this.#guard.isUnlimited(host)
  }

  noticed({ event, detail, protocol, remote }: TransportNotice) {
    // Who tries one handshake after the other is not heard either.
    if (event === 'handshake_failed') {
      if (this.bars(remote)) return
      if (!this.#guard.admits(remote.host)) return this.#banned('handshake', { protocol, remote })
    }
    this.#core.noticed({ event, detail, protocol, remote })
  }

  #request(request: SipRequest, arrival: Arrival, flow: Flow) {
    if (isScanner(request.headers)) {
      this.#guard.ban(arrival.remote.host)
      return this.#banned('scanner', arrival)
    }
    const complaint = checkRequest(request)
    if (complaint) {
      this.#malformed(complaint.reason, arrival)
      if (!this.#guard.admits(arrival.remote.host)) return this.#banned('malformed', arrival)
      this.#answerAtOnce(request, complaint.status, complaint.reason, arrival, flow)
      return
    }
    const facts = factsOf(request)
    if (!facts) return
    // §8.2.7: an ACK of what was answered without a transaction ends there.
    if (request.method === 'ACK' && facts.toTag === this.#tag) return
    if (this.#begins(request, facts) && !this.#guard.admits(arrival.remote.host)) {
      return this.#banned('flood', arrival)
    }
    if (this.#isTooMany(request, facts, arrival)) {
      const wait = ['Retry-After', retryAfter(this.#chance())] as const
      this.#answerAtOnce(request, 503, REASONS[503], arrival, flow, wait)
      return
    }
    const via = withSource(facts.via, arrival.remote)
    if (via !== facts.via) {
      request.headers.removeFirst('Via')
      request.headers.prepend('Via', formatVia(via))
    }
    const path = new ReplyPath(flow, via, this.#core.transports)
    this.#servers.take({ request, facts: { ...facts, via }, arrival, flow, path })
  }

  #isTooMany(request: SipRequest, facts: Facts, { remote }: Arrival): boolean {
    const { method } = request
    if (this.#servers.size >= TRANSACTIONS_MAX && method !== 'ACK') {
      this.#core.noticed({ event: 'overload', detail: method, remote })
      return true
    }
    if (method !== 'INVITE' || facts.toTag !== '' || this.#servers.knows(request, facts))
      return false
    return this.#core.handlers.refusesCall?.() ?? false
  }

  /** A number from 0 up to 1, of a token's first letters and digits. */
  #chance(): number {
    return (Number.parseInt(this.#core.token().slice(0, 4), 36) || 0) / 36 ** 4
  }

  #response(response: SipResponse, arrival: Arrival) {
    const complaint = checkResponse(response)
    const facts = complaint ? undefined : factsOf(response)
    if (!facts) return this.#malformed(complaint?.reason ?? 'Malformed Response', arrival)
    if (this.#core.clients.take(response, facts, arrival)) return
    const { protocol, remote } = arrival
    const detail = `${response.status} ${facts.cseq.method}`
    this.#core.noticed({ event: 'stray_response', detail, protocol, remote })
  }

  /** Whether it belongs to nothing that is there: no transaction, no dialog, no call that we proxied. */
  #begins(request: SipRequest, facts: Facts): boolean {
    const { dialogs, passes, transports } = this.#core
    if (this.#servers.knows(request, facts)) return false
    if (facts.toTag === '') return true
    if (dialogs.match(facts.callId, facts.toTag, facts.fromTag)) return false
    return !passes.admits(request, transports)
  }

  #banned(
    detail: 'flood' | 'scanner' | 'malformed' | 'handshake',
    { protocol, remote }: Pick<Arrival, 'protocol' | 'remote'>,
  ) {
    this.#core.noticed({ event: 'source_banned', detail, protocol, remote })
  }

  #malformed(detail: string, { protocol, remote }: Arrival) {
    this.#core.noticed({ event: 'malformed_message', detail, protocol, remote })
  }

  /** Answers without a transaction (RFC 3261 §8.2.7): a copy of the request gets a copy of the answer. */
  #answerAtOnce(
    request: SipRequest,
    status: number,
    reason: string,
    { remote }: Arrival,
    flow: Flow,
    field?: readonly [string, string],
  ) {
    const via = parseVia(request.headers.get('Via') ?? '')
    if (!via || request.method === 'ACK' || !isRepeatable(request)) return
    const response = responseTo(request, status, reason)
    const seen = withSource(via, remote)
    response.headers.removeFirst('Via')
    response.headers.prepend('Via', formatVia(seen))
    const to = response.headers.get('To')
    if (to !== undefined && tagOf(to) === undefined) {
      response.headers.set('To', withTag(to, this.#tag))
    }
    if (field) response.headers.add(...field)
    new ReplyPath(flow, seen, this.#core.transports).send(serialise(response))
  }
}

/**
 * The topmost Via with what we saw of its sender: `received` when its own address differs (RFC 3261
 * §18.2.1), and both `received` and `rport` when it asks for `rport` (RFC 3581 §4).
 */
export function withSource(via: Via, { host, port }: Endpoint): Via {
  if (via.rport !== undefined) return { ...via, received: host, rport: port }
  return via.host === host ? via : { ...via, received: host }
}
