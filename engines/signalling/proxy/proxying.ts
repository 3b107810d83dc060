import { answer } from '../answer.js'
import { addVia } from '../compose-request.js'
import type { Core } from '../core.js'
import { contactOf } from '../dialog/dialog-state.js'
import { isSips } from '../our-uri.js'
import { readyAs } from '../ready.js'
import { Headers } from '../sip/headers.js'
import type { SipRequest, SipResponse } from '../sip/message.js'
import { parseNameAddr, tagOf, withTag } from '../sip/name-addr.js'
import { type OwnStatus, ownResponseTo } from '../transaction/response-to.js'
import type { ServerRun } from '../transaction/server-layer.js'
import type { Arrival, Sent } from '../transport/address.js'
import { bestOf } from './best-response.js'
import { type BranchPatience, type BranchWatcher, ProxyBranch } from './branch.js'
import {
  breadthOf,
  forwardedRequest,
  hopsLeft,
  recordRoutes,
  routeBeyondUs,
} from './forwarded-request.js'
import { isLoop, loopMark, markedBranch } from './loop.js'

/** How a request is to be proxied. */
export interface ProxyPlan {
  /** SIP URIs, in the order in which they are tried. */
  readonly targets: readonly string[]
  readonly forking: 'serial' | 'simultaneous'
  /** Whether the requests of the call to come pass here too (RFC 3261 §16.6 item 4). */
  readonly recordRoute: boolean
  /** Whether a 3xx is followed, or given back as any refusal. */
  readonly followRedirects: boolean
  readonly patience: BranchPatience
  /** Header fields for every copy. */
  readonly headers: Headers
}

/** Told how a proxied request fares. */
export interface ProxyListener {
  /** A copy went out. */
  forwarded(sent: Sent<SipRequest>): void
  /** A target gave its final response; `arrival` is absent when the engine made it. */
  heard(response: SipResponse, arrival: Arrival | undefined, sent: Sent<SipRequest>): void
  /** The response that the caller got. */
  answered(response: SipResponse): void
}

/** Why a request is not proxied; it has been answered so. */
export type ProxyRefusal = 'loop' | 'too_many_hops' | 'bad_extension' | 'too_broad' | 'no_target'

/** Most targets of one request, those of redirects among them. */
const TARGETS_MAX = 32

/**
 * One request on its way through a stateful proxy: the response context of RFC 3261 §16.7.
 *
 *   trying ──2xx──► answered ──(further 2xx are passed on)
 *     │ └──last target refused──► answered
 *     └──CANCEL──► withdrawn ──all targets have ended──► answered
 */
export class Proxying implements BranchWatcher {
  readonly #core: Core
  readonly #run: ServerRun
  readonly #plan: ProxyPlan
  readonly #listener: ProxyListener
  readonly #waiting: string[]
  readonly #tried = new Set<string>()
  readonly #branches = new Set<ProxyBranch>()
  readonly #refusals: SipResponse[] = []
  #state: 'trying' | 'withdrawn' | 'answered' = 'trying'

  constructor(core: Core, run: ServerRun, plan: ProxyPlan, listener: ProxyListener) {
    this.#core = core
    this.#run = run
    this.#plan = plan
    this.#listener = listener
    this.#waiting = plan.targets.slice(0, TARGETS_MAX)
  }

