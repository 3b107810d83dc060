import { endOfQuoted } from './quoted.js'
import { skipBlanks, TOKEN_CHARACTERS } from './token.js'

/**
 * Parameters of a URI or header value in their order: lower-case name to value. A value is text as
 * written, quotes included; `undefined` for a parameter without one.
 */
export type Params = ReadonlyMap<string, string | undefined>

/** No parameters. */
export const NO_PARAMS: Params = new Map()

const NAME = new RegExp(`[${TOKEN_CHARACTERS}]+`, 'y')

// Wider than `gen-value` (RFC 3261 §25.1): IPv6 addresses stand here with and without brackets
// (RFC 5118 §4.5), and tags with characters beyond a token are met in the field.
const VALUE = /[^\s;,"<>\x00-\x1f\x7f]+/y

/**
 * Reads `*( SEMI generic-param )` (RFC 3261 §25.1) from `at` to the end of the text. `undefined` when
 * it is malformed, and when a name comes twice: RFC 3261 §7.3.1, «any given parameter-name MUST NOT
 * appear more than once».
 */
export function parseParams(text: string, at: number): Map<string, string | undefined> | undefined {
  let index = skipBlanks(text, at)
  const params = new Map<string, string | undefined>()
  while (index < text.length) {
    if (text[index] !== ';') return undefined
    const name = read(NAME, text, skipBlanks(text, index + 1))
    if (!name) return undefined
    const key = name[0].toLowerCase()
    if (params.has(key)) return undefined
    index = skipBlanks(text, name.index + name[0].length)
    if (text[index] !== '=') {
      params.set(key, undefined)
      continue
    }
    const from = skipBlanks(text, index + 1)
    const end = endOfValue(text, from)
    if (end < 0) return undefined
    params.set(key, text.slice(from, end))
    index = skipBlanks(text, end)
  }
  return params
}

/** Writes parameters as `;name=value;name`. */
export function formatParams(params: Params): string {
  let text = ''
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`
  return text
}

function endOfValue(text: string, from: number): number {
  if (text[from] === '"') return endOfQuoted(text, from)
  const value = read(VALUE, text, from)
  return value ? from + value[0].length : -1
}

function read(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
