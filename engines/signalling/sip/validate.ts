import { parseCSeq } from './cseq.js'
import { declaredLength } from './head.js'
import type { Headers } from './headers.js'
import type { SipRequest, SipResponse } from './message.js'
import { parseNameAddr } from './name-addr.js'
import { parseUri } from './uri.js'
import { BRANCH_COOKIE, parseVia, type Via } from './via.js'

/** What to answer a request with, or why a response is discarded. */
export interface Complaint {
  readonly status: number
  /** The Reason-Phrase: RFC 3261 §21.4.1, it «SHOULD identify the syntax problem in more detail». */
  readonly reason: string
}

/** Methods with an RFC, so that a CSeq that disagrees is a mistake and no invention (RFC 4475 §3.1.2.18). */
// biome-ignore format: table
const METHODS: ReadonlySet<string> = new Set([
  'ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'PUBLISH',
  'REFER', 'REGISTER', 'SUBSCRIBE', 'UPDATE',
])

/**
 * RFC 3261 §8.1.1 without Max-Forwards: a request without one is a request of RFC 2543 (RFC 4475 §3.4.1).
 */
const MANDATORY = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const

/** Fields that are no list, of which a second row makes the message ambiguous (RFC 4475 §3.3.8). */
// biome-ignore format: table
const SINGLE: ReadonlySet<string> = new Set([
  'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type', 'Expires',
])

/**
 * The first thing wrong with a request that could be read, in the order: fields that every request
 * has, their syntax, CSeq against the method, the Request-URI. `undefined` when it is well-formed.
 */
export function checkRequest(request: SipRequest): Complaint | undefined {
  const { headers } = request
  return (
    checkRows(headers) ??
    checkVias(headers) ??
    checkFields(headers) ??
    checkCSeqMethod(request) ??
    checkMaxForwards(headers) ??
    checkContacts(headers) ??
    checkRequestUri(request) ??
    checkRegister(request)
  )
}

/**
 * The first thing wrong with a response; it is then discarded, as nobody answers a response. Status 400
 * stands for «malformed».
 */
export function checkResponse(response: SipResponse): Complaint | undefined {
  const { headers, status } = response
  if (!Number.isInteger(status) || status < 100 || status > 699) return bad('Bad Status Code')
  return checkRows(headers) ?? checkVias(headers) ?? checkFields(headers) ?? checkReach(headers)
}

/** The option tags that Require or Proxy-Require asks for and nobody here supports: 420. */
export const unsupportedOptions = (
  headers: Headers,
  header: 'Require' | 'Proxy-Require',
  supported: ReadonlySet<string>,
): string[] => headers.all(header).filter(tag => !supported.has(tag))

const bad = (reason: string): Complaint => ({ status: 400, reason })

const malformed = (name: string): Complaint => bad(`Malformed ${name} Header Field`)

function checkRows(headers: Headers): Complaint | undefined {
  const seen = new Set<string>()
  for (const [name] of headers) {
    if (seen.has(name) && SINGLE.has(name)) return bad(`Multiple ${name} Header Fields`)
    seen.add(name)
  }
  const missing = MANDATORY.find(name => !seen.has(name))
  return missing === undefined ? undefined : bad(`Missing ${missing} Header Field`)
}

function checkVias(headers: Headers): Complaint | undefined {
  const [top, ...others] = headers.all('Via').map(parseVia)
  if (!top || others.includes(undefined)) return malformed('Via')
  // RFC 4475 §3.2.1: the cookie alone identifies no transaction.
  return top.branch === BRANCH_COOKIE ? bad('Malformed Via Branch') : undefined
}

function checkFields(headers: Headers): Complaint | undefined {
  if (!isAddress(headers.get('From') ?? '')) return malformed('From')
  if (!isAddress(headers.get('To') ?? '')) return malformed('To')
  if (!isCallId(headers.get('Call-ID') ?? '')) return malformed('Call-ID')
  if (!parseCSeq(headers.get('CSeq') ?? '')) return malformed('CSeq')
  if (typeof declaredLength(headers) === 'object') return malformed('Content-Length')
  if (!headers.all('Record-Route').every(isAddress)) return malformed('Record-Route')
  return headers.all('Route').every(isAddress) ? undefined : malformed('Route')
}

function isAddress(text: string): boolean {
  const value = parseNameAddr(text)
  return value !== undefined && parseUri(value.uri) !== undefined
}

/** RFC 3261 §25.1 `callid = word [ "@" word ]`, taken as one run of visible ASCII. */
const isCallId = (text: string): boolean => /^[!-~]+$/.test(text)

function checkCSeqMethod({ method, headers }: SipRequest): Complaint | undefined {
  if (parseCSeq(headers.get('CSeq') ?? '')?.method === method) return undefined
  // RFC 4475 §3.1.2.18: for an unknown method 501 is the better answer.
  return METHODS.has(method)
    ? bad('CSeq Method Does Not Match')
    : { status: 501, reason: 'Not Implemented' }
}

/** RFC 3261 §20.22: «an integer in the range 0-255»; RFC 4475 §3.1.2.4 refuses more. */
function checkMaxForwards(headers: Headers): Complaint | undefined {
  const value = headers.get('Max-Forwards')
  if (value === undefined || (/^\d{1,9}$/.test(value) && Number(value) <= 255)) return undefined
  return malformed('Max-Forwards')
}

/** RFC 3261 §20.10; who cannot be read could not be called back. `*` stands alone (§10.2.2). */
function checkContacts(headers: Headers): Complaint | undefined {
  const values = headers.all('Contact')
  const areGood = values.includes('*') ? values.length === 1 : values.every(isAddress)
  return areGood ? undefined : malformed('Contact')
}

function checkRequestUri({ uri: text }: SipRequest): Complaint | undefined {
  const uri = parseUri(text)
  // RFC 4475 §3.1.2.7, §3.1.2.8: brackets and spaces make it malformed.
  if (!uri) return bad('Malformed Request-URI')
  // RFC 3261 §8.2.2.1: a scheme that the server does not know is refused with 416.
  if (uri.kind === 'other') return { status: 416, reason: 'Unsupported URI Scheme' }
  // RFC 3261 §19.1.1: header fields are not allowed in a Request-URI (RFC 4475 §3.1.2.11).
  if (uri.kind === 'sip' && uri.headers.length > 0) return bad('Header Field in Request-URI')
  return undefined
}

/** RFC 3261 §10.2: To of a REGISTER «MUST be a SIP URI or SIPS URI» (RFC 4475 §3.3.4). */
function checkRegister({ method, headers }: SipRequest): Complaint | undefined {
  if (method !== 'REGISTER') return undefined
  const to = parseUri(parseNameAddr(headers.get('To') ?? '')?.uri ?? '')
  return to?.kind === 'sip' ? undefined : bad('To Is No SIP URI')
}

/** RFC 4475 §3.3.10: a response is never passed on to where it would reach many. */
function checkReach(headers: Headers): Complaint | undefined {
  const vias = headers.all('Via').map(parseVia)
  return vias.some(isBroadcast) ? bad('Broadcast Via') : undefined
}

const isBroadcast = (via: Via | undefined): boolean =>
  via !== undefined &&
  /^(?:255\.255\.255\.255|2(?:2[4-9]|3\d)\.[\d.]+|ff[0-9a-f]{2}:.*)$/i.test(via.host)
