import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  addMonths,
  type JstDay,
  type JstMonth,
  jstDay,
  nextJstDay,
  startOfJstDay,
} from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import {
  DAILY,
  type Delivery,
  type DeliveryKind,
  type DeliverySums,
} from '../deliveries/delivery.js'
import type { ChargeTotal } from '../deliveries/records.js'
import type { LedgerSums } from '../rules/journal.js'

/** A delivery with what its file came to, once that is on disk. */
export interface DeliveryRow extends Delivery {
  readonly sums: DeliverySums | undefined
}

/** Whose invoices of which months became final on a day. */
export interface FinalOn {
  readonly closed: readonly {
    readonly month: JstMonth
    readonly settledBefore: ReadonlySet<ContractId>
  }[]
  readonly settled: readonly { readonly month: JstMonth; readonly contract: ContractId }[]
}

/** Paid of an invoice after it was told. */
export interface PaidSince {
  readonly month: JstMonth
  readonly contract: ContractId
  readonly paid: Yen
}

interface Row {
  readonly kind: string
  readonly number: number
  readonly period: string
  readonly made_at: number
  readonly after_no: number
  readonly through_no: number
  readonly records: number | null
  readonly sum_yen: number
  readonly sha256: string
}

/** Where a daily delivery counts: the numbers that it parts among the days, and when each of them was booked. */
const COUNTED = {
  journal: { table: 'ledger_entry', no: 'entry_no', at: 'booked_at' },
  'mip-r': { table: 'received_file', no: 'sequence', at: 'reflected_at' },
} as const

/**
 * Deliveries in the order of their numbers. What was booked is parted among the days by number, not by time: what is
 * booked late for a day that is delivered stands in the next delivery, and nothing in two.
 */
export class Deliveries {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  /** Deliveries that were begun and whose files are not known to be on disk. */
  unfinished(): DeliveryRow[] {
    return this.#all('SELECT * FROM delivery WHERE records IS NULL ORDER BY kind, number')
  }

