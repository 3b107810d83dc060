import { addVia, anotherBranch } from '../compose-request.js'
import type { Ready } from '../ready.js'
import type { SipResponse } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Arrival } from '../transport/address.js'
import type { Flow } from '../transport/flow.js'
import { type Hop, isSameEnd } from '../transport/path.js'
import type { ClientUser, Failure } from './client-user.js'
import type { Facts } from './facts.js'
import { InviteClientRun } from './invite-client-run.js'
import type { NonInviteClientRun } from './non-invite-client-run.js'

/** A client transaction of either kind. */
export type ClientRun = InviteClientRun | NonInviteClientRun

/** Who makes the transactions, and knows which servers have failed. */
export interface AttemptsOwner {
  readonly token: () => string
  /** Makes a transaction for a request with that branch, whose responses find it from now on. */
  begin(ready: Ready, branch: string, bytes: Buffer, user: ClientUser): ClientRun
  /** Servers as they should be tried: those that failed lately last. */
  ordered(hops: readonly Hop[]): readonly Hop[]
  /** A server failed; it told when to come back, in seconds, or not. */
  failed(hop: Hop, retryAfterS: number | undefined): void
  /** Calls from no call of the user's. */
  later(run: () => void): void
  /** The search for the servers begins, and has ended. */
  searching(attempts: Attempts, is: boolean): void
}

interface Attempt {
  readonly hop: Hop
  /** Over UDP, for when the server turned out to take no TCP (RFC 3261 §18.1.1). */
  readonly instead?: Hop
}

/**
 * One request on its way to a server of its destination, and to the next one when that fails (RFC 3263 §4.3): by
 * its transport, by silence, or by a 503. Each attempt is a transaction of its own, with another branch; whom
 * the request is from hears of the last alone.
 *
 *   searching ──hops──► asking ──failed, another is left──► asking ──► told
 *       └──none──► told
 */
export class Attempts implements ClientUser {
  readonly #owner: AttemptsOwner
  readonly #ready: Ready
  readonly #user: ClientUser
  #branch: string
  #left: Attempt[] = []
  #now: Attempt | undefined
  #run: ClientRun | undefined
  #heard = false
  #stopped = false

  constructor(owner: AttemptsOwner, ready: Ready, user: ClientUser) {
    this.#owner = owner
    this.#ready = ready
    this.#user = user
    this.#branch = ready.branch
  }

  /** Begins. */
  start() {
    this.#owner.searching(this, true)
    this.#ready.path.hops(hops => {
      if (this.#stopped) return
      this.#left = this.#owner.ordered(hops).map(hop => this.#attemptOf(hop))
      if (this.#next()) return this.#owner.searching(this, false)
      // Told later: never from within the call that sends.
      this.#owner.later(() => this.#nobody())
    })
  }

  /** The flow that carries it, once that is known. */
  get flow(): Flow | undefined {
    return this.#run?.flow
  }

  /** The branch under which the server knows it. */
  get branch(): string {
    return this.#branch
  }

  /** No other server is tried: the request has been withdrawn. */
  settle() {
    this.#left = []
    this.#now = this.#now && { hop: this.#now.hop }
  }

  /** RFC 3261 §9.1: from its CANCEL on, an INVITE is waited for no longer than 64·T1. */
  abandonLater() {
    if (this.#run instanceof InviteClientRun) this.#run.abandonLater()
  }

  /** Ends it with nothing told. */
  drop() {
    this.#stopped = true
  }

  response(response: SipResponse, facts: Facts, arrival: Arrival) {
    this.#heard = true
    if (response.status === 503 && this.#failed(retryAfterOf(response))) return
    this.#user.response(response, facts, arrival)
  }

  failed(failure: Failure) {
    if (failure === 'abandoned') return this.#user.failed(failure)
    // §4.3: only one that has not said anything is taken for dead.
    if (this.#heard) return this.#user.failed(failure)
    const refused = failure === 'unreachable' && this.#run?.flow?.opened === false
    if (refused && this.#now?.instead && this.#try({ hop: this.#now.instead })) return
    if (!this.#failed(undefined)) this.#user.failed(failure)
  }

  #nobody() {
    if (this.#stopped) return
    this.#owner.searching(this, false)
    this.#user.failed('unreachable')
  }

  #failed(retryAfterS: number | undefined): boolean {
    if (this.#now && (this.#left.length > 0 || retryAfterS !== undefined)) {
      this.#owner.failed(this.#now.hop, retryAfterS)
    }
    return this.#next()
  }

  /** Asks the next server that can be reached; false when none is left. */
  #next(): boolean {
    for (let attempt = this.#left.shift(); attempt; attempt = this.#left.shift()) {
      if (this.#try(attempt)) return true
    }
    return false
  }

  #try(attempt: Attempt): boolean {
    const { hop } = attempt
    const flow = hop.reach()
    if (!flow) return false
    const { sent, branch } = this.#ready
    if (this.#run) this.#branch = anotherBranch(branch, this.#owner.token)
    const { message } = sent
    const asIs = !this.#run && isSameEnd(hop, sent)
    if (!asIs) {
      message.headers.removeFirst('Via')
      addVia(message, hop, this.#branch)
    }
    const bytes = asIs ? this.#ready.bytes : serialise(message)
    this.#now = attempt
    this.#heard = false
    const run = this.#owner.begin(this.#ready, this.#branch, bytes, this)
    this.#run = run
    if (run instanceof InviteClientRun) run.start(flow, () => hop.reach())
    else run.start(flow)
    return true
  }

  #attemptOf(hop: Hop): Attempt {
    const large = this.#ready.large ? hop.large?.() : undefined
    return large ? { hop: large, instead: hop } : { hop }
  }
}

/** RFC 3261 §20.33: seconds, behind which more may stand. */
function retryAfterOf({ headers }: SipResponse): number | undefined {
  const [, seconds] = /^\s*(\d{1,9})/.exec(headers.get('Retry-After') ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
