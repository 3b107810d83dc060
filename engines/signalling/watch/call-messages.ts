import { tellMessage } from '../../../platform/call-trail.js'
import { masked } from './masked.js'
import type { WirePassage, WireWatch } from './wire-watch.js'

/** Longest beginning of a message that is kept, in characters; a charge call's messages are a third of it. */
const TEXT_MAX = 6_000

/** RFC 3261 §20.8: the Call-ID, in its long or its compact form. */
const CALL_ID = /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im

/** Requests that belong to no call, and their answers. */
const NO_CALL =
  /^CSeq[ \t]*:[ \t]*\d+[ \t]+(?:REGISTER|OPTIONS|SUBSCRIBE|NOTIFY|PUBLISH|MESSAGE)\b/im

/** Keeps the messages of calls for who watches them (platform/call-trail.ts), keys and credentials made `x`. */
export const callMessages: WireWatch = {
  passed({ bytes, direction }: WirePassage): void {
    const text = masked(bytes).toString('utf8', 0, TEXT_MAX)
    const [, callId] = CALL_ID.exec(text) ?? []
    if (callId === undefined || NO_CALL.test(text)) return
    tellMessage({ callId, direction, text: withoutCredentials(text) })
  },
}

/** Shows each message to several. */
export const watchedBy = (watches: readonly WireWatch[]): WireWatch => ({
  passed(passage) {
    for (const watch of watches) watch.passed(passage)
  },
})

/**
 * What would let who reads it act for somebody: a digest's response (RFC 3261 §22.4), the signature of an
 * Identity (RFC 8224 §4.1), keys and passwords of the media (RFC 4568, RFC 8839).
 */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/^((?:Proxy-)?Authorization[ \t]*:.*?\bresponse[ \t]*=[ \t]*)"[^"]*"/gim, '$1"x"')
    .replace(/^((?:Identity|y)[ \t]*:[ \t]*[\w-]+\.[\w-]*\.)[\w-]+/gim, '$1x')
    .replace(/^(a=(?:crypto|ice-pwd):).*/gim, '$1x')
