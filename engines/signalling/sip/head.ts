import { isAscii, isUtf8 } from 'node:buffer'
import { canonicalName, isKnownName } from './header-names.js'
import { type Field, Headers } from './headers.js'
import { NO_BODY, SIP_VERSION, type SipMessage } from './message.js'
import type { Refusal } from './parse-error.js'
import { isBlank, isToken, trimmed, trimmedEnd } from './token.js'

/** What stands before the body: a message still without one, and the first thing wrong with it. */
export interface Head {
  readonly headers: Headers
  /** Absent when the first line is no start line: then there is a refusal. */
  readonly message: SipMessage | undefined
  readonly refusal: Refusal | undefined
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a

/** A mistake in the head: what a request is answered with. */
interface Mistake {
  readonly status: 400 | 505 | 513
  readonly reason: string
}

const CONTROL_CHARACTER: Mistake = { status: 400, reason: 'Control Character in Header' }
const OTHER_VERSION: Mistake = { status: 505, reason: 'Version Not Supported' }
const MALFORMED_REQUEST_LINE: Mistake = { status: 400, reason: 'Malformed Request-Line' }
const MALFORMED_FIELD: Mistake = { status: 400, reason: 'Malformed Header Field' }
const TOO_MANY_FIELDS: Mistake = { status: 513, reason: 'Too Many Header Fields' }

/** RFC 4475 §3.1.2.19: such a response is simply dropped. */
const MALFORMED_STATUS_LINE: Refusal = { status: undefined, reason: 'Malformed Status-Line' }

/** Bytes of something else: no answer, which could be sent to anybody's address. */
export const NOT_SIP: Refusal = { status: undefined, reason: 'Not SIP' }

/**
 * Finds the empty line that ends the head, from `from` on, which stands at the begin of the head or at
 * a line break already looked at. `next` is where the body begins, or -1 with `resume`, where to look
 * again when more bytes have come. A bare LF ends a line too: implementations send it (RFC 3261 §25
 * wants CRLF), and nothing else could be meant.
 */
export function findBody(
  bytes: Buffer,
  from: number,
  to: number,
): { next: number; resume: number } {
  let at = bytes.indexOf(LF, from)
  while (at >= 0 && at < to) {
    if (at + 1 >= to) return { next: -1, resume: at }
    const next = bytes[at + 1]
    if (next === LF) return { next: at + 2, resume: at }
    if (next === CR) {
      if (at + 2 >= to) return { next: -1, resume: at }
      if (bytes[at + 2] === LF) return { next: at + 3, resume: at }
    }
    at = bytes.indexOf(LF, at + 1)
  }
  return { next: -1, resume: to }
}

/** Reads start line and header fields. Reads on behind a mistake, so that a response can be built. */
export function parseHead(bytes: Buffer, mostFields: number): Head {
  const text = decoded(bytes)
  const firstEnd = endOfLine(text, 0)
  const fields = parseFields(text, nextLine(text, firstEnd), mostFields)
  const control = hasStrayControl(text) ? CONTROL_CHARACTER : undefined
  const headers = Headers.ofClean(fields.fields)
  return parseStartLine(text.slice(0, firstEnd), headers, control ?? fields.mistake)
}

/**
 * RFC 3261 §7: header text is UTF-8. What is not is taken as Latin-1, so that old phones' names are
 * kept and no two different values become one.
 */
function decoded(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1')
}

/**
 * RFC 3261 §25.1: control characters stand in quoted pairs only (RFC 4475 §3.1.1.2 has BEL, NUL and
 * DEL there). HTAB is white space; a CR is the end of a line or nothing.
 */
const hasStrayControl = (text: string): boolean =>
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|$)/.test(text) &&
  /(?:^|[^\\])[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|$)/.test(text)

function parseStartLine(line: string, headers: Headers, mistake: Mistake | undefined): Head {
  const isStatusLine = line.slice(0, 4).toUpperCase() === 'SIP/'
  return isStatusLine
    ? parseStatusLine(line, headers, mistake)
    : parseRequestLine(line, headers, mistake)
}

