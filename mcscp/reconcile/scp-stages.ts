import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { chargeIdOf, chargeKinds, dayKey, dayOf, msisdnOf, serialOf } from '../../scp/store/keys.js'
import {
  type ClosedQuarterHour,
  closedQuarterHourOf,
  QUARTER_HOUR_COLUMNS,
  type QuarterHourRow,
} from '../../scp/store/quarter-hours.js'
import type { Stage, StageCharge, Words } from './stage.js'

interface CardRow {
  readonly serial: number
  readonly used_by: number
  readonly used_at: number
  readonly face_value: number
}

interface RecordRow {
  readonly sequence: number
  readonly token: Buffer
  readonly entry: number
  readonly msisdn: number
  readonly charge_kind: number
  readonly serial: number
  readonly face_value: number
  readonly charged_at: number
}

/** A closed quarter-hour of the node, with the digest that its file was written with. */
export interface KnownFile extends ClosedQuarterHour {
  /** SHA-256 as the trailer has it, hexadecimal; `undefined` as long as it is not on disk. */
  readonly sha256: string | undefined
}

/** What scp's store says of a day; read beside scp, which may run. */
export class ScpBooks {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  /** The first day of the node, and the last that it closed; `undefined` before the first close. */
  days(): { readonly first: JstDay; readonly last: JstDay } | undefined {
    const first = this.#store.prepare('SELECT first_quarter_hour FROM node').pluck().get()
    const last = this.#store.prepare('SELECT max(day) FROM day_close').pluck().get()
    if (typeof first !== 'number' || typeof last !== 'number') return undefined
    return { first: jstDay(epochMs(first)), last: dayOf(last) }
  }

  /**
   * Cards that were used that day, but for those of added scenarios, which end in scp (requirement M-09).
   * A card does not say by which kind of charge.
   */
  cardsUsed(day: JstDay): Stage {
    const rows = this.#store
      .prepare<[number, number], CardRow>(
        `SELECT serial, used_by, used_at, face_value FROM card JOIN batch USING (batch)
         WHERE used_at >= ? AND used_at < ?
           AND NOT EXISTS (SELECT 1 FROM scenario_charge WHERE scenario_charge.serial = card.serial)`,
      )
      .all(...limitsOf(day))
    const kinds = new Map(this.#recordsOf(day).map(row => [row.serial, row.charge_kind]))
    const charges = rows.map((row): StageCharge => {
      const serial = serialOf(row.serial)
      const kind = kinds.get(row.serial)
      return {
        serial,
        chargeId: undefined,
        kind: kind === undefined ? undefined : chargeKinds.word(kind),
        msisdn: msisdnOf(row.used_by),
        faceValue: yen(row.face_value),
        chargedAt: epochMs(row.used_at),
        where: `card ${serial}`,
      }
    })
    return { name: 'cards_used', charges, problems: [] }
  }

  /** The charge log of the day. */
  chargeRecords(day: JstDay): Stage {
    const charges = this.#recordsOf(day).map(
      (row): StageCharge => ({
        serial: serialOf(row.serial),
        chargeId: chargeIdOf(row.token, row.entry),
        kind: chargeKinds.word(row.charge_kind),
        msisdn: msisdnOf(row.msisdn),
        faceValue: yen(row.face_value),
        chargedAt: epochMs(row.charged_at),
        where: `charge record ${row.sequence}`,
      }),
    )
    return { name: 'charge_records', charges, problems: [] }
  }

  /** Quarter-hours of the day that were closed, in order. */
  quarterHours(day: JstDay): KnownFile[] {
    return this.#store
      .prepare<[number, number], QuarterHourRow & { sha256: Buffer | null }>(
        `SELECT ${QUARTER_HOUR_COLUMNS}, sha256 FROM quarter_hour_file
         WHERE began_at >= ? AND began_at < ? ORDER BY number`,
      )
      .all(...limitsOf(day))
      .map(row => ({ ...closedQuarterHourOf(row), sha256: row.sha256?.toString('hex') }))
  }

  /** Whether the node has closed a day. */
  isClosed(day: JstDay): boolean {
    return (
      this.#store.prepare('SELECT 1 FROM day_close WHERE day = ?').get(dayKey(day)) !== undefined
    )
  }

  /** Cards used that stand in no day which is looked at; the road begins with the node. */
  cardsBefore(day: JstDay): Words | undefined {
    const serial = this.#store
      .prepare<[number], number>(
        'SELECT serial FROM card WHERE state = 5 AND used_at < ? ORDER BY used_at LIMIT 1',
      )
      .pluck()
      .get(startOfJstDay(day))
    if (serial === undefined) return undefined
    const text = serialOf(serial)
    return {
      ja: `カード ${text} はノードの初日 ${day} より前に使用されたことになっています。`,
      en: `Card ${text} was used before ${day}, the node's first day.`,
    }
  }

  #recordsOf(day: JstDay): RecordRow[] {
    return this.#store
      .prepare<[number, number], RecordRow>(
        'SELECT * FROM charge_record WHERE charged_at >= ? AND charged_at < ? ORDER BY sequence',
      )
      .all(...limitsOf(day))
  }
}

const limitsOf = (day: JstDay): [EpochMs, EpochMs] => [
  startOfJstDay(day),
  startOfJstDay(nextJstDay(day)),
]
