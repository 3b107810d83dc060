import type { ListenPoint } from '../agent.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipMessage } from '../sip/message.js'
import { formatNameAddr, parseNameAddr } from '../sip/name-addr.js'
import { formatUri, parseUri } from '../sip/uri.js'

/**
 * SIP as applications write it: header names in lower case, no Via, `localhost` for an address they
 * do not know, and a Content-Length that counts UTF-16 units. Everything behind the empty line is
 * the body.
 */

/** What a SIP text of an application turned out to be. */
export type ApplicationMessage =
  | { outcome: 'malformed' }
  /** A body of an unknown kind: only session descriptions are recognised by their first line. */
  | { outcome: 'no_content_type' }
  | { outcome: 'read'; message: SipMessage }

/** Headers that the stack alone writes, whatever the application says. */
const IMMUTABLE = ['via', 'route', 'record-route', 'rseq', 'content-length']

const REQUEST_LINE = /^([A-Z]+) (\S+) SIP\/2\.0$/
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/
const HEADER_LINE = /^([!%'*+\-.0-9A-Z_`a-z~]+)[ \t]*:[ \t]*(.*?)[ \t]*$/
const BLANK_LINE = '\r\n\r\n'

/** Reads the SIP part of a frame. Never throws. */
export function readApplicationMessage(text: string): ApplicationMessage {
  const end = text.indexOf(BLANK_LINE)
  const head = end < 0 ? text.trimEnd() : text.slice(0, end)
  const body = end < 0 ? NO_BODY : Buffer.from(text.slice(end + BLANK_LINE.length), 'utf8')
  const [startLine = '', ...lines] = head.split('\r\n')

  const headers = readHeaders(lines)
  const message = headers && fromStartLine(startLine, headers, body)
  if (!message) return { outcome: 'malformed' }
  if (body.length > 0 && !headers.has('Content-Type')) {
    if (body.toString('latin1', 0, 3) !== 'v=0') return { outcome: 'no_content_type' }
    headers.set('Content-Type', 'application/sdp')
  }
  return { outcome: 'read', message }
}

/** The first line of a SIP text. */
export const startLineOf = (text: string): string => text.split('\r\n', 1)[0] ?? ''

function readHeaders(lines: readonly string[]): Headers | undefined {
  const headers = new Headers()
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return undefined
    if (!IMMUTABLE.includes(name.toLowerCase())) headers.add(name, value)
  }
  return headers
}

function fromStartLine(line: string, headers: Headers, body: Buffer): SipMessage | undefined {
  const [, method, uri] = REQUEST_LINE.exec(line) ?? []
  if (method !== undefined && uri !== undefined) {
    return { kind: 'request', method, uri, headers, body }
  }
  const [, status, reason = ''] = STATUS_LINE.exec(line) ?? []
  return status === undefined
    ? undefined
    : { kind: 'response', status: Number(status), reason, headers, body }
}

const LOCALHOST = /@localhost(?::\d+)?(?=[>;,?\s]|$)/gi

/** Puts the address that the other side can reach in place of `localhost`. */
export function replaceLocalhost(headers: Headers, address: ListenPoint): void {
  const hostPort = `${bracketed(address.host)}:${address.port}`
  for (const name of ['From', 'To', 'P-Asserted-Identity', 'Contact']) {
    const values = headers.all(name)
    if (!values.some(value => value.search(LOCALHOST) >= 0)) continue
    const replaced = values.map(value => {
      const reachable = value.replace(LOCALHOST, `@${hostPort}`)
      return name === 'Contact' && reachable !== value
        ? withTransport(reachable, address.protocol)
        : reachable
    })
    headers.set(name, replaced.join(', '))
  }
}

/** RFC 3261 §19.1.1: a URI without `transport` means UDP, so a Contact must name any other. */
function withTransport(contact: string, protocol: ListenPoint['protocol']): string {
  const parsed = parseNameAddr(contact)
  const uri = parsed && parseUri(parsed.uri)
  if (!parsed || uri?.kind !== 'sip' || protocol === 'udp' || uri.params.has('transport')) {
    return contact
  }
  // `sips:` means TLS by itself, and WebSocket is `ws` with TLS too (RFC 5630 §3.1.3, RFC 7118 §5.2).
  if (uri.scheme === 'sips' && protocol === 'tls') return contact
  const params = new Map([
    ...uri.params,
    ['transport', protocol === 'wss' ? 'ws' : protocol] as const,
  ])
  return formatNameAddr({ ...parsed, uri: formatUri({ ...uri, params }) })
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
