import { canonicalHost, formatHostPort, type HostPort, parseHostPort } from './host.js'
import { formatParams, NO_PARAMS, type Params } from './params.js'

/** A SIP or SIPS URI (RFC 3261 §19.1). Texts are as written, escapes kept; `unescapeUri` undoes them. */
export interface SipUri extends HostPort {
  readonly kind: 'sip'
  readonly scheme: 'sip' | 'sips'
  readonly user?: string
  readonly password?: string
  readonly params: Params
  /** What stands behind the `?`, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A telephone URI (RFC 3966). `number` as written, visual separators kept. */
export interface TelUri {
  readonly kind: 'tel'
  readonly scheme: 'tel'
  readonly number: string
  readonly params: Params
}

/** Any other `absoluteURI`: well-formed, and of no meaning to us. */
export interface OtherUri {
  readonly kind: 'other'
  readonly scheme: string
  readonly rest: string
}

/** A URI of a Request-Line or a header field. */
export type Uri = SipUri | TelUri | OtherUri

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
const ABSOLUTE = /^[!#-;=?-~]+$/
// RFC 3261 §25.1 `user`; `#`, which phones send unescaped (*21#), is accepted.
const USER = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+$/
const PASSWORD = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/
const PARAM = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/
const HEADER = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$]|%[0-9A-Fa-f]{2})*$/
const NUMBER = /^\+?[0-9A-Fa-f*#.()-]+$/

/** Reads a URI; `undefined` when it is malformed. Linear in the length. */
export function parseUri(text: string): Uri | undefined {
  const match = SCHEME.exec(text)
  if (!match?.[1]) return undefined
  const scheme = match[1].toLowerCase()
  const rest = text.slice(match[0].length)
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, rest)
  if (scheme === 'tel') return parseTel(rest)
  return ABSOLUTE.test(rest) ? { kind: 'other', scheme, rest } : undefined
}

