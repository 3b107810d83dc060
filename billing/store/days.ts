import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, nextJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { Outbox } from './outbox.js'

/** What is known of one day of Japan's charges. */
export interface Day {
  readonly day: JstDay
  /** Sequence of its forwarded day close; `undefined` when none came. */
  readonly sequence: number | undefined
  /** What the day close says otherwise than what was reflected. */
  readonly difference: string | undefined
  readonly confirmedAt: EpochMs | undefined
  /** Why an operator confirmed it. */
  readonly reason: string | undefined
}

interface Row {
  readonly day: string
  readonly sequence: number | null
  readonly difference: string | null
  readonly confirmed_at: number | null
  readonly reason: string | null
}

/** Confirmed days (requirement C-06): those whose charges billing knows to be complete. */
export class Days {
  readonly #store: Database
  readonly #outbox: Outbox

  constructor(store: Database, outbox: Outbox) {
    this.#store = store
    this.#outbox = outbox
  }

  /** Keeps what a day's close came to. A day that an operator confirmed stays confirmed. */
  close(day: JstDay, sequence: number, difference: string | undefined, now: EpochMs): void {
    const before = this.confirmedThrough()
    this.#store
      .prepare(
        `INSERT INTO day (day, sequence, difference, confirmed_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (day) DO UPDATE SET sequence = excluded.sequence, difference = excluded.difference,
           confirmed_at = coalesce(confirmed_at, excluded.confirmed_at)`,
      )
      .run(day, sequence, difference ?? null, difference === undefined ? now : null)
    this.#tell(before)
  }

  /** An operator confirms every day up to one, whether its close differs or never came. */
  confirmThrough(through: JstDay, reason: string, now: EpochMs): void {
    const before = this.confirmedThrough()
    const first = this.#first() ?? through
    const confirm = this.#store.prepare(
      `INSERT INTO day (day, confirmed_at, reason) VALUES (?, ?, ?)
       ON CONFLICT (day) DO UPDATE SET confirmed_at = excluded.confirmed_at, reason = excluded.reason
         WHERE confirmed_at IS NULL`,
    )
    for (let day = before === undefined ? first : nextJstDay(before); day <= through; ) {
      confirm.run(day, now, reason)
      day = nextJstDay(day)
    }
    this.#tell(before)
  }

  /** The last of the days, from the first one on, that are all confirmed; `undefined` when none is. */
  confirmedThrough(): JstDay | undefined {
    const first = this.#first()
    if (first === undefined) return undefined
    // Confirmed days that follow each other have one difference of day and place.
    const through = this.#store
      .prepare<[string, string], string | null>(
        `SELECT max(day) FROM (
           SELECT day, julianday(day) - row_number() OVER (ORDER BY day) AS island
           FROM day WHERE confirmed_at IS NOT NULL AND day >= ?
         ) WHERE island = julianday(?) - 1`,
      )
      .pluck()
      .get(first, first)
    return through === null || through === undefined ? undefined : (through as JstDay)
  }

  /** Days of which something is known, the newest first. */
  newest(max: number): Day[] {
    return this.#store
      .prepare<[number], Row>('SELECT * FROM day ORDER BY day DESC LIMIT ?')
      .all(max)
      .map(dayOf)
  }

  /** The day with which billing's knowledge begins. */
  #first(): JstDay | undefined {
    const first = this.#store
      .prepare<[], string | null>(
        `SELECT min(day) FROM (
           SELECT min(day) AS day FROM received_file UNION ALL SELECT min(day) FROM day)`,
      )
      .pluck()
      .get()
    return first === null || first === undefined ? undefined : (first as JstDay)
  }

  #tell(before: JstDay | undefined): void {
    const through = this.confirmedThrough()
    if (through !== undefined && through !== before) {
      this.#outbox.add({ kind: 'days_confirmed', through })
    }
  }
}

const dayOf = (row: Row): Day => ({
  day: row.day as JstDay,
  sequence: row.sequence ?? undefined,
  difference: row.difference ?? undefined,
  confirmedAt: row.confirmed_at === null ? undefined : epochMs(row.confirmed_at),
  reason: row.reason ?? undefined,
})
