import type { ChargeRecord } from '../../domain/charge-record.js'
import { epochMs } from '../../domain/clock.js'
import { encodeDayClose } from '../../domain/day-close.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { encodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import type { Database } from '../../platform/store.js'
import { kindOf, type RecordColumns, recordOf } from './columns.js'

/** What of a node CRS acknowledged: a quarter-hour file by its number, or the close of a day. */
export interface AskedFile {
  readonly node: string
  readonly due: number | JstDay
}

interface Sealed {
  readonly file_sha256: Buffer
  /** Not kept of what came before CRS gave files back. */
  readonly closed_at: number | null
}

interface SumRow {
  readonly charge_kind: number
  readonly face_value: number
  readonly records: number
}

/** Gives a node back what CRS acknowledged, byte for byte: a node restored from a backup asks for it. */
export class AcceptedFiles {
  readonly #file
  readonly #records
  readonly #close
  readonly #files
  readonly #sums

  constructor(store: Database) {
    this.#file = store.prepare<
      [string, number],
      Sealed & { readonly began_at: number; readonly first_sequence: number }
    >(
      `SELECT began_at, closed_at, first_sequence, file_sha256 FROM quarter_hour_file
        WHERE node = ? AND number = ?`,
    )
    this.#records = store.prepare<{ node: string; number: number }, RecordColumns>(
      `SELECT * FROM charge_record WHERE node = @node AND number = @number
       UNION ALL SELECT * FROM repeated_record WHERE node = @node AND number = @number
       ORDER BY place`,
    )
    this.#close = store.prepare<[string, string], Sealed>(
      'SELECT closed_at, file_sha256 FROM day_close WHERE node = ? AND day = ?',
    )
    this.#files = store.prepare<[string, number, number], { first: number; last: number }>(
      `SELECT min(number) AS first, max(number) AS last FROM quarter_hour_file
        WHERE node = ? AND began_at >= ? AND began_at < ?`,
    )
    this.#sums = store.prepare<[string, number, number], SumRow>(
      `SELECT charge_kind, face_value, sum(record_count) AS records FROM quarter_hour_sum
        WHERE node = ? AND number BETWEEN ? AND ? GROUP BY charge_kind, face_value
        ORDER BY charge_kind, face_value`,
    )
  }

  /** A file as it came; `undefined` when CRS has none, or came to it before it kept all that it takes. */
  read({ node, due }: AskedFile): string | undefined {
    const found = typeof due === 'number' ? this.#quarterHour(node, due) : this.#day(node, due)
    if (!found) return undefined
    const [text, { file_sha256 }] = found
    if (sha256Of(Buffer.from(text, 'latin1')) === file_sha256.toString('hex')) return text
    throw new Fault('CLOSED_FILE_CHANGED', `CRS no longer has ${due} of ${node} as it was taken.`)
  }

  #quarterHour(node: string, number: number): [string, Sealed] | undefined {
    const row = this.#file.get(node, number)
    if (!row || row.closed_at === null) return undefined
    const header = {
      node,
      number,
      beganAt: epochMs(row.began_at),
      closedAt: epochMs(row.closed_at),
      firstSequence: row.first_sequence,
    }
    const records = this.#recordsOf(node, number)
    return [[...encodeQuarterHourFile(header, records, sha256())].join(''), row]
  }

  *#recordsOf(node: string, number: number): Iterable<ChargeRecord> {
    for (const row of this.#records.iterate({ node, number })) yield recordOf(row)
  }

  #day(node: string, day: JstDay): [string, Sealed] | undefined {
    const row = this.#close.get(node, day)
    if (!row || row.closed_at === null) return undefined
    const end = startOfJstDay(nextJstDay(day))
    const { first: firstNumber = 0, last: lastNumber = 0 } =
      this.#files.get(node, startOfJstDay(day), end) ?? {}
    const close = { node, day, closedAt: epochMs(row.closed_at), firstNumber, lastNumber }
    const sums = this.#sums.all(node, firstNumber, lastNumber).map(sum => ({
      kind: kindOf(sum.charge_kind),
      faceValue: yen(sum.face_value),
      count: sum.records,
      sum: yen(sum.face_value * sum.records),
    }))
    return [[...encodeDayClose(close, sums, sha256())].join(''), row]
  }
}