  /** The newest of a kind, or of every kind. */
  newest(kind: DeliveryKind | undefined, max: number): DeliveryRow[] {
    return this.#all(
      `SELECT * FROM delivery WHERE coalesce(?, kind) = kind ORDER BY period DESC, kind LIMIT ?`,
      kind ?? null,
      max,
    )
  }

  get(kind: DeliveryKind, number: number): DeliveryRow | undefined {
    return this.#all('SELECT * FROM delivery WHERE kind = ? AND number = ?', kind, number)[0]
  }

  /** Begins the next delivery of a kind whose period is over; `undefined`: none is due. */
  begin(kind: DeliveryKind, now: EpochMs): DeliveryRow | undefined {
    const last = this.#all(
      'SELECT * FROM delivery WHERE kind = ? ORDER BY number DESC LIMIT 1',
      kind,
    )[0]
    const due = DAILY.includes(kind)
      ? this.#nextDay(kind as keyof typeof COUNTED, last, now)
      : this.#nextMonth(last)
    if (!due) return undefined
    const number = (last?.number ?? 0) + 1
    this.#store
      .prepare(
        `INSERT INTO delivery (kind, number, period, made_at, after_no, through_no)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(kind, number, due.period, now, due.after, due.through)
    return this.get(kind, number)
  }

  /** The file of a delivery is on disk, and came to this. */
  finish({ kind, number }: Delivery, { records, sum, sha256 }: DeliverySums): void {
    this.#store
      .prepare(
        `UPDATE delivery SET records = ?, sum_yen = ?, sha256 = ?
         WHERE kind = ? AND number = ? AND records IS NULL`,
      )
      .run(records, sum, sha256, kind, number)
  }

  /** What the ledger booked in the range of a journal, by kind. */
  ledgerSums({ after, through }: Delivery): LedgerSums {
    const rows = this.#store
      .prepare<[number, number], { kind: string; sum: number }>(
        `SELECT kind, sum(amount) AS sum FROM ledger_entry WHERE entry_no > ? AND entry_no <= ?
         GROUP BY kind`,
      )
      .all(after, through)
    const of = (kind: string) => yen(rows.find(row => row.kind === kind)?.sum ?? 0)
    return {
      charge: of('charge'),
      application: of('application'),
      expiry: of('expiry'),
      reinstatement: of('reinstatement'),
      cancellation: of('cancellation'),
    }
  }

  /**
   * What came after settlements since the delivery before, of invoices that earlier deliveries told without it
   * (§7.16).
   */
  paidSince({ kind, number, period, madeAt }: Delivery): PaidSince[] {
    const before = this.get(kind, number - 1)
    if (!before) return []
    return this.#store
      .prepare<[string, number, number], PaidSince>(
        `SELECT month, contract, sum(amount) AS paid FROM late_payment JOIN contract USING (contract_no)
         WHERE month < ? AND paid_at >= ? AND paid_at < ?
         GROUP BY month, contract_no ORDER BY month, contract_no`,
      )
      .all(period, before.madeAt, madeAt)
  }

  /** Charges that came in by the files of CRS in the range of a delivery to MIP-R. */
  chargeTotals({ after, through }: Delivery): ChargeTotal[] {
    return this.#store
      .prepare<[number, number], ChargeTotal>(
        `SELECT coalesce(company, 0) AS company,
                date(charged_at / 1000 + 32400, 'unixepoch') AS chargedOn,
                face_value AS faceValue, count(*) AS count, sum(face_value) AS yen
         FROM charge WHERE sequence > ? AND sequence <= ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      )
      .all(after, through)
  }

  /**
   * The invoices that became final on a day: of the months that were closed on it, without what settlements had fixed
   * before; and what settlements fixed on it before their month's close. Each invoice is of one day.
   */
  finalOn(day: JstDay): FinalOn {
    const of = [startOfJstDay(day), startOfJstDay(nextJstDay(day))] as const
    const closed = this.#store
      .prepare<[number, number], JstMonth>(
        'SELECT month FROM month_close WHERE finished_at >= ? AND finished_at < ? ORDER BY month',
      )
      .pluck()
      .all(...of)
    const settledBefore = this.#store
      .prepare<[string], ContractId>(
        `SELECT contract FROM settlement AS s JOIN contract USING (contract_no)
         JOIN month_close AS c ON c.month = ?
         WHERE s.month >= c.month AND s.settled_at < c.finished_at`,
      )
      .pluck()
    const settled = this.#store
      .prepare<[number, number], { month: JstMonth; contract: ContractId }>(
        `SELECT a.month, contract FROM settlement AS s JOIN contract USING (contract_no)
         JOIN month_application AS a ON a.contract_no = s.contract_no AND a.month <= s.month
         LEFT JOIN month_close AS c ON c.month = a.month
         WHERE s.settled_at >= ? AND s.settled_at < ?
           AND (c.finished_at IS NULL OR s.settled_at < c.finished_at)
         ORDER BY a.month, s.contract_no`,
      )
      .all(...of)
    return {
      closed: closed.map(month => ({ month, settledBefore: new Set(settledBefore.all(month)) })),
      settled,
    }
  }

  #nextDay(kind: keyof typeof COUNTED, last: DeliveryRow | undefined, now: EpochMs) {
    const { table, no, at } = COUNTED[kind]
    const day = last ? nextJstDay(last.period as JstDay) : this.#firstDay(kind)
    if (day === undefined || day >= jstDay(now)) return undefined
    const after = last?.through ?? 0
    const beyond = this.#store
      .prepare<[number, number], number>(
        `SELECT ${no} FROM ${table} WHERE ${no} > ? AND ${at} >= ? ORDER BY ${no} LIMIT 1`,
      )
      .pluck()
      .get(after, startOfJstDay(nextJstDay(day)))
    const newest = this.#store
      .prepare<[], number | null>(`SELECT max(${no}) FROM ${table}`)
      .pluck()
      .get()
    return {
      period: day as string,
      after,
      through: beyond === undefined ? (newest ?? 0) : beyond - 1,
    }
  }

  #firstDay(kind: keyof typeof COUNTED): JstDay | undefined {
    const { table, no, at } = COUNTED[kind]
    const first = this.#store
      .prepare<[], number>(`SELECT ${at} FROM ${table} ORDER BY ${no} LIMIT 1`)
      .pluck()
      .get()
    const fixed = this.#store
      .prepare<[], number | null>(
        `SELECT min(at) FROM (SELECT min(finished_at) AS at FROM month_close
         UNION ALL SELECT min(settled_at) FROM settlement)`,
      )
      .pluck()
      .get()
    const begun = [first, kind === 'journal' ? fixed : undefined].filter(
      one => one !== undefined && one !== null,
    )
    return begun.length === 0 ? undefined : jstDay(epochMs(Math.min(...begun)))
  }

  #nextMonth(last: DeliveryRow | undefined) {
    const first = this.#store
      .prepare<[], string | null>(
        'SELECT min(month) FROM month_close WHERE finished_at IS NOT NULL',
      )
      .pluck()
      .get()
    const month = last ? addMonths(last.period as JstMonth, 1) : first
    const closed = this.#store
      .prepare<[string]>('SELECT 1 FROM month_close WHERE month = ? AND finished_at IS NOT NULL')
      .get(month ?? '')
    return month && closed ? { period: month as string, after: 0, through: 0 } : undefined
  }

  #all(sql: string, ...given: unknown[]): DeliveryRow[] {
    return this.#store
      .prepare<unknown[], Row>(sql)
      .all(...given)
      .map(rowOf)
  }
}

const rowOf = (row: Row): DeliveryRow => ({
  kind: row.kind as DeliveryKind,
  number: row.number,
  period: row.period,
  madeAt: epochMs(row.made_at),
  after: row.after_no,
  through: row.through_no,
  sums:
    row.records === null
      ? undefined
      : { records: row.records, sum: yen(row.sum_yen), sha256: row.sha256 },
})
