import type { HeaderField, MediaEvent } from '../events/event-bus.js'
import { urlEncode } from './url-encode.js'

/** How an application wants its events (esl-protocol §5). */
export type EventFormat = 'plain' | 'json' | 'xml'

export const isEventFormat = (word: string): word is EventFormat =>
  word === 'plain' || word === 'json' || word === 'xml'

const FORMATTERS: Readonly<Record<EventFormat, (event: MediaEvent) => string>> = {
  plain: formatPlain,
  json: formatJson,
  xml: formatXml,
}

/** An event as a message: its lengths in bytes, no line end behind the body. */
export function formatEvent(event: MediaEvent, format: EventFormat): string {
  const body = FORMATTERS[format](event)
  return `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-${format}\n\n${body}`
}

/** Header lines with escaped values; an empty value is `_undef_`. */
export const plainLines = (headers: readonly HeaderField[]): string =>
  headers
    .map(([name, value]) => `${name}: ${value === '' ? '_undef_' : urlEncode(value)}\n`)
    .join('')

function formatPlain({ headers, body }: MediaEvent): string {
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\n`
  return `${plainLines(headers)}${length}\n${body ?? ''}`
}

/** One flat object, all values texts; a header that comes twice is an array. */
function formatJson({ headers, body }: MediaEvent): string {
  const together = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    const before = together.get(name)
    together.set(name, before === undefined ? value : [before, value].flat())
  }
  if (body !== undefined) {
    together.set('Content-Length', String(Buffer.byteLength(body)))
    together.set('_body', body)
  }
  const fields = Array.from(
    together,
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  )
  return `{${fields.join(',')}}`
}

function formatXml({ headers, body }: MediaEvent): string {
  const fields = headers.map(([name, value]) => {
    const element = name.replace(/[^\w.-]/g, '_')
    return `    <${element}>${escapeXml(urlEncode(value))}</${element}>\n`
  })
  const inner =
    body === undefined
      ? ''
      : `  <Content-Length>${Buffer.byteLength(body)}</Content-Length>\n  <body>${escapeXml(body)}</body>\n`
  return `<event>\n  <headers>\n${fields.join('')}  </headers>\n${inner}</event>`
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, one => XML_ESCAPES[one] ?? one)
