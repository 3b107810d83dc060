/** A prime: a bit that falls in a number, which is ± a power of two, always changes the remainder. */
const PRIME = 2_147_483_647

/** A sum over columns of a row, in SQL; each counts by another factor, and nothing counts as -1. */
const sumOf = (row: string, columns: readonly string[]): string =>
  `(${columns
    .map((column, place) => `(coalesce(${row}.${column}, -1) % ${PRIME}) * ${1_009 + 2 * place}`)
    .join(' + ')}) % ${PRIME}`

/** What of a batch decides whether its cards are credited, and with how much. Never changes: stores hold it. */
export const batchSum = (row: string): string =>
  sumOf(row, ['batch', 'first_serial', 'card_count', 'face_value', 'key_id', 'state'])

/** What of a range decides whether its cards are credited. Never changes: stores hold it. */
export const rangeSum = (row: string): string =>
  sumOf(row, ['first_serial', 'last_serial', 'batch', 'state', 'expires_at'])
