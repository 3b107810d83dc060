import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  HOUR_MS,
  type JstDay,
  type JstMonth,
  startOfHour,
  startOfJstDay,
} from '../../domain/jst.js'

/** When corrections may begin on the first business day, and the day on which they are over (P-05). */
const BEGINS_AT_HOUR = 13
const ENDS_ON = '08'

const MINUTE_MS = 60_000

/**
 * Days on which offices are closed among the first of a month: the New Year, the holidays of May and Culture
 * Day. Substitute holidays never fall on what would else be the first business day of a month.
 */
const CLOSED: ReadonlySet<string> = new Set([
  '01-01',
  '01-02',
  '01-03',
  '05-03',
  '05-04',
  '05-05',
  '11-03',
])

/** Of the year of an enthronement. */
const CLOSED_ONCE: ReadonlySet<string> = new Set(['2019-05-01', '2019-05-02', '2019-05-06'])

/** Minute of each hour at which corrections show (P-05: «the hourly refresh at minute 10»). */
const REFRESH_MINUTE = 10

/** The newest refresh at a moment or before it: corrections that were made before it show. */
export function lastRefresh(now: EpochMs): EpochMs {
  const ofHour = REFRESH_MINUTE * MINUTE_MS
  return epochMs(startOfHour(epochMs(now - ofHour)) + ofHour)
}

/** From when on a correction shows that is made at a moment. */
export const showsFrom = (correctedAt: EpochMs): EpochMs =>
  epochMs(lastRefresh(correctedAt) + HOUR_MS)

/** データ補正期間, half-open: first business day 13:00 to the end of the 7th (requirement P-05). */
export interface CorrectionWindow {
  readonly from: EpochMs
  readonly until: EpochMs
}

/** The window in which invoices that are issued in a month may be corrected; after it they are final (§7.15). */
export function correctionWindow(billingMonth: JstMonth): CorrectionWindow {
  const first = firstBusinessDay(billingMonth)
  return {
    from: epochMs(startOfJstDay(first) + BEGINS_AT_HOUR * HOUR_MS),
    until: startOfJstDay(`${billingMonth}-${ENDS_ON}` as JstDay),
  }
}

/** The first day of a month on which offices are open. */
export function firstBusinessDay(month: JstMonth): JstDay {
  for (let day = 1; ; day++) {
    const text = `${month}-${`${day}`.padStart(2, '0')}` as JstDay
    const ofWeek = new Date(`${text}T00:00:00Z`).getUTCDay()
    const open = ofWeek !== 0 && ofWeek !== 6
    if (open && !CLOSED.has(text.slice(5)) && !CLOSED_ONCE.has(text)) return text
  }
}
