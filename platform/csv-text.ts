/** One record as CSV (RFC 4180), without its line end; a field is quoted where it must be. */
export const csvLine = (fields: readonly (string | number | undefined)[]): string =>
  fields.map(field => quoted(`${field ?? ''}`)).join(',')

/** One record as CSV, with its line end. */
export const csvRecord = (fields: readonly (string | number | undefined)[]): string =>
  `${csvLine(fields)}\r\n`

/** The byte-order mark by which spreadsheets know UTF-8. */
export const CSV_START = '\ufeff'

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
