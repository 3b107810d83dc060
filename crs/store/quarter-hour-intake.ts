import type { ChargeRecord } from '../../domain/charge-record.js'
import type { Clock } from '../../domain/clock.js'
import { decodeQuarterHourFile, type QuarterHourHeader } from '../../domain/quarter-hour-file.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import type { Database } from '../../platform/store.js'
import { expectedOf, mistakeInName, mistakeInOrder } from '../rules/delivery.js'
import {
  type AcknowledgedRow,
  acknowledged,
  acknowledgedRow,
  type Taken,
} from './acknowledgement.js'
import { recordColumns } from './columns.js'
import type { Deliveries } from './deliveries.js'

/** A quarter-hour file as it came. */
export interface SentFile {
  readonly node: string
  readonly number: number
  readonly body: Uint8Array
}

/** What a file holds of one charge kind and face value. */
interface SumRow {
  readonly node: string
  readonly number: number
  readonly kind: number
  readonly faceValue: number
  records: number
  repeated: number
}

/** The columns of a record in their order: bound by place, since by name it takes twice the time. */
type RecordRow = [
  node: string,
  number: number,
  place: number,
  token: Buffer,
  entry: number,
  msisdn: number,
  kind: number,
  serial: string,
  faceValue: number,
  chargedAt: number,
]

const RECORD_VALUES = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** More than any face value, which has seven digits: one number names kind and face value. */
const FACE_VALUES = 10_000_000

/** Takes quarter-hour files, each whole or not at all, and each once (requirements C-01, C-08). */
export class QuarterHourIntake {
  readonly #clock: Clock
  readonly #deliveries: Deliveries
  readonly #held
  readonly #addFile
  readonly #addRecord
  readonly #addRepeated
  readonly #addSum

  constructor(store: Database, deliveries: Deliveries, clock: Clock) {
    this.#clock = clock
    this.#deliveries = deliveries
    this.#held = store.prepare<[string, number], AcknowledgedRow>(
      `SELECT record_count, sum_yen, trailer_sha256, file_sha256, received_at
         FROM quarter_hour_file WHERE node = ? AND number = ?`,
    )
    this.#addFile = store.prepare<[AcknowledgedRow & Record<string, unknown>]>(
      `INSERT INTO quarter_hour_file
         (node, number, began_at, first_sequence, record_count, sum_yen, trailer_sha256,
          file_sha256, received_at, closed_at)
       VALUES (@node, @number, @beganAt, @firstSequence, @record_count, @sum_yen, @trailer_sha256,
          @file_sha256, @received_at, @closedAt)`,
    )
    this.#addRecord = store.prepare<RecordRow>(
      `INSERT INTO charge_record VALUES ${RECORD_VALUES} ON CONFLICT (token, entry) DO NOTHING`,
    )
    this.#addRepeated = store.prepare<RecordRow>(
      `INSERT INTO repeated_record VALUES ${RECORD_VALUES}`,
    )
    this.#addSum = store.prepare<[SumRow]>(
      `INSERT INTO quarter_hour_sum
       VALUES (@node, @number, @kind, @faceValue, @records, @repeated)`,
    )
  }

  /** Runs inside a transaction. */
  take({ node, number, body }: SentFile): Taken {
    const digest = sha256Of(body)
    const held = this.#held.get(node, number)
    if (held?.file_sha256.toString('hex') === digest) {
      return acknowledged({ node, number }, held, { fresh: false, repeated: [] })
    }
    const read = decodeQuarterHourFile(Buffer.from(body).toString('latin1'), sha256())
    if (read.outcome === 'malformed') return read
    const misnamed = mistakeInName(read.header, { node, number })
    if (misnamed) return { outcome: 'malformed', line: 1, why: misnamed }
    if (held) return { outcome: 'changed' }
    const delivered = this.#deliveries.of(node)
    const expected = expectedOf(delivered)
    if (expected !== number) return { outcome: 'gap', expected }
    const why = mistakeInOrder(read.header, delivered)
    if (why) return { outcome: 'malformed', line: 1, why }

    const row = acknowledgedRow(read.trailer, digest, this.#clock.now())
    this.#addFile.run({ ...read.header, ...row })
    const repeated = this.#keep(read.header, read.records)
    return acknowledged({ node, number }, row, { fresh: true, repeated })
  }

  /** Keeps the records and what they sum up to; names those whose charge id was there already. */
  #keep({ node, number }: QuarterHourHeader, records: readonly ChargeRecord[]): readonly string[] {
    const repeated: string[] = []
    const sums = new Map<number, SumRow>()
    for (const [index, record] of records.entries()) {
      const { token, entry, msisdn, charge_kind: kind, ...columns } = recordColumns(record)
      const { serial, face_value: faceValue, charged_at: chargedAt } = columns
      const place = index + 1
      const own = [token, entry, msisdn, kind, serial, faceValue, chargedAt] as const
      const fresh = this.#addRecord.run(node, number, place, ...own).changes === 1
      if (!fresh) {
        this.#addRepeated.run(node, number, place, ...own)
        repeated.push(`${record.chargeId} at place ${place}`)
      }
      const name = kind * FACE_VALUES + faceValue
      const sum = sums.get(name) ?? { node, number, kind, faceValue, records: 0, repeated: 0 }
      sum.records++
      if (!fresh) sum.repeated++
      sums.set(name, sum)
    }
    for (const sum of sums.values()) this.#addSum.run(sum)
    return repeated
  }
}
