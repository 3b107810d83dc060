import { type EpochMs, epochMs } from '../../domain/clock.js'
import { jstDay, startOfJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { Charge } from './charges.js'

/** Why no contract is credited with a charge, in the order it is checked. */
export const HOLD_REASONS = [
  /** CRS could not map it and sent it in its error section (requirement C-10). */
  'unmapped',
  /** The card was charged before: no card is credited twice. */
  'card_charged_before',
  /** Billing knows no contract that had the number when it was charged (requirement B-07). */
  'number_unknown',
  /** The contract that had it may not charge by Mobilers (Table 1). */
  'class_excluded',
] as const

export type HoldReason = (typeof HOLD_REASONS)[number]

/** A charge that waits, as the error bin has it. */
export interface HeldCharge {
  readonly chargeNo: number
  readonly reason: HoldReason
  readonly firstSeenAt: EpochMs
  readonly retries: number
  readonly lastTriedAt: EpochMs | undefined
  /** An operator's reason to let it pass although CRS could not map it. */
  readonly releasedReason: string | undefined
}

interface Row {
  readonly charge_no: number
  readonly reason: string
  readonly first_seen_at: number
  readonly retries: number
  readonly last_tried_at: number | null
  readonly released_reason: string | null
}

const COLUMNS = 'charge_no, reason, first_seen_at, retries, last_tried_at, released_reason'

/** エラー管理 (seed 004 §4.3(3); requirements B-07, B-08, B-10): the error bin. */
export class HeldCharges {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  hold({ chargeNo }: Charge, reason: HoldReason, now: EpochMs): void {
    this.#store
      .prepare('INSERT INTO held_charge (charge_no, reason, first_seen_at) VALUES (?, ?, ?)')
      .run(chargeNo, reason, now)
  }

  /** Charges that are held and were first seen before the day of Japan that it is now (B-08). */
  due(now: EpochMs, after: number, max: number): number[] {
    return this.#store
      .prepare<[number, number, number], number>(
        `SELECT charge_no FROM held_charge
         WHERE settled_at IS NULL AND first_seen_at < ? AND charge_no > ?
         ORDER BY charge_no LIMIT ?`,
      )
      .pluck()
      .all(startOfJstDay(jstDay(now)), after, max)
  }

  get(chargeNo: number): HeldCharge | undefined {
    const row = this.#store
      .prepare<[number], Row>(
        `SELECT ${COLUMNS} FROM held_charge WHERE charge_no = ? AND settled_at IS NULL`,
      )
      .get(chargeNo)
    return row && heldOf(row)
  }

  /** All that are held, the oldest first. */
  open(after: number, max: number): HeldCharge[] {
    return this.#store
      .prepare<[number, number], Row>(
        `SELECT ${COLUMNS} FROM held_charge WHERE settled_at IS NULL AND charge_no > ?
         ORDER BY charge_no LIMIT ?`,
      )
      .all(after, max)
      .map(heldOf)
  }

  /** It was tried again, and is still held. */
  triedAgain(chargeNo: number, reason: HoldReason, now: EpochMs): void {
    this.#store
      .prepare(
        'UPDATE held_charge SET retries = retries + 1, last_tried_at = ?, reason = ? WHERE charge_no = ?',
      )
      .run(now, reason, chargeNo)
  }

  /** A contract was credited with it. */
  settle(chargeNo: number, now: EpochMs): void {
    this.#store
      .prepare(
        `UPDATE held_charge SET retries = retries + 1, last_tried_at = ?, settled_at = ?
         WHERE charge_no = ?`,
      )
      .run(now, now, chargeNo)
  }

  /** An operator lets it pass the check of CRS's tables from now on. */
  release(chargeNo: number, reason: string, now: EpochMs): void {
    this.#store
      .prepare('UPDATE held_charge SET released_at = ?, released_reason = ? WHERE charge_no = ?')
      .run(now, reason, chargeNo)
  }
}

const heldOf = (row: Row): HeldCharge => ({
  chargeNo: row.charge_no,
  reason: row.reason as HoldReason,
  firstSeenAt: epochMs(row.first_seen_at),
  retries: row.retries,
  lastTriedAt: row.last_tried_at === null ? undefined : epochMs(row.last_tried_at),
  releasedReason: row.released_reason ?? undefined,
})
