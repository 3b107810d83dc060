import type { EpochMs } from '../../domain/clock.js'
import { addMonths, type JstDay, type JstMonth, jstDay, jstMonth } from '../../domain/jst.js'

/**
 * 適用有効期間: whole months of Japan, both included, in which an invoice may be issued that the balance
 * pays (seed 004 §2.3(3), Table 3; requirements S-23 … S-26, §7.2).
 */
export interface Validity {
  readonly start: JstMonth
  readonly end: JstMonth
}

/** Length of the validity: two years (Table 3). */
const VALIDITY_MONTHS = 24

/**
 * The validity that a charge gives to the whole balance. It starts in the month after the charge, or in
 * the same month if that was on the 1st (S-24).
 */
export function validityFrom(chargedAt: EpochMs): Validity {
  const first = jstDay(chargedAt).endsWith('-01')
  const start = addMonths(jstMonth(chargedAt), first ? 0 : 1)
  return { start, end: addMonths(start, VALIDITY_MONTHS - 1) }
}

/** The last day of a month of Japan. */
export function lastDayOfMonth(month: JstMonth): JstDay {
  const [year = 0, ofYear = 1] = month.split('-').map(Number)
  const length = new Date(Date.UTC(year, ofYear, 0)).getUTCDate()
  return `${month}-${length}` as JstDay
}

/**
 * Up to which month money is valid, given the charges at or after it, the earliest first: each one in time
 * restarts the validity of all (S-23, S-26), and one too late revives nothing.
 */
export function validThrough(charges: readonly EpochMs[]): JstMonth | undefined {
  let end: JstMonth | undefined
  for (const chargedAt of charges) {
    if (end !== undefined && jstMonth(chargedAt) > end) return end
    end = validityFrom(chargedAt).end
  }
  return end
}
