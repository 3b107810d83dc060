import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  addMonths,
  type JstDay,
  jstDay,
  jstMonth,
  jstText,
  nextJstDay,
  startOfHour,
  startOfJstDay,
  startOfJstMonth,
} from '../../domain/jst.js'

/** How long a row of the table is (Figure 6: 単位 15 min, hour, day). */
export const SPANS = ['quarter-hour', 'hour', 'day'] as const

export type Span = (typeof SPANS)[number]

/** What a table shows: the half-open time [from, to), and a day in each of its neighbours. */
export interface Period {
  readonly from: EpochMs
  readonly to: EpochMs
  readonly before: JstDay
  readonly after: JstDay
}

/** The period of the table in which a day stands: that day, or its month where each row is a day. */
export function periodOf(day: JstDay, by: Span): Period {
  const month = jstMonth(startOfJstDay(day))
  const [from, to] =
    by === 'day'
      ? [startOfJstMonth(month), startOfJstMonth(addMonths(month, 1))]
      : [startOfJstDay(day), startOfJstDay(nextJstDay(day))]
  const before = by === 'day' ? startOfJstMonth(addMonths(month, -1)) : epochMs(from - 1)
  return { from, to, before: jstDay(before), after: jstDay(to) }
}

/** The start of the row in which a quarter-hour stands. */
export function slotOf(quarterHour: EpochMs, by: Span): EpochMs {
  if (by === 'quarter-hour') return quarterHour
  return by === 'hour' ? startOfHour(quarterHour) : startOfJstDay(jstDay(quarterHour))
}

/** How a row is called: `10:15`, or `2001-01-15` where it is a day. */
export const slotName = (beganAt: EpochMs, by: Span): string =>
  by === 'day' ? jstDay(beganAt) : jstText(beganAt).slice(11, 16)
