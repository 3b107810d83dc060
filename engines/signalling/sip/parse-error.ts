import type { SipMessage } from './message.js'

/** How much of a message is read before it is refused. */
export interface Limits {
  /** Start line and header fields, in bytes. */
  readonly headBytes: number
  /** Body, in bytes. */
  readonly bodyBytes: number
  /** Header fields: rows, before lists are taken apart. */
  readonly fields: number
}

/** Far above what phones send (about 1 KB), and little enough for thousands of half-read messages. */
export const DEFAULT_LIMITS: Limits = { headBytes: 16_384, bodyBytes: 65_536, fields: 200 }

/** Why bytes are no message. */
export interface Refusal {
  /** The status to answer a request with (400, 413, 505, 513); `undefined`: say nothing. */
  readonly status: number | undefined
  /** Fit for a Reason-Phrase (RFC 3261 §21.4.1); never quotes what was received. */
  readonly reason: string
  /** What could be read, so that a response can be built from its Via, From, To, Call-ID, CSeq. */
  readonly partial?: SipMessage | undefined
}

/**
 * The only thing that reading a message throws. A request can be answered when `status` is set: then
 * `partial` is a request other than ACK with a Via. Everything else is discarded.
 */
export class ParseError extends Error {
  override readonly name = 'ParseError'
  readonly status: number | undefined
  readonly reason: string
  readonly partial: SipMessage | undefined

  constructor({ status, reason, partial }: Refusal) {
    super(reason)
    this.reason = reason
    this.partial = partial
    this.status = partial && isAnswerable(partial) ? status : undefined
  }
}

/** RFC 3261 §17: a response is never answered, nor is an ACK; without Via there is no way back. */
const isAnswerable = (message: SipMessage): boolean =>
  message.kind === 'request' && message.method !== 'ACK' && message.headers.has('Via')
