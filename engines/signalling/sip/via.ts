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
  const sentBy = parseHostPort(text.slice(from, semicolon < 0 ? text.length : semicolon))
  const params = parseParams(text, semicolon < 0 ? text.length : semicolon)
  if (!sentBy || !params) return undefined
  const own = parseOwnParams(params)
  return own && { transport: protocol[1].toUpperCase(), ...sentBy, ...own }
}

/** Writes one Via value. */
export function formatVia(via: Via): string {
  const branch = via.branch === undefined ? '' : `;branch=${via.branch}`
  const received = via.received === undefined ? '' : `;received=${via.received}`
  const rport = via.rport === undefined ? '' : via.rport === true ? ';rport' : `;rport=${via.rport}`
  const rest = formatParams(via.params)
  return `SIP/2.0/${via.transport} ${formatHostPort(via)}${branch}${received}${rport}${rest}`
}

type OwnParams = Pick<Via, 'branch' | 'received' | 'rport' | 'params'>

function parseOwnParams(all: Params): OwnParams | undefined {
  const branch = all.get('branch')
  const received = all.get('received')
  const rport = parseRport(all)
  const address = received === undefined ? undefined : parseAddress(received)
  if (rport === 'malformed' || (received !== undefined && address === undefined)) return undefined
  if (all.has('branch') && branch === undefined) return undefined
  const params = new Map(all)
  for (const name of ['branch', 'received', 'rport']) params.delete(name)
  return {
    ...(branch !== undefined && { branch }),
    ...(address !== undefined && { received: address }),
    ...(rport !== undefined && { rport }),
    params,
  }
}

/** RFC 5118 §4.5: an IPv6 address is accepted with brackets and without, and written without. */
const parseAddress = (text: string): string | undefined =>
  isAddress6(text) ? text : parseHost(text)

function parseRport(params: Params): number | true | undefined | 'malformed' {
  if (!params.has('rport')) return undefined
  const value = params.get('rport')
  return value === undefined ? true : (parsePort(value) ?? 'malformed')
}