/** Writes a URI. */
export function formatUri(uri: Uri): string {
  if (uri.kind === 'other') return `${uri.scheme}:${uri.rest}`
  if (uri.kind === 'tel') return `tel:${uri.number}${formatParams(uri.params)}`
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`
  const headers = uri.headers.map(([name, value]) => `${name}=${value}`).join('&')
  const query = headers === '' ? '' : `?${headers}`
  return `${uri.scheme}:${user}${formatHostPort(uri)}${formatParams(uri.params)}${query}`
}

/** Undoes `%` escapes. In a text whose octets are no UTF-8, only those of ASCII. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%[0-7][0-9A-Fa-f]/g, octet => decodeURIComponent(octet))
  }
}

/** Writes text as the user part of a URI, escaping what may not stand there (RFC 3261 §25.1). */
export const escapeUser = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /%(?:26|3D|2B|24|2C|3B|3F|2F)/g,
    octet => decodeURIComponent(octet),
  )

/** Whether two URIs are equivalent by RFC 3261 §19.1.4. */
export function sameUri(one: Uri, other: Uri): boolean {
  if (one.kind === 'sip' && other.kind === 'sip') return sameSip(one, other)
  if (one.kind === 'tel' && other.kind === 'tel') return sameTel(one, other)
  return one.kind === other.kind && formatUri(one) === formatUri(other)
}

function parseSip(scheme: 'sip' | 'sips', text: string): SipUri | undefined {
  const at = text.indexOf('@')
  const question = text.indexOf('?', at + 1)
  const queryAt = question < 0 ? text.length : question
  const semicolon = text.indexOf(';', at + 1)
  const hostEnd = semicolon < 0 || semicolon > queryAt ? queryAt : semicolon
  const hostText = text.slice(at + 1, hostEnd)
  // `parseHostPort` allows blanks around its colon, which only Via has.
  const hostPort = /[ \t]/.test(hostText) ? undefined : parseHostPort(hostText)
  const params = hostEnd === queryAt ? NO_PARAMS : parseUriParams(text.slice(hostEnd + 1, queryAt))
  const headers = question < 0 ? NO_HEADERS : parseUriHeaders(text.slice(question + 1))
  if (!hostPort || !params || !headers) return undefined
  const uri: UnfinishedSipUri = { kind: 'sip', scheme, ...hostPort, params, headers }
  return at < 0 ? uri : withUser(uri, text.slice(0, at))
}

type UnfinishedSipUri = { -readonly [Key in keyof SipUri]: SipUri[Key] }

const NO_HEADERS: SipUri['headers'] = []

function withUser(uri: UnfinishedSipUri, text: string): SipUri | undefined {
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  if (!USER.test(user)) return undefined
  uri.user = user
  if (colon < 0) return uri
  const password = text.slice(colon + 1)
  if (!PASSWORD.test(password)) return undefined
  uri.password = password
  return uri
}

function parseTel(text: string): TelUri | undefined {
  const semicolon = text.indexOf(';')
  const number = semicolon < 0 ? text : text.slice(0, semicolon)
  const params = semicolon < 0 ? NO_PARAMS : parseUriParams(text.slice(semicolon + 1))
  return NUMBER.test(number) && params ? { kind: 'tel', scheme: 'tel', number, params } : undefined
}

/** RFC 3261 §19.1.1: «any given parameter-name MUST NOT appear more than once». */
function parseUriParams(text: string): Params | undefined {
  const params = new Map<string, string | undefined>()
  for (const part of text.split(';')) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase()
    const value = equals < 0 ? undefined : part.slice(equals + 1)
    if (!PARAM.test(name) || params.has(name)) return undefined
    if (value !== undefined && !PARAM.test(value)) return undefined
    params.set(name, value)
  }
  return params
}

function parseUriHeaders(text: string): (readonly [string, string])[] | undefined {
  const headers: (readonly [string, string])[] = []
  for (const part of text.split('&')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0))
    const value = part.slice(equals + 1)
    if (name === '' || !HEADER.test(name) || !HEADER.test(value)) return undefined
    headers.push([name, value])
  }
  return headers
}

/**
 * Parameters that count even when only one URI has them. RFC 3261 §19.1.4 lists user, ttl, method and
 * maddr; its examples add transport («can resolve to different transports»).
 */
const NEVER_IGNORED = ['user', 'ttl', 'method', 'maddr', 'transport'] as const

function sameSip(one: SipUri, other: SipUri): boolean {
  return (
    one.scheme === other.scheme &&
    octets(one.user) === octets(other.user) &&
    octets(one.password) === octets(other.password) &&
    canonicalHost(one.host) === canonicalHost(other.host) &&
    one.port === other.port &&
    NEVER_IGNORED.every(name => one.params.has(name) === other.params.has(name)) &&
    sameShared(one.params, other.params) &&
    sameHeaders(one, other)
  )
}

function sameTel(one: TelUri, other: TelUri): boolean {
  // RFC 3966 §5: visual separators and the order of parameters do not count, parameters do.
  return (
    digitsOf(one.number) === digitsOf(other.number) &&
    one.params.size === other.params.size &&
    [...one.params.keys()].every(name => other.params.has(name)) &&
    sameShared(one.params, other.params)
  )
}

const digitsOf = (number: string): string => number.replace(/[-.()]/g, '').toLowerCase()

function sameShared(one: Params, other: Params): boolean {
  for (const [name, value] of one) {
    if (other.has(name) && folded(value) !== folded(other.get(name))) return false
  }
  return true
}

const folded = (text: string | undefined): string | undefined => octets(text)?.toLowerCase()

/** What the escapes stand for, octet by octet: so no two octet strings look alike. */
const octets = (text: string | undefined): string | undefined =>
  text?.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )

/** RFC 3261 §19.1.4: «URI header components are never ignored», their order is. */
function sameHeaders(one: SipUri, other: SipUri): boolean {
  if (one.headers.length !== other.headers.length) return false
  const written = ({ headers }: SipUri) =>
    headers.map(([name, value]) => `${folded(name)}=${octets(value)}`).sort()
  const expected = written(other)
  return written(one).every((line, index) => line === expected[index])
}
