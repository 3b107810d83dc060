import type { ChargeId } from '../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { HourlyRecord } from '../../domain/hourly-file.js'
import type { JstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import { chargeIdOf, chargeKey } from './keys.js'

/** A charge in billing's own words: one number, one card (requirement B-03). */
export interface Charge {
  readonly chargeNo: number
  readonly chargeId: ChargeId
  readonly msisdn: Msisdn
  readonly serial: string
  readonly kind: string
  readonly faceValue: Yen
  readonly chargedAt: EpochMs
  /** 1 to 9; `undefined`: CRS could not map it, and sent it in its error section. */
  readonly company: number | undefined
  readonly node: string
  readonly sequence: number
}

/** Charges of one day, node, kind and face value, as the day close counts them. */
export interface ChargeSum {
  readonly node: string
  readonly kind: string
  readonly faceValue: number
  readonly count: number
  readonly sum: number
}

/** Where the charges of a day's hourly files are: in the ledger, or held as errors. */
export interface DayTotals {
  readonly credited: number
  readonly creditedYen: number
  readonly held: number
  readonly heldYen: number
}

interface Row {
  readonly charge_no: number
  readonly charge_key: Uint8Array
  readonly msisdn: string
  readonly serial: string
  readonly charge_kind: string
  readonly face_value: number
  readonly charged_at: number
  readonly company: number | null
  readonly node: string
  readonly sequence: number
}

const COLUMNS =
  'charge_no, charge_key, msisdn, serial, charge_kind, face_value, charged_at, company, node, sequence'

/** チャージ情報 (seed 004 §4.3(3); requirement B-03): every charge that CRS sent, as it was sent. */
export class Charges {
  readonly #store: Database
  readonly #insert
  readonly #byKey
  readonly #byNo
  readonly #otherOfCard
  readonly #numberOfCard

  constructor(store: Database) {
    this.#store = store
    this.#insert = store.prepare(
      `INSERT INTO charge (charge_key, msisdn, serial, charge_kind, face_value, charged_at, company,
         kind_code, face_value_code, node_code, node, file_number, place, sequence)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#byKey = store.prepare<[Uint8Array], Row>(
      `SELECT ${COLUMNS} FROM charge WHERE charge_key = ?`,
    )
    this.#byNo = store.prepare<[number], Row>(`SELECT ${COLUMNS} FROM charge WHERE charge_no = ?`)
    this.#otherOfCard = store.prepare<[string, number]>(
      'SELECT 1 FROM charge WHERE serial = ? AND charge_no < ?',
    )
    this.#numberOfCard = store
      .prepare<[string], string>(
        'SELECT msisdn FROM charge WHERE serial = ? ORDER BY charge_no DESC LIMIT 1',
      )
      .pluck()
  }

  /**
   * Keeps a record. `undefined`: that charge id is here already, with the same content, and nothing is
   * done. Throws `FILE_MALFORMED` when it is here with another one.
   */
  add(record: HourlyRecord, sequence: number): Charge | undefined {
    const key = chargeKey(record.chargeId)
    const known = this.#byKey.get(key)
    if (known) {
      if (isSame(chargeOf(known), record)) return undefined
      throw new Fault(
        'FILE_MALFORMED',
        `Charge ${record.chargeId} of file ${sequence} came before, in file ${known.sequence}, with another content.`,
      )
    }
    const { lastInsertRowid } = this.#insert.run(
      key,
      record.msisdn,
      record.serial,
      record.kind,
      record.faceValue,
      record.chargedAt,
      record.company ?? null,
      record.kindCode ?? null,
      record.faceValueCode ?? null,
      record.nodeCode ?? null,
      record.node,
      record.fileNumber,
      record.place,
      sequence,
    )
    return this.get(Number(lastInsertRowid))
  }

  get(chargeNo: number): Charge {
    const row = this.#byNo.get(chargeNo)
    if (!row) throw new TypeError(`there is no charge ${chargeNo}`)
    return chargeOf(row)
  }

  byId(id: ChargeId): Charge | undefined {
    const row = this.#byKey.get(chargeKey(id))
    return row && chargeOf(row)
  }

  /** Whether another charge of the same card came before. */
  /** The number to which a card was charged last. */
  numberOfCard(serial: string): Msisdn | undefined {
    return this.#numberOfCard.get(serial) as Msisdn | undefined
  }

  isSecondOfCard({ serial, chargeNo }: Charge): boolean {
    return this.#otherOfCard.get(serial, chargeNo) !== undefined
  }

  /** Charges of a number, the newest first. */
  ofNumber(msisdn: Msisdn, max: number): Charge[] {
    return this.#store
      .prepare<[string, number], Row>(
        `SELECT ${COLUMNS} FROM charge WHERE msisdn = ? ORDER BY charged_at DESC, charge_no DESC LIMIT ?`,
      )
      .all(msisdn, max)
      .map(chargeOf)
  }

  /** What became of the charges of a day's hourly files so far. */
  totalsOf(day: JstDay): DayTotals {
    const found = this.#store
      .prepare<[string], DayTotals>(
        `SELECT count(*) FILTER (WHERE entry_no IS NOT NULL) AS credited,
                coalesce(sum(amount), 0) AS creditedYen,
                count(*) FILTER (WHERE entry_no IS NULL) AS held,
                coalesce(sum(face_value) FILTER (WHERE entry_no IS NULL), 0) AS heldYen
         FROM charge LEFT JOIN ledger_entry
           ON ledger_entry.charge_no = charge.charge_no AND ledger_entry.kind = 'charge'
         WHERE sequence IN (SELECT sequence FROM received_file WHERE day = ?)`,
      )
      .get(day)
    return found ?? { credited: 0, creditedYen: 0, held: 0, heldYen: 0 }
  }

  /** What the hourly files of a day held, by node, kind and face value, in that order. */
  sumsOf(day: JstDay): ChargeSum[] {
    return this.#store
      .prepare<[string], ChargeSum>(
        `SELECT node, charge_kind AS kind, face_value AS faceValue, count(*) AS count,
                sum(face_value) AS sum
         FROM charge WHERE sequence IN (SELECT sequence FROM received_file WHERE day = ?)
         GROUP BY node, charge_kind, face_value ORDER BY node, charge_kind, face_value`,
      )
      .all(day)
  }
}

const isSame = (charge: Charge, record: HourlyRecord): boolean =>
  charge.msisdn === record.msisdn &&
  charge.serial === record.serial &&
  charge.kind === record.kind &&
  charge.faceValue === record.faceValue &&
  charge.chargedAt === record.chargedAt &&
  charge.node === record.node

const chargeOf = (row: Row): Charge => ({
  chargeNo: row.charge_no,
  chargeId: chargeIdOf(row.charge_key),
  msisdn: row.msisdn as Msisdn,
  serial: row.serial,
  kind: row.charge_kind,
  faceValue: yen(row.face_value),
  chargedAt: epochMs(row.charged_at),
  company: row.company ?? undefined,
  node: row.node,
  sequence: row.sequence,
})
