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
import { type RecordColumns, recordColumns } from './columns.js'
import type { Deliveries } from './deliveries.js'

/** A quarter-hour file as it came. */
export interface SentFile {
  readonly node: string
  readonly number: number
  readonly body: Uint8Array
}

type PlacedRecord = RecordColumns & {
  readonly node: string
  readonly number: number
  readonly place: number
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

const RECORD_VALUES =
  '(@node, @number, @place, @token, @entry, @msisdn, @charge_kind, @serial, @face_value, @charged_at)'

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
    this.#addRecord = store.prepare<[PlacedRecord]>(
      `INSERT INTO charge_record VALUES ${RECORD_VALUES} ON CONFLICT (token, entry) DO NOTHING`,
    )
    this.#addRepeated = store.prepare<[PlacedRecord]>(
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
    const sums = new Map<string, SumRow>()
    for (const [index, record] of records.entries()) {
      const columns = { ...recordColumns(record), node, number, place: index + 1 }
      const fresh = this.#addRecord.run(columns).changes === 1
      if (!fresh) {
        this.#addRepeated.run(columns)
        repeated.push(`${record.chargeId} at place ${index + 1}`)
      }
      const { charge_kind: kind, face_value: faceValue } = columns
      const name = `${kind} ${faceValue}`
      const sum = sums.get(name) ?? { node, number, kind, faceValue, records: 0, repeated: 0 }
      sum.records++
      if (!fresh) sum.repeated++
      sums.set(name, sum)
    }
    for (const sum of sums.values()) this.#addSum.run(sum)
    return repeated
  }
}
