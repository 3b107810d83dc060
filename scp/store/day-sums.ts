import { isChargeKind } from '../../domain/charge-kind.js'
import type { ScpDaySums } from '../../domain/day-sums.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import type { Yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { chargeKinds } from './keys.js'

interface KindRow {
  readonly charge_kind: number
  readonly records: number
  readonly yen: number
  readonly used: number
  readonly used_yen: number
  readonly filed: number
  readonly filed_yen: number
}

interface UnitRow {
  readonly owed: number
  readonly owed_units: number
  readonly added: number
  readonly added_units: number
}

/** A day's records stand together: charges are recorded in the order of their times. */
interface Span {
  readonly first: number
  /** The first record of a later day, or beyond all. */
  readonly end: number
  /** The first record of the day that stands in no file on disk. */
  readonly unfiled: number
}

/** Sums of a day for the proof that every card used has arrived (architecture, point 5); read beside the writer. */
export class DaySumsReader {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  /** `unit`: what one unit costs a Pricall subscriber. */
  read(day: JstDay, unit: Yen): ScpDaySums {
    const [from, to] = [startOfJstDay(day), startOfJstDay(nextJstDay(day))]
    const span = this.#spanOf(from, to)
    const files = this.#store
      .prepare<[number, number], { count: number; yen: number }>(
        `SELECT coalesce(sum(record_count), 0) AS count, coalesce(sum(sum_yen), 0) AS yen
         FROM quarter_hour_file WHERE began_at >= ? AND began_at < ? AND sha256 IS NOT NULL`,
      )
      .get(from, to)
    const units = this.#unitsOf(span)
    return {
      kinds: this.#kindsOf(span),
      files: files ?? { count: 0, yen: 0 },
      unitsOwed: { count: units?.owed ?? 0, yen: (units?.owed_units ?? 0) * unit },
      unitsAdded: { count: units?.added ?? 0, yen: (units?.added_units ?? 0) * unit },
    }
  }

  /** Before the first close of a day, its records are those behind the last file. */
  #spanOf(from: number, to: number): Span {
    const one = (sql: string, ...given: number[]) =>
      this.#store
        .prepare<number[], number | null>(sql)
        .pluck()
        .get(...given)
    const behind = one('SELECT max(first_sequence + record_count) FROM quarter_hour_file') ?? 1
    const firstFrom = 'SELECT min(first_sequence) FROM quarter_hour_file WHERE began_at >= ?'
    const first = one(firstFrom, from) ?? behind
    return {
      first,
      end: one(firstFrom, to) ?? Number.MAX_SAFE_INTEGER,
      unfiled:
        one(
          `SELECT max(first_sequence + record_count) FROM quarter_hour_file
           WHERE began_at >= ? AND began_at < ? AND sha256 IS NOT NULL`,
          ...[from, to],
        ) ?? first,
    }
  }

  #kindsOf({ first, end, unfiled }: Span): ScpDaySums['kinds'] {
    return this.#store
      .prepare<number[], KindRow>(
        `SELECT charge_kind, count(*) AS records, sum(charge_record.face_value) AS yen,
           count(batch.batch) AS used, coalesce(sum(batch.face_value), 0) AS used_yen,
           count(*) FILTER (WHERE sequence < ?) AS filed,
           coalesce(sum(charge_record.face_value) FILTER (WHERE sequence < ?), 0) AS filed_yen
         FROM charge_record
         LEFT JOIN card ON card.serial = charge_record.serial AND card.used_by = charge_record.msisdn
         LEFT JOIN batch ON batch.batch = card.batch
         WHERE sequence >= ? AND sequence < ? GROUP BY charge_kind`,
      )
      .all(unfiled, unfiled, first, end)
      .flatMap(row => {
        const kind = chargeKinds.word(row.charge_kind)
        if (!isChargeKind(kind)) return []
        return {
          kind,
          used: { count: row.used, yen: row.used_yen },
          recorded: { count: row.records, yen: row.yen },
          filed: { count: row.filed, yen: row.filed_yen },
        }
      })
  }

  #unitsOf({ first, end }: Span): UnitRow | undefined {
    return this.#store
      .prepare<[number, number], UnitRow>(
        `SELECT count(*) AS owed, coalesce(sum(units), 0) AS owed_units,
           count(*) FILTER (WHERE acknowledged = 1) AS added,
           coalesce(sum(units) FILTER (WHERE acknowledged = 1), 0) AS added_units
         FROM unit_outbox WHERE sequence >= ? AND sequence < ?`,
      )
      .get(first, end)
  }
}
