import type { SipRequest } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { formatUri, parseUri } from '../sip/uri.js'
import type { Arrival } from '../transport/address.js'

/** What a routing service may say of a new request, besides a refusal for its own failure. */
export type Choice =
  | { kind: 'reject'; status: number; reason: string }
  | { kind: 'redirect'; contacts: readonly string[] }
  | { kind: 'proxy'; proxy: ProxyChoice }
  /** An application that waits to be dialled: `host:port`. */
  | { kind: 'dial'; host: string; port: number }
  /** One of the applications that gave this tag. */
  | { kind: 'tag'; tag: string }

/** How the service wants a request proxied. */
export interface ProxyChoice {
  readonly targets: readonly string[]
  readonly recordRoute: boolean
  readonly followRedirects: boolean
  readonly simultaneous: boolean
  readonly provisionalMs: number | undefined
  readonly finalMs: number | undefined
}

/** Reads the service's JSON; `undefined` when it says nothing that can be done. */
export function parseChoice(answer: unknown): Choice | undefined {
  const { action, data: said } = fieldsOf(answer)
  const fields = fieldsOf(said)
  switch (action) {
    case 'reject':
      return parseReject(fields)
    case 'redirect':
      return nonEmpty(fields.contact, contacts => ({ kind: 'redirect', contacts }))
    case 'proxy':
      return nonEmpty(fields.destination, targets => ({
        kind: 'proxy',
        proxy: parseProxy(targets, fields),
      }))
    case 'route':
      if (typeof fields.tag === 'string') return { kind: 'tag', tag: fields.tag }
      return typeof fields.uri === 'string' ? parseDial(fields.uri) : undefined
    default:
      return undefined
  }
}

/** `tcp:127.0.0.1:3001`, `127.0.0.1:3001`, either with `;transport=tcp`; TLS is not spoken here. */
export function parseDial(uri: string): Extract<Choice, { kind: 'dial' }> | undefined {
  const match = /^(?:(?:tcp|sip):(?:\/\/)?)?([^:;/]+|\[[^\]]+\]):(\d{1,5})(;transport=tcp)?$/i.exec(
    uri,
  )
  const port = Number(match?.[2])
  if (!match?.[1] || port < 1 || port > 65_535) return undefined
  return { kind: 'dial', host: match[1].replace(/^\[|\]$/g, ''), port }
}

/** What the service is asked: the request in brief, as a query. */
export function questionOf(request: SipRequest, { protocol, remote }: Arrival): URLSearchParams {
  const { method, headers, uri: text } = request
  const uri = parseUri(text)
  const [domain, user] = uri?.kind === 'sip' ? [uri.host, uri.user ?? ''] : ['', '']
  const question = new URLSearchParams({
    method,
    domain,
    protocol,
    source_address: remote.host,
    fromUser: userOf(headers.get('From')),
    toUser: userOf(headers.get('To')),
    uriUser: user,
    contentType: headers.get('Content-Type') ?? '',
    uri: text,
  })
  if (uri?.kind !== 'sip') return question
  for (const [name, value] of uri.params) {
    if (!question.has(name)) question.set(name, value ?? '')
  }
  question.set('uri', formatUri({ ...uri, params: new Map() }))
  return question
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}

const nonEmpty = (value: unknown, choice: (texts: string[]) => Choice): Choice | undefined => {
  const texts = (Array.isArray(value) ? value : [value]).filter(each => typeof each === 'string')
  return texts.length > 0 ? choice(texts) : undefined
}

function parseReject({ status, reason }: Fields): Choice | undefined {
  if (typeof status !== 'number' || !Number.isInteger(status)) return undefined
  if (status < 400 || status > 699) return undefined
  return { kind: 'reject', status, reason: typeof reason === 'string' ? reason : '' }
}

const parseProxy = (targets: readonly string[], fields: Fields): ProxyChoice => ({
  targets,
  recordRoute: fields.recordRoute === true,
  followRedirects: fields.followRedirects === true,
  simultaneous: fields.simultaneous === true,
  provisionalMs: milliseconds(fields.provisionalTimeout),
  finalMs: milliseconds(fields.finalTimeout),
})

/** `2s` or `1500ms`, as in the frame of a proxy. */
function milliseconds(value: unknown): number | undefined {
  const [, number, unit] = /^(\d{1,7})(ms|s)$/.exec(typeof value === 'string' ? value : '') ?? []
  return number === undefined ? undefined : Number(number) * (unit === 's' ? 1_000 : 1)
}

function userOf(value: string | undefined): string {
  const uri = parseUri(parseNameAddr(value ?? '')?.uri ?? '')
  return uri?.kind === 'sip' ? (uri.user ?? '') : ''
}
