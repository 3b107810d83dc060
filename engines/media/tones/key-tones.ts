import { type Digit, parseDigit } from '../../../platform/rtp/telephone-event.js'

/** ITU-T Q.23 §2: the two tones of a key, Hz: one of its row, and one, higher, of its column. */
export const ROW_HZ = [697, 770, 852, 941] as const
export const COLUMN_HZ = [1_209, 1_336, 1_477, 1_633] as const

const KEYS = ['123A', '456B', '789C', '*0#D']

/** The key of a row and a column, each counted from 0. */
export const keyAt = (row: number, column: number): Digit | undefined =>
  parseDigit(KEYS[row]?.charAt(column) ?? '')

/** Amplitude of a sine of 0 dBm0 in linear samples of 16 bits (G.711, Table 2: full scale is 3.17 dBm0). */
export const AMPLITUDE_0_DBM0 = 32_636 / 10 ** (3.17 / 20)
