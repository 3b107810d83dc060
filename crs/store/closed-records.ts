import type { ForwardedDaySum } from '../../domain/forwarded-day-close.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CodeTables, ReceivedRecord } from '../rules/code-tables.js'
import { kindCode, kindOf, type RecordColumns, recordOf } from './columns.js'

type Row = RecordColumns & {
  readonly node: string
  readonly number: number
  readonly place: number
}

interface SumRow {
  readonly node: string
  readonly charge_kind: number
  readonly face_value: number
  readonly taken: number
}

/** Pricall's records end at CRS, the gate to billing (requirements S-05, N-01). */
const FORWARDED = kindCode('mobilers')

/** What billing is to know of what was closed. Never changes once it was closed. */
export class ClosedRecords {
  readonly #records
  readonly #sums
  readonly #tables

  constructor(store: Database) {
    this.#records = store.prepare<[number], Row>(
      `SELECT record.* FROM quarter_hour_file AS file
         JOIN charge_record AS record ON record.node = file.node AND record.number = file.number
        WHERE file.closed_sequence = ? AND record.charge_kind = ${FORWARDED}
        ORDER BY record.charged_at, record.node, record.number, record.place`,
    )
    this.#sums = store.prepare<{ sequence: number }, SumRow>(
      `SELECT sum.node, sum.charge_kind, sum.face_value,
              sum(sum.record_count - sum.repeated_count) AS taken
         FROM quarter_hour_file AS file
         JOIN quarter_hour_sum AS sum ON sum.node = file.node AND sum.number = file.number
        WHERE sum.charge_kind = ${FORWARDED} AND file.closed_sequence < @sequence
          AND file.closed_sequence > coalesce(
            (SELECT max(sequence) FROM closed_file WHERE kind = 2 AND sequence < @sequence), 0)
        GROUP BY sum.node, sum.charge_kind, sum.face_value HAVING taken > 0
        ORDER BY sum.node, sum.charge_kind, sum.face_value`,
    )
    this.#tables = store
      .prepare<[number], string>('SELECT content FROM code_tables WHERE id = ?')
      .pluck()
  }

  /** The records of an hourly file, in its order, read as they are asked for. */
  *of(sequence: number): IterableIterator<ReceivedRecord> {
    for (const row of this.#records.iterate(sequence)) {
      yield { ...recordOf(row), node: row.node, fileNumber: row.number, place: row.place }
    }
  }

  /** What the hourly files hold between the day close before this one and itself. */
  sumsOf(sequence: number): ForwardedDaySum[] {
    return this.#sums.all({ sequence }).map(row => ({
      node: row.node,
      kind: kindOf(row.charge_kind),
      faceValue: yen(row.face_value),
      count: row.taken,
      sum: yen(row.taken * row.face_value),
    }))
  }

  /** The code tables that were in force when something was closed. */
  codeTables(id: number): CodeTables {
    const content = this.#tables.get(id)
    if (content === undefined) throw new TypeError(`the store has no code tables ${id}`)
    return JSON.parse(content)
  }
}
