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
  const body = eventBody(event, format)
  return `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-${format}\n\n${body}`
}

/** An event by itself, as the body of a message. */
export const eventBody = (event: MediaEvent, format: EventFormat): string =>
  FORMATTERS[format](event)

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
  const all: readonly HeaderField[] =
    body === undefined
      ? headers
      : [...headers, ['Content-Length', String(Buffer.byteLength(body))], ['_body', body]]
  const seen = new Set<string>()
  let fields = ''
  for (const [name, value] of all) {
    if (seen.has(name)) return formatJsonWithLists(all)
    seen.add(name)
    fields += `${fields === '' ? '' : ','}${jsonName(name)}${jsonText(value)}`
  }
  return `{${fields}}`
}

function formatJsonWithLists(headers: readonly HeaderField[]): string {
  const together = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    const before = together.get(name)
    together.set(name, before === undefined ? value : [before, value].flat())
  }
  const fields = Array.from(
    together,
    ([name, value]) => `${jsonName(name)}${JSON.stringify(value)}`,
  )
  return `{${fields.join(',')}}`
}

/** Names as they stand in JSON, kept: a call tells some thousand of them, nearly always the same. */
const jsonNames = new Map<string, string>()

/** Most names kept, since an application may make up as many variables as it likes. */
const MOST_NAMES = 2_000

function jsonName(name: string): string {
  const kept = jsonNames.get(name)
  if (kept !== undefined) return kept
  const written = `${JSON.stringify(name)}:`
  if (jsonNames.size < MOST_NAMES) jsonNames.set(name, written)
  return written
}

/** Text without anything to escape, which nearly all is, need not be looked at letter by letter. */
const NOTHING_TO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

const jsonText = (text: string): string =>
  NOTHING_TO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text)

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
