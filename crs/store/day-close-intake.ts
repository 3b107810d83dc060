import type { Clock } from '../../domain/clock.js'
import { decodeDayClose } from '../../domain/day-close.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import type { Database } from '../../platform/store.js'
import { type DayOfNode, firstDifference } from '../rules/day-difference.js'
import { expectedOf } from '../rules/delivery.js'
import {
  type AcknowledgedRow,
  acknowledged,
  acknowledgedRow,
  type Taken,
} from './acknowledgement.js'
import { kindOf } from './columns.js'
import type { Deliveries } from './deliveries.js'

/** A day close as it came. */
export interface SentDayClose {
  readonly node: string
  readonly day: JstDay
  readonly body: Uint8Array
}

interface SumRow {
  readonly charge_kind: number
  readonly face_value: number
  readonly records: number
}

/** Takes the day closes of nodes, each once, and only when it says what CRS received (C-04, C-06). */
export class DayCloseIntake {
  readonly #clock: Clock
  readonly #deliveries: Deliveries
  readonly #held
  readonly #add
  readonly #files
  readonly #sums

  constructor(store: Database, deliveries: Deliveries, clock: Clock) {
    this.#clock = clock
    this.#deliveries = deliveries
    this.#held = store.prepare<[string, string], AcknowledgedRow>(
      `SELECT record_count, sum_yen, trailer_sha256, file_sha256, received_at
         FROM day_close WHERE node = ? AND day = ?`,
    )
    this.#add = store.prepare<[AcknowledgedRow & Record<string, unknown>]>(
      `INSERT INTO day_close
         (node, day, record_count, sum_yen, trailer_sha256, file_sha256, received_at, closed_at)
       VALUES
         (@node, @day, @record_count, @sum_yen, @trailer_sha256, @file_sha256, @received_at, @closedAt)`,
    )
    this.#files = store.prepare<[string, number, number], { first: number; last: number }>(
      `SELECT min(number) AS first, max(number) AS last FROM quarter_hour_file
        WHERE node = ? AND began_at >= ? AND began_at < ?`,
    )
    this.#sums = store.prepare<[string, number, number], SumRow>(
      `SELECT charge_kind, face_value, sum(record_count) AS records FROM quarter_hour_sum
        WHERE node = ? AND number BETWEEN ? AND ? GROUP BY charge_kind, face_value`,
    )
  }

  /** Runs inside a transaction. */
  take({ node, day, body }: SentDayClose): Taken {
    const digest = sha256Of(body)
    const held = this.#held.get(node, day)
    if (held?.file_sha256.toString('hex') === digest) {
      return acknowledged({ node, day }, held, { fresh: false, repeated: [] })
    }
    const read = decodeDayClose(Buffer.from(body).toString('latin1'), sha256())
    if (read.outcome === 'malformed') return read
    const { close, sums } = read
    const why = close.node !== node ? `it is of the node ${close.node}` : undefined
    const mistake = why ?? (close.day !== day ? `it is of the day ${close.day}` : undefined)
    if (mistake) return { outcome: 'malformed', line: 1, why: mistake }
    if (held) return { outcome: 'changed' }
    const expected = expectedOf(this.#deliveries.of(node))
    if (expected !== day) return { outcome: 'gap', expected }
    const difference = firstDifference({ ...close, sums }, this.#received(node, day))
    if (difference) return { outcome: 'differs', why: difference }

    const row = acknowledgedRow(read.trailer, digest, this.#clock.now())
    this.#add.run({ node, day, closedAt: close.closedAt, ...row })
    return acknowledged({ node, day }, row, { fresh: true, repeated: [] })
  }

  #received(node: string, day: JstDay): DayOfNode {
    const end = startOfJstDay(nextJstDay(day))
    const files = this.#files.get(node, startOfJstDay(day), end)
    const { first = 0, last = 0 } = files ?? {}
    const sums = this.#sums.all(node, first, last).map(row => ({
      kind: kindOf(row.charge_kind),
      faceValue: yen(row.face_value),
      count: row.records,
    }))
    return { firstNumber: first, lastNumber: last, sums }
  }
}