/** RFC 3261 §7.2: `SIP-Version SP Status-Code SP Reason-Phrase`. A bad response is discarded. */
function parseStatusLine(line: string, headers: Headers, mistake: Mistake | undefined): Head {
  const start = /^SIP\/2\.0 ([1-6]\d\d)(?: |$)/i.exec(line)
  if (!start) {
    return { headers, message: undefined, refusal: MALFORMED_STATUS_LINE }
  }
  const status = Number(start[1])
  const reason = line.slice(start[0].length)
  const message: SipMessage = { kind: 'response', status, reason, headers, body: NO_BODY }
  const refusal = mistake && { status: undefined, reason: mistake.reason, partial: message }
  return { headers, message, refusal }
}

/** RFC 3261 §7.1: `Method SP Request-URI SP SIP-Version`, each SP exactly one. */
function parseRequestLine(line: string, headers: Headers, mistake: Mistake | undefined): Head {
  const end = trimmedEnd(line, 0, line.length)
  const method = line.slice(0, Math.max(line.indexOf(' '), 0))
  const version = line.slice(line.lastIndexOf(' ', end - 1) + 1, end)
  if (!isToken(method) || !/^SIP\/\d{1,9}\.\d{1,9}$/i.test(version)) {
    return { headers, message: undefined, refusal: NOT_SIP }
  }
  const uri = trimmed(line, method.length, end - version.length)
  const message: SipMessage = { kind: 'request', method, uri, headers, body: NO_BODY }
  const isExact = line.length === method.length + uri.length + version.length + 2
  const isMalformed = !isExact || uri === '' || /[ \t]/.test(uri)
  // RFC 3261 §21.5.6. What another version means is unknown, so nothing else of it is judged.
  const complaint =
    version.toUpperCase() !== SIP_VERSION
      ? OTHER_VERSION
      : isMalformed
        ? MALFORMED_REQUEST_LINE
        : mistake
  const refusal = complaint && { ...complaint, partial: message }
  return { headers, message, refusal }
}

interface Fields {
  readonly fields: Field[]
  readonly mistake: Mistake | undefined
}

/** RFC 3261 §7.3.1: `name HCOLON value`, a line that begins with white space continues the one above. */
function parseFields(text: string, from: number, most: number): Fields {
  const fields: Field[] = []
  let mistake: Mistake | undefined
  let at = from
  while (at < text.length) {
    const end = endOfLine(text, at)
    let next = nextLine(text, end)
    let folded: string[] | undefined
    while (isBlank(text.charCodeAt(next))) {
      const lineEnd = endOfLine(text, next)
      folded ??= [text.slice(at, trimmedEnd(text, at, end))]
      folded.push(trimmed(text, next, lineEnd))
      next = nextLine(text, lineEnd)
    }
    if (end > at) {
      const field = folded ? parseFolded(folded) : parseField(text, at, end)
      if (!field) mistake ??= MALFORMED_FIELD
      else if (fields.length === most) mistake ??= TOO_MANY_FIELDS
      else fields.push(field)
    }
    at = next
  }
  return { fields, mistake }
}

/** RFC 3261 §25.1: linear white space, folding included, means no more than one SP. */
function parseFolded(lines: string[]): Field | undefined {
  const line = lines.filter(part => part !== '').join(' ')
  return parseField(line, 0, line.length)
}

function parseField(text: string, from: number, to: number): Field | undefined {
  let colon = from
  while (colon < to && text.charCodeAt(colon) !== COLON) colon++
  if (colon === to) return undefined
  // A line that begins with white space here has no line above it to continue: its name is no token.
  const name = text.slice(from, trimmedEnd(text, from, colon))
  if (!isKnownName(name) && !isToken(name)) return undefined
  return [canonicalName(name), trimmed(text, colon + 1, to)]
}

/** The index of the line break that ends the line, its CR included; the end of the text otherwise. */
function endOfLine(text: string, from: number): number {
  const lf = text.indexOf('\n', from)
  if (lf < 0) return text.length
  return lf > from && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf
}

function nextLine(text: string, end: number): number {
  if (text.charCodeAt(end) === CR) return end + 2
  return end + 1
}

/** What Content-Length says; `undefined` when it is absent, a refusal when it says nothing usable. */
export function declaredLength(headers: Headers): number | undefined | Pick<Refusal, 'reason'> {
  const [first, ...others] = headers.all('Content-Length')
  if (first === undefined) return undefined
  // RFC 4475 §3.3.9: values that differ leave the length unknown.
  if (others.some(other => other !== first)) return { reason: 'Conflicting Content-Length' }
  if (!/^\d{1,10}$/.test(first)) return { reason: 'Malformed Content-Length' }
  return Number(first)
}
