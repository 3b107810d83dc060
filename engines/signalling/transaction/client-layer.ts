import type { Ready } from '../ready.js'
import type { SipResponse } from '../sip/message.js'
import type { Arrival } from '../transport/address.js'
import type { Hop } from '../transport/path.js'
import { Attempts, type AttemptsOwner, type ClientRun } from './attempts.js'
import type { ClientUser } from './client-user.js'
import type { Environment } from './environment.js'
import { Errand } from './errand.js'
import { clientKey, type Facts } from './facts.js'
import { FailedServers } from './failed-servers.js'
import { InviteClientRun } from './invite-client-run.js'
import { NonInviteClientRun } from './non-invite-client-run.js'

/** What the layer needs from outside. */
export interface ClientLayerNeeds {
  readonly environment: Environment
  /** A fresh token, for branches. */
  readonly token: () => string
  readonly monotonicMs: () => number
}

/** The client transactions of one agent, and which response belongs to which (RFC 3261 §17.1.3). */
export class ClientLayer implements AttemptsOwner {
  readonly token: () => string
  readonly #runs = new Map<string, ClientRun>()
  readonly #searching = new Set<Attempts>()
  readonly #environment: Environment
  readonly #failed: FailedServers

  constructor({ environment, token, monotonicMs }: ClientLayerNeeds) {
    this.#environment = environment
    this.token = token
    this.#failed = new FailedServers(monotonicMs)
  }

  get size(): number {
    return this.#runs.size + this.#searching.size
  }

  /** Sends a request: to its server, or where that fails to the next one. */
  send(ready: Ready, user: ClientUser): Attempts {
    const attempts = new Attempts(this, ready, user)
    attempts.start()
    return attempts
  }

  /** Sends a request that has no transaction. */
  sendAlone(ready: Ready) {
    new Errand(ready, this.#environment).start()
  }

  /** Takes a response that is in order; false when it belongs to nothing. */
  take(response: SipResponse, facts: Facts, arrival: Arrival): boolean {
    const run = this.#runs.get(clientKey(facts.via.branch ?? '', facts.cseq.method))
    run?.take(response, facts, arrival)
    return run !== undefined
  }

  /** Ends all, with nothing told. */
  close() {
    for (const attempts of this.#searching) attempts.drop()
    this.#searching.clear()
    for (const run of [...this.#runs.values()]) run.drop()
  }

  begin({ sent }: Ready, branch: string, bytes: Buffer, user: ClientUser): ClientRun {
    const { message } = sent
    const key = clientKey(branch, message.method)
    const ended = () => this.#runs.delete(key)
    const Run = message.method === 'INVITE' ? InviteClientRun : NonInviteClientRun
    const run = new Run(message, bytes, user, this.#environment, ended)
    this.#runs.set(key, run)
    return run
  }

  ordered(hops: readonly Hop[]): readonly Hop[] {
    return this.#failed.ordered(hops)
  }

  failed(hop: Hop, retryAfterS: number | undefined) {
    this.#failed.failed(hop, retryAfterS)
  }

  later(run: () => void) {
    this.#environment.scheduler.after(0, run)
  }

  searching(attempts: Attempts, is: boolean) {
    if (is) this.#searching.add(attempts)
    else this.#searching.delete(attempts)
  }
}
