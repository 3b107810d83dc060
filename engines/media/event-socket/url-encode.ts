/** What FreeSWITCH escapes, beside control characters and all beyond ASCII. */
const UNSAFE = /[\s"#%&+:;<=>?@[\\\]^`{|}]|[^\x21-\x7e]/gu

/** Text with `%XX` for what could break a header line, as FreeSWITCH writes header values. */
export const urlEncode = (text: string): string =>
  text.replace(UNSAFE, character =>
    Array.from(
      Buffer.from(character, 'utf8'),
      byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  )

/**
 * A value of a reply's own header line: readable, but with `%` and line ends escaped, since modesl
 * decodes every value and must not see a line that a caller chose (esl-protocol §1).
 */
export const lineEncode = (text: string): string => text.replace(/[%\r\n]/g, urlEncode)
