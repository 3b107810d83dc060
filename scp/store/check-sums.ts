/** A prime: a bit that falls in a number, which is ± a power of two, always changes the remainder. */
const PRIME = 2_147_483_647

/** A sum over columns of a row, in SQL; each counts by another factor, and nothing counts as -1. */
const sumOf = (row: string, columns: readonly string[]): string =>
  `(${columns
    .map((column, place) => `(coalesce(${row}.${column}, -1) % ${PRIME}) * ${1_009 + 2 * place}`)
    .join(' + ')}) % ${PRIME}`

const FIRST_OF_BATCH = ['batch', 'first_serial', 'card_count', 'face_value', 'key_id', 'state']
const FIRST_OF_RANGE = ['first_serial', 'last_serial', 'batch', 'state', 'expires_at']

/** The sum of a batch in stores of the first form that had one. */
export const firstBatchSum = (row: string): string => sumOf(row, FIRST_OF_BATCH)

/** The sum of a range in stores of the first form that had one. */
export const firstRangeSum = (row: string): string => sumOf(row, FIRST_OF_RANGE)

/**
 * What of a batch decides whether its cards are credited, and with how much, now or after an act on it.
 * Never changes: stores hold it.
 */
export const batchSum = (row: string): string => sumOf(row, [...FIRST_OF_BATCH, 'frozen_from'])

/** What of a range decides whether its cards are credited, now or after an act on it. Never changes: stores hold it. */
export const rangeSum = (row: string): string =>
  sumOf(row, [...FIRST_OF_RANGE, 'frozen_from', 'extended'])
