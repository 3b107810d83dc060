import type { ChargeSum } from '../../domain/day-sums.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { kindCode } from './columns.js'

/** What CRS says of a day's charges for billing, of all nodes; each charge id once (requirement C-08). */
export interface HourlySums {
  /** In quarter-hour files that CRS took. */
  readonly taken: ChargeSum
  /** In hourly files that are closed. */
  readonly hourly: ChargeSum
}

/** Sums a day, beside the writer. */
export function hourlySums(store: Database, day: JstDay): HourlySums {
  const found = store
    .prepare<
      [number, number, number],
      { taken: number; taken_yen: number; hourly: number; hourly_yen: number }
    >(
      `SELECT coalesce(sum(fresh), 0) AS taken, coalesce(sum(fresh * face_value), 0) AS taken_yen,
         coalesce(sum(fresh) FILTER (WHERE closed), 0) AS hourly,
         coalesce(sum(fresh * face_value) FILTER (WHERE closed), 0) AS hourly_yen
       FROM (
         SELECT quarter_hour_sum.record_count - repeated_count AS fresh, face_value,
           closed_sequence IS NOT NULL AS closed
         FROM quarter_hour_file JOIN quarter_hour_sum USING (node, number)
         WHERE began_at >= ? AND began_at < ? AND charge_kind = ?
       )`,
    )
    .get(startOfJstDay(day), startOfJstDay(nextJstDay(day)), kindCode('mobilers'))
  return {
    taken: { count: found?.taken ?? 0, yen: found?.taken_yen ?? 0 },
    hourly: { count: found?.hourly ?? 0, yen: found?.hourly_yen ?? 0 },
  }
}
