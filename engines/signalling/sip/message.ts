import type { Headers } from './headers.js'

/** A SIP request (RFC 3261 §7.1). `uri` is the Request-URI as it stood on the line. */
export interface SipRequest {
  kind: 'request'
  method: string
  uri: string
  headers: Headers
  body: Buffer
}

/** A SIP response (RFC 3261 §7.2). `reason` may be empty. */
export interface SipResponse {
  kind: 'response'
  status: number
  reason: string
  headers: Headers
  body: Buffer
}

/** One SIP message. Header values are text as received, unfolded; structure is read when asked for. */
export type SipMessage = SipRequest | SipResponse

/** The only version there is (RFC 3261 §7.1); compared without case, always sent in upper case. */
export const SIP_VERSION = 'SIP/2.0'

/** The body of a message that has none. */
export const NO_BODY: Buffer = Buffer.alloc(0)
