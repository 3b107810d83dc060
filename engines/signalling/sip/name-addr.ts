import { formatParams, NO_PARAMS, type Params, parseParams } from './params.js'
import { endOfQuoted, quote, unquote } from './quoted.js'
import { skipBlanks, TOKEN_CHARACTERS, trimmed } from './token.js'

/** A value of From, To, Contact, Route, P-Asserted-Identity … (RFC 3261 §20, §25.1). */
export interface NameAddr {
  /** What the display name says, quotes undone; absent when there is none. */
  readonly displayName?: string
  /** The URI as text: `parseUri` reads it. */
  readonly uri: string
  /** Parameters of the header value, not those inside the URI. */
  readonly params: Params
}

// `*( token LWS )`; characters beyond ASCII, which phones send unquoted, are no danger here.
const UNQUOTED_NAME = new RegExp(`[${TOKEN_CHARACTERS} \\t\\u0080-\\uffff]*`, 'y')

/** Reads a `name-addr` or `addr-spec` with its parameters; `undefined` when it is malformed. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const start = skipBlanks(text, 0)
  const nameEnd = text[start] === '"' ? endOfQuoted(text, start) : endOfUnquoted(text, start)
  if (nameEnd < 0) return undefined
  const open = skipBlanks(text, nameEnd)
  if (text[open] === '<') return parseBracketed(text, start, open)
  return text[start] === '"' ? undefined : parseBare(text, start)
}

/** Writes a value; the URI always in angle brackets, a display name always in quotes. */
export function formatNameAddr({ displayName, uri, params }: NameAddr): string {
  const name = displayName ? `${quote(displayName)} ` : ''
  return `${name}<${uri}>${formatParams(params)}`
}

/** The tag of a From or To value; `undefined` when there is none, or the value is malformed. */
export function tagOf(value: string): string | undefined {
  return /;[ \t]*tag[ \t]*=/i.test(value) ? parseNameAddr(value)?.params.get('tag') : undefined
}

/** The same From or To value with this tag, which replaces one that is there. */
export function withTag(value: string, tag: string): string {
  const parsed = parseNameAddr(value)
  if (!parsed?.params.has('tag')) return `${value};tag=${tag}`
  return formatNameAddr({ ...parsed, params: new Map(parsed.params).set('tag', tag) })
}

function parseBracketed(text: string, start: number, open: number): NameAddr | undefined {
  const close = text.indexOf('>', open)
  const uri = text.slice(open + 1, Math.max(close, open + 1))
  const params = parseParams(text, close + 1)
  // RFC 4475 §3.1.2.14: no spaces within the brackets.
  if (close < 0 || uri === '' || /[\s<"]/.test(uri) || !params) return undefined
  const displayName = unquote(trimmed(text, start, open))
  return displayName === '' ? { uri, params } : { displayName, uri, params }
}

/**
 * RFC 3261 §20: a URI with a comma, question mark or semicolon must stand in brackets; so the first
 * semicolon begins the header's parameters (RFC 4475 §3.1.2.13, §3.3.12).
 */
function parseBare(text: string, start: number): NameAddr | undefined {
  const semicolon = text.indexOf(';', start)
  const end = semicolon < 0 ? text.length : semicolon
  const uri = trimmed(text, start, end)
  if (uri === '' || uri === '*' || /[\s,?<>"]/.test(uri)) return undefined
  const params = semicolon < 0 ? NO_PARAMS : parseParams(text, semicolon)
  return params && { uri, params }
}

function endOfUnquoted(text: string, at: number): number {
  UNQUOTED_NAME.lastIndex = at
  return at + (UNQUOTED_NAME.exec(text)?.[0].length ?? 0)
}
