import type { ChargeKind } from '../../domain/charge-kind.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { DaySum } from '../../domain/day-close.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import {
  chargeIdOf,
  chargeKinds,
  msisdnKey,
  msisdnOf,
  partsOf,
  serialKey,
  serialOf,
  tokenKey,
} from './keys.js'

/** A charge record with its place in this node's log: 1, 2, 3 … without gap, in the order of time. */
export interface LoggedCharge extends ChargeRecord {
  readonly sequence: number
}

/** One card that a number registered. */
export interface Registration {
  readonly at: EpochMs
  readonly amount: Yen
}

interface Row {
  readonly sequence: number
  readonly token: Buffer
  readonly entry: number
  readonly msisdn: number
  readonly charge_kind: number
  readonly serial: number
  readonly face_value: number
  readonly charged_at: number
}

interface SumRow {
  readonly charge_kind: number
  readonly face_value: number
  readonly records: number
}

/** The node's charge log: appended to, read, never changed. */
export class ChargeLog {
  readonly #append
  readonly #range
  readonly #sums
  readonly #last
  readonly #ofNumber

  constructor(store: Database) {
    // The sequence is the largest so far and one: nothing is ever deleted, so there is no gap.
    this.#append = store.prepare(
      `INSERT INTO charge_record (token, entry, msisdn, charge_kind, serial, face_value, charged_at)
       VALUES (@token, @entry, @msisdn, @kind, @serial, @faceValue, @chargedAt)`,
    )
    this.#range = store.prepare<[number, number], Row>(
      'SELECT * FROM charge_record WHERE sequence >= ? AND sequence < ? ORDER BY sequence',
    )
    this.#sums = store.prepare<[number, number], SumRow>(
      `SELECT charge_kind, face_value, count(*) AS records FROM charge_record
       WHERE sequence >= ? AND sequence < ? GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    this.#last = store.prepare<[], Pick<Row, 'sequence' | 'charged_at'>>(
      'SELECT sequence, charged_at FROM charge_record ORDER BY sequence DESC LIMIT 1',
    )
    this.#ofNumber = store.prepare<
      [number, number, number],
      Pick<Row, 'charged_at' | 'face_value'>
    >(
      `SELECT charged_at, face_value FROM charge_record
       WHERE msisdn = ? AND charged_at >= ? AND charge_kind = ? ORDER BY charged_at`,
    )
  }

  /** Appends a record; its place. */
  append(record: ChargeRecord): number {
    const { token, entry } = partsOf(record.chargeId)
    const { lastInsertRowid } = this.#append.run({
      token: tokenKey(token),
      entry,
      msisdn: msisdnKey(record.msisdn),
      kind: chargeKinds.code(record.kind),
      serial: serialKey(record.serial),
      faceValue: record.faceValue,
      chargedAt: record.chargedAt,
    })
    return Number(lastInsertRowid)
  }

  /** Sequence and time of the newest record; sequence 0 when there is none. */
  last(): { readonly sequence: number; readonly chargedAt: EpochMs | undefined } {
    const row = this.#last.get()
    return { sequence: row?.sequence ?? 0, chargedAt: row && epochMs(row.charged_at) }
  }

  /** What `count` records from a sequence on come to, by kind and face value in this order. */
  sums(firstSequence: number, count: number): DaySum[] {
    return this.#sums.all(firstSequence, firstSequence + count).map(row => ({
      kind: chargeKinds.word(row.charge_kind),
      faceValue: yen(row.face_value),
      count: row.records,
      sum: yen(row.face_value * row.records),
    }))
  }

  /** What a number registered from a moment on, by one charge kind, in the order of time. */
  of(msisdn: Msisdn, kind: ChargeKind, from: EpochMs): Registration[] {
    const rows = this.#ofNumber.all(msisdnKey(msisdn), from, chargeKinds.code(kind))
    return rows.map(row => ({ at: epochMs(row.charged_at), amount: yen(row.face_value) }))
  }

  /** `count` records from a sequence on, read as they are asked for. */
  *from(firstSequence: number, count: number): IterableIterator<LoggedCharge> {
    for (const row of this.#range.iterate(firstSequence, firstSequence + count)) {
      yield recordOf(row)
    }
  }
}

const recordOf = (row: Row): LoggedCharge => ({
  sequence: row.sequence,
  chargeId: chargeIdOf(row.token, row.entry),
  msisdn: msisdnOf(row.msisdn),
  kind: chargeKinds.word(row.charge_kind),
  serial: serialOf(row.serial),
  faceValue: yen(row.face_value),
  chargedAt: epochMs(row.charged_at),
})
