import { type Digit, parseDigit } from '../../../platform/rtp/telephone-event.js'

/** What an INFO about a key says, in the order it is checked. */
export type InfoReading =
  /** A body of another kind: 415. */
  | { readonly outcome: 'unsupported' }
  /** A key that is no digit, such as a hook flash; answered and left alone. */
  | { readonly outcome: 'no_digit' }
  | { readonly outcome: 'digit'; readonly digit: Digit; readonly durationUnits: number }

/** Length of a key whose INFO tells none: 250 ms. */
const DEFAULT_UNITS = 2_000

/** Codes 10 and 11 that some phones send for `*` and `#`. */
const BY_CODE: Readonly<Record<string, Digit>> = { '10': '*', '11': '#' }

/**
 * Reads a key out of an INFO: `application/dtmf-relay` with `Signal=` and `Duration=` (ms), or
 * `application/dtmf` with the key alone. An INFO without a body is a keep-alive.
 */
export function readInfo(contentType: string | undefined, body: Buffer): InfoReading {
  if (body.length === 0) return { outcome: 'no_digit' }
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  const text = body.toString('latin1')
  if (type === 'application/dtmf') return readKey(text.trim(), undefined)
  if (type !== 'application/dtmf-relay') return { outcome: 'unsupported' }
  const [, signal = ''] = /^[ \t]*Signal[ \t]*=[ \t]*(\S+)/im.exec(text) ?? []
  const [, duration] = /^[ \t]*Duration[ \t]*=[ \t]*(\d{1,5})/im.exec(text) ?? []
  return readKey(signal, duration)
}

function readKey(signal: string, durationMs: string | undefined): InfoReading {
  const digit = parseDigit(signal) ?? BY_CODE[signal]
  if (!digit) return { outcome: 'no_digit' }
  const durationUnits = durationMs === undefined ? DEFAULT_UNITS : Number(durationMs) * 8
  return { outcome: 'digit', digit, durationUnits }
}
