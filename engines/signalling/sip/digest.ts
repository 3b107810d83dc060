import { endOfQuoted, quote, unquote } from './quoted.js'
import { isToken, skipBlanks, TOKEN_CHARACTERS } from './token.js'

/**
 * A value of WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization
 * (RFC 3261 §25.1, RFC 7235 §2.1). Only read and written here; what it proves is decided elsewhere.
 */
export interface AuthValue {
  /** As written, to be compared without case: `Digest`. */
  readonly scheme: string
  /** Lower-case name to value, quotes undone. */
  readonly params: ReadonlyMap<string, string>
}

const PART = new RegExp(
  `([${TOKEN_CHARACTERS}]+)[ \\t]*=[ \\t]*(?="|([^\\s",;\\x00-\\x1f\\x7f]+))`,
  'y',
)

/** Reads one value; `undefined` when it is malformed or a parameter comes twice. */
export function parseAuth(text: string): AuthValue | undefined {
  const space = text.search(/[ \t]/)
  const scheme = space < 0 ? text : text.slice(0, space)
  if (!isToken(scheme)) return undefined
  const params = new Map<string, string>()
  let at = skipBlanks(text, scheme.length)
  while (at < text.length) {
    if (text[at] === ',') {
      at = skipBlanks(text, at + 1)
      continue
    }
    const part = readPart(text, at)
    if (!part || params.has(part.name)) return undefined
    params.set(part.name, part.value)
    at = skipBlanks(text, part.end)
    if (at < text.length && text[at] !== ',') return undefined
  }
  return { scheme, params }
}

/** A challenge's parameters that stand without quotes (RFC 3261 §25.1, RFC 7616 §3.3). */
const BARE_IN_CHALLENGE: ReadonlySet<string> = new Set(['algorithm', 'stale'])

/** The answer's parameters that stand without quotes (RFC 3261 §25.1, RFC 7616 §3.4). */
const BARE_IN_CREDENTIALS: ReadonlySet<string> = new Set(['algorithm', 'nc', 'qop'])

/** Writes a value of WWW-Authenticate or Proxy-Authenticate. */
export const formatChallenge = (value: AuthValue): string => format(value, BARE_IN_CHALLENGE)

/** Writes a value of Authorization or Proxy-Authorization. */
export const formatCredentials = (value: AuthValue): string => format(value, BARE_IN_CREDENTIALS)

function format({ scheme, params }: AuthValue, bare: ReadonlySet<string>): string {
  const parts = [...params].map(([name, value]) =>
    bare.has(name) && isToken(value) ? `${name}=${value}` : `${name}=${quote(value)}`,
  )
  return `${scheme} ${parts.join(', ')}`
}

interface Part {
  readonly name: string
  readonly value: string
  readonly end: number
}

function readPart(text: string, at: number): Part | undefined {
  PART.lastIndex = at
  const match = PART.exec(text)
  if (!match?.[1]) return undefined
  const name = match[1].toLowerCase()
  const from = at + match[0].length
  if (match[2] !== undefined) return { name, value: match[2], end: from + match[2].length }
  const end = endOfQuoted(text, from)
  return end < 0 ? undefined : { name, value: unquote(text.slice(from, end)), end }
}
