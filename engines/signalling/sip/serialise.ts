import { SIP_VERSION, type SipMessage } from './message.js'

/**
 * A message as it goes on the wire (RFC 3261 §7). Content-Length is always there and always the length
 * of the body in bytes, whatever the headers say: in its place when there is one, else at the end.
 */
export function serialise(message: SipMessage): Buffer {
  const { headers, body } = message
  const line = startLine(message)
  if (/[\r\n]/.test(line)) throw new RangeError('start line would break')
  let head = `${line}\r\n`
  let hasLength = false
  for (const [name, value] of headers) {
    if (name !== 'Content-Length') head += `${name}: ${value}\r\n`
    else if (!hasLength) {
      head += `Content-Length: ${body.length}\r\n`
      hasLength = true
    }
  }
  head += hasLength ? '\r\n' : `Content-Length: ${body.length}\r\n\r\n`
  return joined(head, body)
}

/** The first line of a message, without its line break. */
export const startLine = (message: SipMessage): string =>
  message.kind === 'request'
    ? `${message.method} ${message.uri} ${SIP_VERSION}`
    : `${SIP_VERSION} ${message.status} ${message.reason}`

function joined(head: string, body: Buffer): Buffer {
  const headLength = Buffer.byteLength(head)
  const bytes = Buffer.allocUnsafe(headLength + body.length)
  bytes.write(head, 0)
  body.copy(bytes, headLength)
  return bytes
}
