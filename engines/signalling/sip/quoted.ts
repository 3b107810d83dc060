const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The index just behind the `quoted-string` (RFC 3261 §25.1) that opens at `at`, or -1 when nothing
 * closes it.
 */
export function endOfQuoted(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index++
    else if (code === QUOTE) return index + 1
  }
  return -1
}

/** What a quoted string says, without its quotes and with quoted pairs undone; other text as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== QUOTE) return text
  const inner = text.slice(1, -1)
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner
}

/** `text` as a quoted string; line breaks, which no quoted string may hold, become spaces. */
export const quote = (text: string): string =>
  `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\\$&')}"`
