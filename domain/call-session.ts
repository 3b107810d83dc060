/**
 * Names one charge call between scp, media and ivr in place of the subscriber's number, which never
 * leaves scp: 128 random bits as 32 lower-case hexadecimal digits (architecture, point 7).
 */
export type CallSessionToken = string & { readonly kind: 'call session token' }

export const parseCallSessionToken = (text: string): CallSessionToken | undefined =>
  /^[0-9a-f]{32}$/.test(text) ? (text as CallSessionToken) : undefined

/** SIP header that carries the token from scp to the media engine. */
export const CALL_SESSION_HEADER = 'X-Call-Session'
