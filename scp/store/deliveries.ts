import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, QUARTER_HOUR_MS } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { Due, From } from '../rules/transfer.js'
import { type ClosedDay, closedDayOf, DAY_CLOSE_COLUMNS, type DayCloseRow } from './day-closes.js'
import { dayKey } from './keys.js'
import {
  type ClosedQuarterHour,
  closedQuarterHourOf,
  QUARTER_HOUR_COLUMNS,
  type QuarterHourRow,
} from './quarter-hours.js'

/** A file that CRS is owed, on disk. */
export type Delivery = {
  readonly due: Due
  readonly sum: Yen
  /** SHA-256 as the file's trailer has it, lower-case hexadecimal. */
  readonly sha256: string
} & (
  | { readonly kind: 'quarter_hour_file'; readonly closed: ClosedQuarterHour }
  | { readonly kind: 'day_close'; readonly closed: ClosedDay }
)

/** A file that CRS has, and its answer as it came. */
export interface Acknowledged {
  readonly due: Due
  readonly answer: Uint8Array
}

/** Most charge records in the files of one request: some 800 KB, within `BYTES_TOGETHER_MAX`. */
const RECORDS_TOGETHER_MAX = 8_000

interface Sealed {
  readonly sum_yen: number
  readonly sha256: Buffer
}

/**
 * What CRS is owed, and what it acknowledged, in the order of the road: the quarter-hour files of a day,
 * then its close (docs/formats/transfer-to-crs.md).
 */
export class Deliveries {
  readonly #quarterHour
  readonly #beganAt
  readonly #dayClose
  readonly #lastAcknowledged
  readonly #acknowledgedDay
  readonly #acknowledge
  readonly #countOwed

  constructor(store: Database) {
    this.#quarterHour = store.prepare<[number], QuarterHourRow & Sealed>(
      `SELECT ${QUARTER_HOUR_COLUMNS}, sum_yen, sha256 FROM quarter_hour_file
       WHERE number = ? AND sha256 IS NOT NULL`,
    )
    this.#beganAt = store
      .prepare<[number], number>('SELECT began_at FROM quarter_hour_file WHERE number = ?')
      .pluck()
    this.#dayClose = store.prepare<[number], DayCloseRow & Sealed>(
      `SELECT ${DAY_CLOSE_COLUMNS}, sum_yen, sha256 FROM day_close
       WHERE day = ? AND sha256 IS NOT NULL`,
    )
    this.#lastAcknowledged = store
      .prepare<[], number | null>('SELECT max(number) FROM acknowledgement')
      .pluck()
    this.#acknowledgedDay = store
      .prepare<[number], number>('SELECT 1 FROM acknowledgement WHERE day = ?')
      .pluck()
    this.#acknowledge = store.prepare<[number | null, number | null, Uint8Array, number]>(
      `INSERT INTO acknowledgement (number, day, answer, acknowledged_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#countOwed = store
      .prepare<[number], number>('SELECT count(*) FROM quarter_hour_file WHERE number > ?')
      .pluck()
  }

  /** What CRS is owed from there on, as far as it is on disk: at most `max` files, that fit in one request. */
  owed(from: From, max: number): Delivery[] {
    const owed: Delivery[] = []
    let records = 0
    let due = this.#due(from)
    while (owed.length < max) {
      const delivery = this.#find(due)
      records += delivery?.closed.recordCount ?? 0
      if (!delivery || (owed.length > 0 && records > RECORDS_TOGETHER_MAX)) break
      owed.push(delivery)
      due = this.#after(due)
    }
    return owed
  }

  /** Keeps what CRS answered, byte for byte. The first answer stays. */
  acknowledge({ due, answer }: Acknowledged, at: EpochMs): void {
    const [number, day] = typeof due === 'number' ? [due, null] : [null, dayKey(due)]
    this.#acknowledge.run(number, day, answer, at)
  }

  /** How many quarter-hour files CRS has not acknowledged. */
  countOwed(): number {
    return this.#countOwed.get(this.#lastAcknowledged.get() ?? 0) ?? 0
  }

  #due(from: From): Due {
    if (from === 'first') return this.#firstOwed()
    return 'at' in from ? from.at : this.#after(from.after)
  }

  /** What CRS has not acknowledged first, whether it is on disk yet or not. */
  #firstOwed(): Due {
    const last = this.#lastAcknowledged.get() ?? 0
    const day = this.#dayEndingWith(last)
    if (day !== undefined && this.#acknowledgedDay.get(dayKey(day)) === undefined) return day
    return last + 1
  }

  /** What comes after a file or a day close. */
  #after(due: Due): Due {
    if (typeof due !== 'number') return (this.#dayClose.get(dayKey(due))?.last_number ?? 0) + 1
    return this.#dayEndingWith(due) ?? due + 1
  }

  /** The day that was closed with a quarter-hour; `undefined`: it goes on after it, or there is no such one yet. */
  #dayEndingWith(number: number): JstDay | undefined {
    const beganAt = this.#beganAt.get(number)
    if (beganAt === undefined) return undefined
    const day = jstDay(epochMs(beganAt))
    return jstDay(epochMs(beganAt + QUARTER_HOUR_MS)) === day ? undefined : day
  }

  #find(due: Due): Delivery | undefined {
    if (typeof due === 'number') {
      const row = this.#quarterHour.get(due)
      return (
        row && { due, kind: 'quarter_hour_file', closed: closedQuarterHourOf(row), ...sealed(row) }
      )
    }
    const row = this.#dayClose.get(dayKey(due))
    return row && { due, kind: 'day_close', closed: closedDayOf(row), ...sealed(row) }
  }
}

const sealed = ({ sum_yen, sha256 }: Sealed) => ({
  sum: yen(sum_yen),
  sha256: sha256.toString('hex'),
})
