/** Characters of a `token` (RFC 3261 §25.1), as the inside of a character class. */
export const TOKEN_CHARACTERS = "A-Za-z0-9\\-.!%*_+`'~"

const TOKEN = new RegExp(`^[${TOKEN_CHARACTERS}]+$`)

/** True for a `token` (RFC 3261 §25.1): methods, header names, parameter names, schemes of digest. */
export const isToken = (text: string): boolean => TOKEN.test(text)

const SPACE = 0x20
const TAB = 0x09

/** True for SP and HTAB, what linear white space consists of once a field is unfolded. */
export const isBlank = (code: number): boolean => code === SPACE || code === TAB

/** The index of the first character from `at` that is not SP or HTAB. */
export function skipBlanks(text: string, at: number): number {
  let index = at
  while (isBlank(text.charCodeAt(index))) index++
  return index
}

/** The index behind the last character before `to` that is not SP or HTAB, at least `from`. */
export function trimmedEnd(text: string, from: number, to: number): number {
  let end = to
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--
  return end
}

/**
 * `text` from `from` to `to` without SP and HTAB at both ends. Not `String.trim`, which also takes
 * what TEXT-UTF8 allows, such as U+FEFF (RFC 4475 §3.1.1.2 begins a value with it).
 */
export function trimmed(text: string, from: number, to: number): string {
  const start = Math.min(skipBlanks(text, from), to)
  return text.slice(start, trimmedEnd(text, start, to))
}
