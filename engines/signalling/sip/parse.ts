import { declaredLength, findBody, type Head, NOT_SIP, parseHead } from './head.js'
import { NO_BODY, type SipMessage } from './message.js'
import { DEFAULT_LIMITS, type Limits, ParseError } from './parse-error.js'

export { DEFAULT_LIMITS, type Limits, ParseError } from './parse-error.js'

const CR = 0x0d
const LF = 0x0a

/** True for a datagram that only keeps a NAT binding open: CR, LF and NUL, or nothing at all. */
export function isKeepAlive(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== CR && byte !== LF && byte !== 0) return false
  return true
}

/**
 * Reads the message of one datagram (RFC 3261 §18.3): the body ends where Content-Length says, else with
 * the datagram; what follows is ignored, and too few bytes are a mistake. Throws `ParseError` only.
 * The body shares its memory with `bytes`.
 */
export function parseMessage(bytes: Buffer, limits: Limits = DEFAULT_LIMITS): SipMessage {
  const from = messageBegin(bytes)
  const { next } = findBody(bytes, from, bytes.length)
  const headEnd = next < 0 ? bytes.length : next
  const { message, refusal } = parseHead(
    bytes.subarray(from, Math.min(headEnd, from + limits.headBytes)),
    limits.fields,
  )
  if (!message) throw new ParseError(refusal ?? NOT_SIP)
  const refuse = (status: number, reason: string) =>
    new ParseError({ status, reason, partial: message })

  if (headEnd - from > limits.headBytes) throw refuse(513, 'Message Too Large')
  if (refusal) throw new ParseError(refusal)
  if (next < 0) throw refuse(400, 'Unterminated Header')
  const declared = declaredLength(message.headers)
  if (typeof declared === 'object') throw refuse(400, declared.reason)
  const held = bytes.length - next
  const length = declared ?? held
  if (length > limits.bodyBytes) throw refuse(413, 'Request Entity Too Large')
  // RFC 3261 §18.3: bytes that are missing from a datagram never come.
  if (length > held) throw refuse(400, 'Content-Length Larger Than Body')
  message.body = bytes.subarray(next, next + length)
  return message
}

/** Where a message begins. RFC 3261 §7.5: empty lines before the start line are ignored. */
export function messageBegin(bytes: Buffer): number {
  let at = 0
  while (bytes[at] === CR || bytes[at] === LF) at++
  return at
}

/** A double CRLF between messages (RFC 5626 §4.4.1), to be answered by one CRLF. */
export interface Ping {
  readonly kind: 'ping'
}

/** Bytes that are no message. After `closes` the stream has no known message border: answer, close. */
export interface Refused {
  readonly kind: 'refused'
  readonly error: ParseError
  readonly closes: boolean
}

/** What a stream brought, in order. */
export type StreamEvent = SipMessage | Ping | Refused

/** What a stream's buffer begins with: an ordinary message fits. */
const ROOM_BYTES = 2_048

/** A head that was read, and the bytes of body that it waits for. */
interface Waiting {
  readonly head: Head
  readonly length: number
}

/**
 * Reads messages from a stream (RFC 3261 §18.3: Content-Length is required there). Chunks may end
 * anywhere; what a chunk completes comes back at once, in order. Nothing is thrown: a mistake is an
 * event, because messages before it in the same chunk still count. Holds at most one message.
 *
 *   between messages ──line──► head ──empty line──► body ──all bytes──► between messages
 *         │ CRLF CRLF: ping      └──border lost──► closed ◄──border lost──┘
 */
