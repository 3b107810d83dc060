import type { Msisdn } from '../../domain/msisdn.js'
import { BALANCE_SERVICE_NUMBER, type ServiceNumber } from '../../domain/switch-assertion.js'
import type { CallerLeg } from '../../platform/signalling/call-legs.js'
import { retryAfter } from '../../platform/signalling/retry-after.js'
import { numberDialled } from './address-of-record.js'
import type { DigestAnswer, DigestGate } from './digest-gate.js'
import { identityClaims, withholdsDisplay } from './identity-claims.js'
import { routeOf } from './routing.js'
import type { Subscriber } from './subscribers/subscriber.js'
import { type CallSurroundings, SwitchCall } from './switch-call.js'

export interface CallControlOptions extends CallSurroundings {
  readonly gate: DigestGate
  /** Numbers that lead to the MCSCP. */
  readonly services: readonly ServiceNumber[]
  /** Most calls at once; one more is refused before any work is done (requirement M-05). */
  readonly callsMax: number
  /** A charge call came from a contract that may not charge (step ⑤). */
  readonly contractRefused: () => void
  /** A number from 0 up to 1. */
  readonly random: () => number
}

/** Extensions that an INVITE may require of us (RFC 3261 §8.2.2.3). */
const EXTENSIONS_KNOWN = ['timer']

/**
 * Admits calls: each INVITE proves whose it is, is freed of what the phone claims about itself, and goes
 * where its contract may go.
 */
export class CallControl {
  readonly #options: CallControlOptions
  readonly #calls = new Set<SwitchCall>()
  #closing = false

  constructor(options: CallControlOptions) {
    this.#options = options
  }

  /** How many calls there are. */
  get calls(): number {
    return this.#calls.size
  }

  /** Takes a phone's INVITE outside any dialog. */
  async invite(leg: CallerLeg): Promise<void> {
    const { gate, counts } = this.#options
    let cancelled = false
    leg.onCancel(() => {
      cancelled = true
    })
    counts.add('call_attempted')
    if (this.#closing || this.#calls.size >= this.#options.callsMax) return this.#overloaded(leg)
    if (!this.#understood(leg)) return

    const { request } = leg
    const digest = await gate.check({
      method: request.method,
      uri: request.uri,
      credentials: request.header('Proxy-Authorization'),
      userAgent: request.header('User-Agent'),
      address: request.address,
    })
    if (cancelled) return
    if (digest.outcome !== 'authenticated') return this.#notAuthenticated(leg, digest)
    this.#begin(leg, digest.subscriber)
  }

  /** Ends every call, and takes no more. */
  close(): void {
    this.#closing = true
    this.endAll()
  }

  /** Ends every call: what carries them is gone. */
  endAll(): void {
    for (const call of [...this.#calls]) call.tell({ type: 'closing' })
  }

  #begin(leg: CallerLeg, { msisdn: number, contractClass, language }: Subscriber): void {
    const { counts, log } = this.#options
    const { request } = leg
    const header = (name: string) => request.header(name)
    const claims = identityClaims(number, header)
    for (const claim of claims) counts.add(`claim_dropped_${claim.toLowerCase()}`)

    const dialled = numberDialled(request.uri)
    const caller = { number, language, displayWithheld: withholdsDisplay(header), dialled }
    const call = new SwitchCall(this.#options, leg, caller, () => this.#calls.delete(call))
    this.#calls.add(call)
    counts.add('call_begun')
    log.info({ callId: request.callId, msisdn: number, dialled, claims }, 'call begun')
    // The subscriber was asked for, found and answered while the caller proved to be it.
    for (const step of [1, 2, 3, 4, 5]) call.step(step)
    const { contactOf, services } = this.#options
    const isRegistered = (callee: Msisdn) => contactOf(callee) !== undefined
    const route = routeOf(dialled, contractClass, isRegistered, services)
    const refused = route.to === 'announcement' && route.announcement === 'not-permitted'
    // Those who ask for their balance (157) are no charge calls.
    if (refused && dialled !== BALANCE_SERVICE_NUMBER) this.#options.contractRefused()
    call.begin(route)
  }

  /** Refuses what we cannot do for anyone; tells whether the INVITE can go on. */
  #understood(leg: CallerLeg): boolean {
    const { request } = leg
    const required = (request.header('Require') ?? '').split(',').map(name => name.trim())
    const unknown = required.filter(name => name !== '' && !EXTENSIONS_KNOWN.includes(name))
    if (unknown.length > 0) leg.refuse(420, { Unsupported: unknown.join(', ') })
    // Delayed offers would need an offer of the MCSCP's; no phone in use sends them.
    else if (!request.body.startsWith('v=0')) leg.refuse(488)
    else if (request.header('Contact') === undefined) leg.refuse(400)
    else return true
    this.#options.counts.add('call_malformed')
    return false
  }

  #overloaded(leg: CallerLeg): void {
    this.#options.counts.add('call_overloaded')
    leg.refuse(503, { 'Retry-After': retryAfter(this.#options.random()) })
  }

  #notAuthenticated(
    leg: CallerLeg,
    digest: Exclude<DigestAnswer, { outcome: 'authenticated' }>,
  ): void {
    const { counts } = this.#options
    if (digest.outcome === 'throttled') {
      counts.add('call_throttled')
      leg.refuse(403, { 'Retry-After': `${digest.retryAfterSeconds}` })
      return
    }
    counts.add(digest.outcome === 'wrong' ? 'call_wrong_password' : 'call_challenged')
    leg.refuse(407, { 'Proxy-Authenticate': digest.challenges })
  }
}
