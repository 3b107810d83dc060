import type { SipRequest } from '../sip/message.js'
import { withTag } from '../sip/name-addr.js'
import { serialise } from '../sip/serialise.js'
import type { Arrival } from '../transport/address.js'
import type { Environment } from './environment.js'
import { type Facts, mergeKey, serverKey } from './facts.js'
import { InviteServerRun } from './invite-server-run.js'
import { NonInviteServerRun } from './non-invite-server-run.js'
import type { Received } from './received.js'
import { ownResponseTo } from './response-to.js'

/** A server transaction of either kind. */
export type ServerRun = InviteServerRun | NonInviteServerRun

/** Who answers requests: the TU of RFC 3261 §17. */
export interface ServerUser {
  /** A request that began a transaction. */
  request(run: ServerRun): void
  /** The ACK of a 2xx, or one that matches nothing. */
  ack(request: SipRequest, facts: Facts, arrival: Arrival): void
  /** A CANCEL, in its own transaction, and the INVITE it is about, if there is one. */
  cancel(run: NonInviteServerRun, invite: InviteServerRun | undefined): void
  /** Whether another copy of its request may be in order: a proxied one that spirals (RFC 3261 §16.3). */
  mayComeAgain(run: ServerRun): boolean
  /** Another copy of a request that is being answered; it was answered 482. */
  merged(received: Received): void
}

/** What the layer needs from outside. */
export interface ServerLayerNeeds {
  readonly environment: Environment
  /** A fresh tag. */
  readonly token: () => string
}

/** The server transactions of one agent, and which request belongs to which (RFC 3261 §17.2.3). */
export class ServerLayer {
  readonly #runs = new Map<string, ServerRun>()
  /** By what merged requests are found (RFC 3261 §8.2.2.2). */
  readonly #fresh = new Map<string, ServerRun>()
  readonly #user: ServerUser
  readonly #environment: Environment
  readonly #token: () => string

  constructor(user: ServerUser, { environment, token }: ServerLayerNeeds) {
    this.#user = user
    this.#environment = environment
    this.#token = token
  }

  get size(): number {
    return this.#runs.size
  }

  /** Whether a request belongs to a transaction that is there, as a copy, an ACK or a CANCEL does. */
  knows(request: SipRequest, facts: Facts): boolean {
    if (this.#runs.has(serverKey(request, facts))) return true
    return request.method === 'CANCEL' && this.#runs.has(serverKey(request, facts, 'INVITE'))
  }

  /** Takes a request that is in order. */
  take(received: Received) {
    const { request, facts } = received
    const key = serverKey(request, facts)
    const known = this.#runs.get(key)
    if (request.method === 'ACK') return this.#takeAck(received, known)
    if (known) return known.take('request')
    if (request.method === 'CANCEL') return this.#takeCancel(key, received)
    const first = facts.toTag === '' ? this.#fresh.get(mergeKey(facts)) : undefined
    if (first && !this.#user.mayComeAgain(first)) {
      // §8.2.2.2: the same request by another way: 482. It says so each time it is asked.
      const run = this.#begin(key, received)
      const response = ownResponseTo(request, 482)
      response.headers.set('To', withTag(response.headers.get('To') ?? '', this.#token()))
      run.answer(482, serialise(response))
      return this.#user.merged(received)
    }
    this.#user.request(this.#begin(key, received))
  }

  /** Ends all, with nothing said. */
  close() {
    for (const run of [...this.#runs.values()]) run.drop()
  }

  #takeAck({ request, facts, arrival }: Received, known: ServerRun | undefined) {
    // RFC 6026 §7.1: in `accepted` an ACK with the INVITE's branch goes to the TU.
    if (known?.kind === 'invite' && known.state !== 'accepted') return known.take('ack')
    this.#user.ack(request, facts, arrival)
  }

  #takeCancel(key: string, received: Received) {
    const { request, facts } = received
    const run = new NonInviteServerRun(received, this.#environment, () => this.#runs.delete(key))
    this.#runs.set(key, run)
    const invite = this.#runs.get(serverKey(request, facts, 'INVITE'))
    this.#user.cancel(run, invite?.kind === 'invite' ? invite : undefined)
  }

  #begin(key: string, received: Received): ServerRun {
    const { request, facts } = received
    const merge = facts.toTag === '' ? mergeKey(facts) : undefined
    const ended = () => {
      this.#runs.delete(key)
      if (merge !== undefined && this.#fresh.get(merge) === run) this.#fresh.delete(merge)
    }
    const run: ServerRun =
      request.method === 'INVITE'
        ? new InviteServerRun(received, this.#environment, ended)
        : new NonInviteServerRun(received, this.#environment, ended)
    this.#runs.set(key, run)
    if (merge !== undefined && !this.#fresh.has(merge)) this.#fresh.set(merge, run)
    return run
  }
}
