import { findBody } from '../sip/head.js'
import { messageBegin } from '../sip/parse.js'

/** What makes a body one of pressed keys: the method that carries them, or its type. */
const KEYS = /^INFO |^CSeq\s*:\s*\d+\s+INFO\b|\b(?:dtmf|kpml)/im

/**
 * The message with every key that a caller pressed made `x`: a PIN is keyed one digit at a time. Its
 * length stays as it is. What an INFO carries counts as keys, whatever its type says.
 */
export function masked(bytes: Buffer): Buffer {
  // The body begins where the parser sees it: line breaks may stand before the message, or be bare LF.
  const { next } = findBody(bytes, messageBegin(bytes), bytes.length)
  const text = bytes.toString('latin1')
  if (next < 0 || next === text.length || !KEYS.test(text)) return bytes
  const body = text
    .slice(next)
    .replace(/[0-9#*]/g, 'x')
    .replace(/(signal[ \t]*[=:][ \t]*)([A-D])/gi, (_, name: string) => `${name}x`)
    .replace(/^\s*[A-D]\s*$/gim, key => key.replace(/[A-D]/i, 'x'))
  return Buffer.from(text.slice(0, next) + body, 'latin1')
}
