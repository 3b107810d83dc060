import type { Msisdn } from '../../domain/msisdn.js'
import { numberIn } from './address-of-record.js'
import type { BindingChange, Bindings } from './bindings.js'
import { type Contact, parseContacts } from './contact.js'
import type { DigestAnswer, DigestGate } from './digest-gate.js'

/** A REGISTER, as far as the registrar reads it: header values as text. */
export interface RegisterRequest {
  /** Request-URI. */
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: number
  readonly contact: string | undefined
  readonly expires: string | undefined
  readonly authorization: string | undefined
  readonly userAgent: string | undefined
  /** Address it came from, without port. */
  readonly address: string
}

/** An answer, before it is one of drachtio's. A header that is given twice has two values. */
export interface SipAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

/** What became of a REGISTER, for counters and the log. */
export type Registration =
  | 'challenged'
  | 'wrong_password'
  | 'throttled'
  | 'other_number'
  | 'malformed'
  | 'too_brief'
  | 'out_of_order'
  | 'registered'
  | 'unregistered'
  | 'queried'

/** Shortest binding, in seconds: shorter ones would only be load (RFC 3261 §10.3, step 7; 423). */
export const EXPIRES_MIN = 60

/** Longest binding, and the one of a phone that does not say, in seconds (RFC 3261 §10.2). */
export const EXPIRES_MAX = 3_600

interface Done {
  readonly registration: Registration
  readonly answer: SipAnswer
  /** Set once the password was right. */
  readonly msisdn?: Msisdn
}

/** The registrar (RFC 3261 §10.3): a number is bound by its own password alone. */
export class Registrar {
  readonly #gate: DigestGate
  readonly #bindings: Bindings

  constructor(gate: DigestGate, bindings: Bindings) {
    this.#gate = gate
    this.#bindings = bindings
  }

  async register(request: RegisterRequest): Promise<Done> {
    const { uri, authorization: credentials, userAgent, address } = request
    const proof = { method: 'REGISTER', uri, credentials, userAgent, address }
    const digest = await this.#gate.check(proof)
    if (digest.outcome !== 'authenticated') return notAuthenticated(digest)

    const { msisdn } = digest.subscriber
    // RFC 3261 §10.3, step 4: not authorized to modify bindings of another: 403.
    if (numberIn(request.to) !== msisdn || numberIn(request.from) !== msisdn) {
      return { registration: 'other_number', answer: { status: 403, headers: {} }, msisdn }
    }
    return { ...this.#update(msisdn, request), msisdn }
  }

  #update(msisdn: Msisdn, request: RegisterRequest): Done {
    const { callId, cseq } = request
    if (request.contact === undefined) return this.#accepted(msisdn, 'queried')
    const contacts = parseContacts(request.contact)
    if (contacts === '*') return this.#removeAll(msisdn, request)
    if (!contacts) return MALFORMED

    const changes = contacts.map(contact => changeOf(contact, request.expires))
    // RFC 3261 §10.3, step 7: an interval that is too brief is refused with 423 and Min-Expires.
    if (changes.some(({ expiresSeconds: e }) => e > 0 && e < EXPIRES_MIN)) {
      const headers = { 'Min-Expires': `${EXPIRES_MIN}` }
      return { registration: 'too_brief', answer: { status: 423, headers } }
    }
    const uris = changes.map(change => change.uri)
    if (this.#bindings.isOutOfOrder(msisdn, callId, cseq, uris)) return OUT_OF_ORDER
    this.#bindings.change(msisdn, callId, cseq, changes)
    const gone = changes.every(change => change.expiresSeconds === 0)
    return this.#accepted(msisdn, gone ? 'unregistered' : 'registered')
  }

  /** RFC 3261 §10.3, step 6: `*` stands alone and with `Expires: 0`, otherwise 400. */
  #removeAll(msisdn: Msisdn, { expires, callId, cseq }: RegisterRequest): Done {
    if (expires?.trim() !== '0') return MALFORMED
    if (this.#bindings.isOutOfOrder(msisdn, callId, cseq)) return OUT_OF_ORDER
    this.#bindings.clear(msisdn)
    return this.#accepted(msisdn, 'unregistered')
  }

  /** RFC 3261 §10.3, step 8: 200 lists all current bindings, each with its `expires`. */
  #accepted(msisdn: Msisdn, registration: Registration): Done {
    const contacts = this.#bindings
      .of(msisdn)
      .map(({ uri, secondsLeft }) => `<${uri}>;expires=${secondsLeft}`)
    const headers = contacts.length > 0 ? { Contact: contacts } : {}
    return { registration, answer: { status: 200, headers } }
  }
}

const MALFORMED: Done = { registration: 'malformed', answer: { status: 400, headers: {} } }
const OUT_OF_ORDER: Done = { registration: 'out_of_order', answer: { status: 400, headers: {} } }

/** Same answer for a wrong password and for a number that is not there (fault test XS6). */
function notAuthenticated(digest: Exclude<DigestAnswer, { outcome: 'authenticated' }>): Done {
  if (digest.outcome === 'throttled') {
    const headers = { 'Retry-After': `${digest.retryAfterSeconds}` }
    return { registration: 'throttled', answer: { status: 403, headers } }
  }
  const registration = digest.outcome === 'wrong' ? 'wrong_password' : 'challenged'
  const headers = { 'WWW-Authenticate': digest.challenges }
  return { registration, answer: { status: 401, headers } }
}

/** RFC 3261 §10.2.1.1: the contact's own `expires`, else the Expires header, else what we choose. */
function changeOf({ uri, expires }: Contact, header: string | undefined): BindingChange {
  const stated = /^\d{1,10}$/.test(header?.trim() ?? '') ? Number(header) : undefined
  // RFC 3261 §10.2.1.1: a value that cannot be read counts as 3600.
  return { uri, expiresSeconds: Math.min(expires ?? stated ?? EXPIRES_MAX, EXPIRES_MAX) }
}
