import { strict as assert } from 'node:assert'
import { formatCSeq, parseCSeq } from '../../engines/signalling/sip/cseq.js'
import { formatCredentials, parseAuth } from '../../engines/signalling/sip/digest.js'
import type { SipMessage } from '../../engines/signalling/sip/message.js'
import {
  formatNameAddr,
  parseNameAddr,
  tagOf,
  withTag,
} from '../../engines/signalling/sip/name-addr.js'
import {
  ParseError,
  parseMessage,
  type StreamEvent,
  StreamParser,
} from '../../engines/signalling/sip/parse.js'
import { serialise } from '../../engines/signalling/sip/serialise.js'
import { formatUri, parseUri, sameUri } from '../../engines/signalling/sip/uri.js'
import { checkRequest, checkResponse } from '../../engines/signalling/sip/validate.js'
import { formatVia, parseVia } from '../../engines/signalling/sip/via.js'

/** The message in a datagram, or nothing; anything thrown but `ParseError` passes through. */
export function messageIn(bytes: Buffer): SipMessage | undefined {
  try {
    return parseMessage(bytes)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

/** Whatever the bytes are: nothing but `ParseError` is thrown, and what is read, once written, stays. */
export function assertDatagramHolds(bytes: Buffer) {
  const message = messageIn(bytes)
  if (!message) return
  if (message.kind === 'request') checkRequest(message)
  else checkResponse(message)
  const written = serialise(message)
  const again = parseMessage(written)
  assert.deepEqual(plain(again), plain(message))
  assert.ok(serialise(again).equals(written))
  for (const name of new Set([...message.headers].map(([name]) => name))) {
    for (const value of message.headers.all(name)) assertValueHolds(value)
  }
  if (message.kind === 'request') assertValueHolds(message.uri)
}

/** However a stream is cut, it gives the same. */
export function assertStreamHolds(bytes: Buffer, sizes: readonly number[]) {
  const whole = new StreamParser()
  const expected = whole.push(bytes).map(plainEvent)
  const pieces = new StreamParser()
  const events: StreamEvent[] = []
  for (let at = 0, row = 0; at < bytes.length; row++) {
    const size = sizes[row % sizes.length] ?? 1
    events.push(...pieces.push(bytes.subarray(at, at + size)))
    at += size
  }
  assert.deepEqual(events.map(plainEvent), expected)
  assert.equal(pieces.isMidMessage, whole.isMidMessage)
}

/** A message as plain values; Content-Length apart, which is always written. */
export function plain(message: SipMessage) {
  const fields = [...message.headers].filter(([name]) => name !== 'Content-Length')
  return { ...message, headers: fields, body: message.body.toString('latin1') }
}

/** Every reader of values takes every text; what it reads and writes again is the same. */
export function assertValueHolds(value: string) {
  assertComesBack(value, parseNameAddr, formatNameAddr)
  assertComesBack(value, parseUri, formatUri)
  assertComesBack(value, parseVia, formatVia)
  assertComesBack(value, parseCSeq, formatCSeq)
  assertComesBack(value, parseAuth, formatCredentials)
  tagOf(value)
  const address = parseNameAddr(value)
  if (address) assert.equal(tagOf(withTag(value, 'new')), 'new')
  const uri = parseUri(address?.uri ?? value)
  if (uri) assert.ok(sameUri(uri, uri))
}

function assertComesBack<T>(
  text: string,
  parse: (text: string) => T | undefined,
  format: (value: T) => string,
) {
  const value = parse(text)
  if (value !== undefined) assert.deepEqual(parse(format(value)), value)
}

function plainEvent(event: StreamEvent) {
  if (event.kind === 'ping') return event
  if (event.kind !== 'refused') return plain(event)
  const { status, reason } = event.error
  return { kind: event.kind, closes: event.closes, status, reason }
}
