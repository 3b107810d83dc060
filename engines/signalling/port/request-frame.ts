/**
 * What an application sends: `<message id>|<type>|<fields>`, for SIP followed by CRLF and the
 * message. Parsed once, here; the rest of the port sees only this union.
 */
export type RequestFrame =
  | { kind: 'authenticate'; id: string; secret: string; tags: readonly string[] }
  | { kind: 'ping'; id: string }
  | { kind: 'route'; id: string; verb: string }
  | { kind: 'remove_route'; id: string; verb: string }
  | AnswerFrame
  | AskFrame
  | ProxyFrame
  | UnreadableFrame

/** An answer to a request that the engine delivered. */
export interface AnswerFrame {
  kind: 'answer'
  id: string
  /** The request it answers. */
  transactionId: string
  dialogId: string
  /** Start line, headers, empty line, body. */
  sip: string
}

/** A request that the application wants sent. */
export interface AskFrame {
  kind: 'ask'
  id: string
  /** For CANCEL, the INVITE's; else empty. */
  transactionId: string
  /** For a request inside a dialog; else empty. */
  dialogId: string
  /** Next hop, whatever the request's own URI says; empty for none. */
  routeUrl: string
  sip: string
}

/** A received request that the application wants proxied. */
export interface ProxyFrame {
  kind: 'proxy'
  id: string
  transactionId: string
  recordRoute: boolean
  /** Whether it wants to hear what each target answers, and not only that all is over. */
  fullResponse: boolean
  followRedirects: boolean
  simultaneous: boolean
  provisionalMs: number | undefined
  finalMs: number | undefined
  destinations: readonly string[]
  /** A request of which only the header fields count. */
  sip: string
}

/** Nothing that can be answered but with the reason; the connection ends after it. */
export interface UnreadableFrame {
  kind: 'unreadable'
  id: string
  reason: 'Invalid message format' | 'Unknown message type' | 'transaction id missing'
}

const CRLF = '\r\n'

/** Reads one payload. Never throws: what cannot be read is `unreadable`. */
export function parseRequestFrame(payload: string): RequestFrame {
  const end = payload.indexOf(CRLF)
  const leader = end < 0 ? payload : payload.slice(0, end)
  const sip = end < 0 ? '' : payload.slice(end + CRLF.length)
  const [id = '', type, ...fields] = leader.split('|')
  const field = (at: number) => fields[at] ?? ''

  switch (type) {
    case undefined:
      return { kind: 'unreadable', id, reason: 'Invalid message format' }
    case 'authenticate':
      return { kind: 'authenticate', id, secret: field(0), tags: parseTags(field(1)) }
    case 'ping':
      return { kind: 'ping', id }
    case 'route':
    case 'remove_route':
      return { kind: type, id, verb: field(0).toLowerCase() }
    case 'sip':
      return parseSip(id, fields, sip)
    case 'proxy':
      return parseProxy(id, fields, sip)
    default:
      return { kind: 'unreadable', id, reason: 'Unknown message type' }
  }
}

/** `transactionId|remainInDialog|fullResponse|followRedirects|simultaneous or serial|times|targets`. */
function parseProxy(id: string, fields: readonly string[], sip: string): ProxyFrame {
  const [transactionId = '', stay, full, follow, forking, provisional, final, ...targets] = fields
  return {
    kind: 'proxy',
    id,
    transactionId,
    recordRoute: stay === 'remainInDialog',
    fullResponse: full === 'fullResponse',
    followRedirects: follow === 'followRedirects',
    simultaneous: forking === 'simultaneous',
    provisionalMs: parseTime(provisional),
    finalMs: parseTime(final),
    destinations: targets.filter(target => target !== ''),
    sip,
  }
}

/** `2s`, `1500ms`; nothing else is a time. */
function parseTime(field = ''): number | undefined {
  const [, number, unit] = /^(\d{1,7})(ms|s)$/.exec(field) ?? []
  return number === undefined ? undefined : Number(number) * (unit === 's' ? 1_000 : 1)
}

const parseTags = (field: string): string[] => field.split(',').filter(tag => tag !== '')

function parseSip(id: string, fields: readonly string[], sip: string): RequestFrame {
  const [transactionId = '', dialogId = '', routeUrl = ''] = fields
  if (!sip.startsWith('SIP/')) return { kind: 'ask', id, transactionId, dialogId, routeUrl, sip }
  if (transactionId === '') return { kind: 'unreadable', id, reason: 'transaction id missing' }
  return { kind: 'answer', id, transactionId, dialogId, sip }
}
