import type { Ready } from '../ready.js'
import type { SipResponse } from '../sip/message.js'
import type { Arrival } from '../transport/address.js'
import type { Flow } from '../transport/flow.js'
import type { Path } from '../transport/transports.js'
import type { ClientUser } from './client-user.js'
import type { Environment } from './environment.js'
import { clientKey, type Facts } from './facts.js'
import { InviteClientRun } from './invite-client-run.js'
import { NonInviteClientRun } from './non-invite-client-run.js'

/** A client transaction of either kind. */
export type ClientRun = InviteClientRun | NonInviteClientRun

/** The client transactions of one agent, and which response belongs to which (RFC 3261 §17.1.3). */
export class ClientLayer {
  readonly #runs = new Map<string, ClientRun>()
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  get size(): number {
    return this.#runs.size
  }

  /** Begins an INVITE. */
  invite({ sent, branch, bytes, path }: Ready, user: ClientUser): InviteClientRun {
    const key = clientKey(branch, 'INVITE')
    const ended = () => this.#runs.delete(key)
    const run = new InviteClientRun(sent.message, bytes, user, this.#environment, ended)
    this.#begin(key, run, path, flow => run.start(flow, path))
    return run
  }

  /** Begins any other request. */
  other({ sent, branch, bytes, path }: Ready, user: ClientUser): NonInviteClientRun {
    const { message } = sent
    const key = clientKey(branch, message.method)
    const ended = () => this.#runs.delete(key)
    const run = new NonInviteClientRun(message, bytes, user, this.#environment, ended)
    this.#begin(key, run, path, flow => run.start(flow))
    return run
  }

  /** Takes a response that is in order; false when it belongs to nothing. */
  take(response: SipResponse, facts: Facts, arrival: Arrival): boolean {
    const run = this.#runs.get(clientKey(facts.via.branch ?? '', facts.cseq.method))
    run?.take(response, facts, arrival)
    return run !== undefined
  }

  /** Ends all, with nothing told. */
  close() {
    for (const run of [...this.#runs.values()]) run.drop()
  }

  #begin(key: string, run: ClientRun, path: Path, start: (flow: Flow) => void) {
    this.#runs.set(key, run)
    path.reach(flow => {
      if (flow) return start(flow)
      // Told later: never from within the call that sends.
      this.#environment.scheduler.after(0, () => run.unreachable())
    })
  }
}