export class StreamParser {
  readonly #limits: Limits
  #bytes: Buffer = NO_BODY
  #start = 0
  #end = 0
  /** Where the search for the end of the head goes on. */
  #resume = 0
  #lineBreaks = 0
  #waiting: Waiting | undefined
  #closed = false

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits
  }

  /** True when a message has begun and is not complete: a deadline should run. */
  get isMidMessage(): boolean {
    return !this.#closed && (this.#waiting !== undefined || this.#end > this.#start)
  }

  /** Takes the next bytes of the stream. The chunk may be used again afterwards. */
  push(chunk: Buffer): StreamEvent[] {
    const events: StreamEvent[] = []
    if (this.#closed) return events
    this.#append(chunk)
    for (let event = this.#next(); event; event = this.#next()) events.push(event)
    if (this.#start === this.#end) this.#release()
    return events
  }

  #next(): StreamEvent | undefined {
    if (this.#closed) return undefined
    if (!this.#waiting) {
      if (this.#skipLineBreaks()) return { kind: 'ping' }
      const refused = this.#readHead()
      if (refused) return refused
    }
    return this.#waiting && this.#readBody(this.#waiting)
  }

  /** RFC 5626 §4.4.1: CRLF CRLF is a ping; a single CRLF is a pong, or nothing. True for a ping. */
  #skipLineBreaks(): boolean {
    while (this.#start < this.#end) {
      const byte = this.#bytes[this.#start]
      const atLast = this.#start + 1 === this.#end
      if (byte === CR && atLast) break
      if (byte !== LF && !(byte === CR && this.#bytes[this.#start + 1] === LF)) {
        this.#lineBreaks = 0
        break
      }
      this.#start += byte === CR ? 2 : 1
      this.#lineBreaks++
      if (this.#lineBreaks === 2) {
        this.#lineBreaks = 0
        return true
      }
    }
    this.#resume = Math.max(this.#resume, this.#start)
    return false
  }

  #readHead(): Refused | undefined {
    if (this.#start === this.#end) return undefined
    const { next, resume } = findBody(this.#bytes, this.#resume, this.#end)
    this.#resume = resume
    const { headBytes, bodyBytes, fields } = this.#limits
    const length = (next < 0 ? this.#end : next) - this.#start
    if (length <= headBytes && next < 0) return undefined

    const bytes = this.#bytes.subarray(this.#start, this.#start + Math.min(length, headBytes))
    const head = parseHead(bytes, fields)
    if (length > headBytes) return this.#close(head, 513, 'Message Too Large')
    const declared = declaredLength(head.headers)
    if (head.refusal === NOT_SIP) return this.#close(head, undefined, NOT_SIP.reason)
    if (declared === undefined) {
      const { status = 400, reason = 'Missing Content-Length' } = head.refusal ?? {}
      return this.#close(head, status, reason)
    }
    if (typeof declared === 'object') return this.#close(head, 400, declared.reason)
    if (declared > bodyBytes) return this.#close(head, 413, 'Request Entity Too Large')
    this.#start = next
    this.#waiting = { head, length: declared }
    return undefined
  }

  #readBody({ head, length }: Waiting): StreamEvent | undefined {
    if (this.#end - this.#start < length) return undefined
    const body = this.#bytes.subarray(this.#start, this.#start + length)
    this.#start += length
    this.#resume = this.#start
    this.#waiting = undefined
    if (head.refusal || !head.message) {
      return { kind: 'refused', error: new ParseError(head.refusal ?? NOT_SIP), closes: false }
    }
    head.message.body = length === 0 ? NO_BODY : Buffer.from(body)
    return head.message
  }

  #close(head: Head, status: number | undefined, reason: string): Refused {
    this.#closed = true
    this.#bytes = NO_BODY
    return {
      kind: 'refused',
      error: new ParseError({ status, reason, partial: head.message }),
      closes: true,
    }
  }

  /** Keeps the cost of a chunk linear: room doubles, and bytes move only when it runs out. */
  #append(chunk: Buffer) {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    chunk.copy(this.#bytes, this.#end)
    this.#end += chunk.length
  }

  /** Between messages, a stream keeps no more room than an ordinary message needs. */
  #release() {
    this.#start = 0
    this.#end = 0
    this.#resume = 0
    if (this.#bytes.length > ROOM_BYTES * 2) this.#bytes = NO_BODY
  }

  #makeRoom(wanted: number) {
    const held = this.#end - this.#start
    const needed = held + wanted
    const target =
      needed * 2 > this.#bytes.length
        ? Buffer.allocUnsafe(Math.max(needed * 2, ROOM_BYTES))
        : this.#bytes
    this.#bytes.copy(target, 0, this.#start, this.#end)
    this.#bytes = target
    this.#resume -= this.#start
    this.#start = 0
    this.#end = held
  }
}