  /** Sends the first copies; or answers the request itself and says why. */
  start(): ProxyRefusal | undefined {
    const { request } = this.#run.received
    // RFC 3261 §16.3, in its order: hops, loops, Proxy-Require.
    if (hopsLeft(request) === undefined) return this.#refuse(483, 'too_many_hops')
    if (isLoop(request, this.#core.transports)) return this.#refuse(482, 'loop')
    const unknown = request.headers.all('Proxy-Require')
    if (unknown.length > 0) return this.#refuse(420, 'bad_extension', unknown.join(', '))
    const parallel = this.#plan.forking === 'simultaneous'
    // RFC 5393 §5.3.3: no more copies than the request allows.
    if (breadthOf(request) < (parallel ? this.#waiting.length : 1)) {
      return this.#refuse(440, 'too_broad')
    }
    if (this.#advance()) return undefined
    return this.#refuse(500, 'no_target')
  }

  /** The caller gave up: CANCEL has been answered, and the targets are told (RFC 3261 §16.10). */
  cancel() {
    if (this.#state !== 'trying') return
    this.#state = 'withdrawn'
    this.#waiting.length = 0
    for (const branch of [...this.#branches]) branch.cancel()
  }

  provisional(response: SipResponse) {
    if (this.#state === 'trying') this.#passOn(response)
  }

  success(branch: ProxyBranch, response: SipResponse, arrival: Arrival) {
    const first = this.#branches.delete(branch)
    if (first) this.#listener.heard(response, arrival, branch.sent)
    const open = this.#state !== 'answered'
    // §16.7 item 5: a 2xx of an INVITE is passed on whatever was before; any other final just once.
    if (open || branch.sent.message.method === 'INVITE') this.#passOn(response)
    if (!open) return
    this.#state = 'answered'
    this.#waiting.length = 0
    // §16.7 item 10: what has not ended is cancelled.
    for (const other of [...this.#branches]) other.cancel()
  }

  failed(branch: ProxyBranch, response: SipResponse, arrival: Arrival | undefined) {
    this.#branches.delete(branch)
    this.#listener.heard(response, arrival, branch.sent)
    if (this.#state === 'answered') return
    if (!this.#followed(response)) this.#refusals.push(response)
    if (response.status >= 600) {
      // §16.7 item 5: a 6xx ends the search.
      this.#waiting.length = 0
      for (const other of [...this.#branches]) other.cancel()
    }
    if (this.#branches.size > 0 && this.#plan.forking === 'serial') return
    if (this.#advance() || this.#branches.size > 0) return
    this.#finish()
  }

  /** Sends to the next target, or to all that wait; whether anything was sent. */
  #advance(): boolean {
    if (this.#state !== 'trying') return false
    const count = this.#plan.forking === 'simultaneous' ? this.#waiting.length : 1
    let sent = 0
    while (sent < count) {
      const target = this.#waiting.shift()
      if (target === undefined) break
      if (this.#forward(target)) sent++
    }
    return sent > 0
  }

  #forward(target: string): boolean {
    if (this.#tried.has(target)) return false
    this.#tried.add(target)
    const { transports, token, passes } = this.#core
    const { request, facts, path: back } = this.#run.received
    const route = routeBeyondUs(request, transports)
    const path = transports.pathTo(parseNameAddr(route[0] ?? '')?.uri ?? target)
    if (typeof path === 'string') return false
    // §16.6 item 4: by a `sips:` URI where the request is one.
    const scheme = isSips(target) || isSips(parseNameAddr(route[0] ?? '')?.uri) ? 'sips' : 'sip'
    const recordRoute = this.#plan.recordRoute
      ? recordRoutes(back.flow, path, end => passes.recordRoute(end, scheme, facts.callId))
      : []
    const breadth = Math.max(1, Math.floor(breadthOf(request) / this.#breadthShare()))
    const added = this.#plan.headers
    const copy = forwardedRequest(request, route, { target, recordRoute, breadth, added })
    const branchId = markedBranch(token(), loopMark(request))
    addVia(copy, path, branchId)
    const prepared = readyAs(copy, path, branchId)
    this.#listener.forwarded(prepared.sent)
    this.#branches.add(new ProxyBranch(this.#core, prepared, this, this.#plan.patience))
    return true
  }

  #breadthShare(): number {
    return this.#plan.forking === 'simultaneous' ? this.#plan.targets.length : 1
  }

  /** §16.7 item 4: a 3xx may be followed; its Contacts become targets, the most wanted first. */
  #followed({ status, headers }: SipResponse): boolean {
    if (!this.#plan.followRedirects || status < 300 || status > 399) return false
    if (this.#state !== 'trying') return false
    const fresh = contactsByWish(headers).filter(uri => !this.#tried.has(uri))
    const room = TARGETS_MAX - this.#tried.size - this.#waiting.length
    this.#waiting.unshift(...fresh.slice(0, Math.max(0, room)))
    return fresh.length > 0
  }

  #finish() {
    this.#state = 'answered'
    const best = bestOf(this.#refusals)
    if (best) return this.#passOn(best)
    // Every target was a redirect to one that could not be sent to.
    this.#refuse(500, 'no_target')
  }

  /** §16.7 items 3 and 9: our Via is taken off, and it goes back the way the request came. */
  #passOn(response: SipResponse) {
    const headers = withVias(response.headers, this.#run.received.request)
    const to = headers.get('To') ?? ''
    if (response.status >= 200 && tagOf(to) === undefined) {
      headers.set('To', withTag(to, this.#core.token()))
    }
    const { message } = answer(this.#run, { ...response, headers })
    if (response.status >= 200) this.#listener.answered(message)
  }

  #refuse(status: OwnStatus, why: ProxyRefusal, unsupported?: string): ProxyRefusal {
    this.#state = 'answered'
    const response = ownResponseTo(this.#run.received.request, status)
    response.headers.set('To', withTag(response.headers.get('To') ?? '', this.#core.token()))
    if (unsupported !== undefined) response.headers.add('Unsupported', unsupported)
    answer(this.#run, response)
    return why
  }
}

/** A response goes back with the Vias of the request, whatever those in between made of them. */
function withVias(given: Headers, { headers: asked }: SipRequest): Headers {
  const headers = new Headers()
  for (const via of asked.all('Via')) headers.add('Via', via)
  for (const [name, value] of given) if (name !== 'Via') headers.add(name, value)
  return headers
}

/** The URIs of a 3xx, by their `q` (RFC 3261 §20.10), equals in the order given. */
function contactsByWish(headers: Headers): string[] {
  const wishes = headers.all('Contact').flatMap(value => {
    const uri = contactOf(new Headers([['Contact', value]]))
    const q = Number(parseNameAddr(value)?.params.get('q') ?? '1')
    return uri === undefined ? [] : [{ uri, q: Number.isFinite(q) ? q : 0 }]
  })
  return wishes.sort((one, other) => other.q - one.q).map(({ uri }) => uri)
}
