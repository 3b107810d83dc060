import {
  formatHostPort,
  type HostPort,
  isAddress6,
  parseHost,
  parseHostPort,
  parsePort,
} from './host.js'
import { formatParams, type Params, parseParams } from './params.js'
import { TOKEN_CHARACTERS } from './token.js'

/** One value of Via (RFC 3261 §20.42, RFC 3581). `host` and `port` are its sent-by. */
export interface Via extends HostPort {
  /** In upper case: UDP, TCP, TLS, WS, WSS, SCTP or another token. */
  readonly transport: string
  readonly branch?: string
  /** Where the request came from; an IPv6 address without brackets. */
  readonly received?: string
  /** RFC 3581 §3: `true` when asked for, the port when answered. */
  readonly rport?: number | true
  /** All other parameters: maddr, ttl, extensions. */
  readonly params: Params
}

/** RFC 3261 §8.1.1.7: what a branch begins with when it is unique as that section wants. */
export const BRANCH_COOKIE = 'z9hG4bK'

const SENT_PROTOCOL = new RegExp(
  `SIP[ \\t]*/[ \\t]*2\\.0[ \\t]*/[ \\t]*([${TOKEN_CHARACTERS}]+)[ \\t]+`,
  'iy',
)

/** Reads one Via value; `undefined` when it is malformed. */
export function parseVia(text: string): Via | undefined {
  SENT_PROTOCOL.lastIndex = 0
  const protocol = SENT_PROTOCOL.exec(text)
  if (!protocol?.[1]) return undefined
  const from = protocol[0].length
  const semicolon = text.indexOf(';', from)
  const to = semicolon < 0 ? text.length : semicolon
  const sentBy = parseHostPort(text.slice(from, to))
  const params = parseParams(text, to)
  if (!sentBy || !params) return undefined
  return withParams({ transport: protocol[1].toUpperCase(), ...sentBy, params }, params)
}

/** Writes one Via value. */
export function formatVia(via: Via): string {
  const branch = via.branch === undefined ? '' : `;branch=${via.branch}`
  const received = via.received === undefined ? '' : `;received=${via.received}`
  const rport = via.rport === undefined ? '' : via.rport === true ? ';rport' : `;rport=${via.rport}`
  const rest = formatParams(via.params)
  return `SIP/2.0/${via.transport} ${formatHostPort(via)}${branch}${received}${rport}${rest}`
}

type Unfinished = { -readonly [Key in keyof Via]: Via[Key] }

/** Moves the parameters that have a meaning here from `params` into the value. */
function withParams(via: Unfinished, params: Map<string, string | undefined>): Via | undefined {
  const branch = params.get('branch')
  if (branch !== undefined) via.branch = branch
  else if (params.has('branch')) return undefined

  if (params.has('received')) {
    const received = parseAddress(params.get('received') ?? '')
    if (received === undefined) return undefined
    via.received = received
  }
  if (params.has('rport')) {
    const text = params.get('rport')
    const rport = text === undefined ? true : parsePort(text)
    if (rport === undefined) return undefined
    via.rport = rport
  }
  for (const name of ['branch', 'received', 'rport']) params.delete(name)
  return via
}

/** RFC 5118 §4.5: an IPv6 address is accepted with brackets and without, and written without. */
const parseAddress = (text: string): string | undefined =>
  isAddress6(text) ? text : parseHost(text)
