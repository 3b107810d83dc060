import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import { batchSum, rangeSum } from './check-sums.js'
import type { ClosedQuarterHour } from './quarter-hours.js'

/**
 * A row of which a bit fell on the disk is found before it credits anything (fault test XF6). What one
 * transaction wrote in several places is compared; batches and ranges, which stand once, have a sum. So a
 * charge writes nothing more for it.
 */

/**
 * Whether a card that was found by `@digest` is the one it says: digest in the table and in its
 * index, its place in range and batch, and their sums. In SQL, for a look-up that joins the three.
 */
export const CARD_IS_SOUND = `(
  (SELECT own.pin_digest FROM card AS own NOT INDEXED WHERE own.serial = card.serial) = @digest
  AND card.serial <= card_range.last_serial AND card_range.batch = card.batch
  AND card.serial >= batch.first_serial AND card.serial < batch.first_serial + batch.card_count
  AND (card.used_by IS NULL) = (card.state <> 5)
  AND card_range.check_sum IS ${rangeSum('card_range')}
  AND batch.check_sum IS ${batchSum('batch')})`

/** A row that is not as it was written. */
export const rowDamaged = (what: string): Fault =>
  new Fault('STORE_DAMAGED', `The store is damaged: ${what} is not as it was written.`)

/** Throws `STORE_DAMAGED` when a batch or a range of cards is not as it was written. */
export function checkCardRows(store: Database): void {
  const wrong = store
    .prepare<[], string>(
      `SELECT 'batch ' || batch FROM batch WHERE check_sum IS NOT ${batchSum('batch')}
       UNION ALL SELECT 'the range from card ' || first_serial FROM card_range
         WHERE check_sum IS NOT ${rangeSum('card_range')}`,
    )
    .pluck()
    .get()
  if (wrong !== undefined) throw rowDamaged(wrong)
}

/** Holds charge records against the card, the entry and the call that were written with them. */
export class ChargeRows {
  readonly #sound

  constructor(store: Database) {
    this.#sound = store
      .prepare<[number, number], number>(
        `SELECT count(*) FROM charge_record AS charge
           JOIN card ON card.serial = charge.serial
           JOIN entry ON entry.token = charge.token AND entry.entry = charge.entry
           JOIN call_session AS call ON call.token = charge.token
         WHERE charge.sequence >= ? AND charge.sequence < ?
           AND card.used_by = charge.msisdn AND card.used_at = charge.charged_at
           AND entry.serial = charge.serial AND entry.face_value = charge.face_value
           AND entry.answered_at = charge.charged_at
           AND call.msisdn = charge.msisdn AND call.charge_kind = charge.charge_kind`,
      )
      .pluck()
  }

  /** Throws `STORE_DAMAGED` before a record that is not as it was charged goes into a file. */
  check(closed: readonly ClosedQuarterHour[]): void {
    for (const { number, firstSequence, recordCount } of closed) {
      const sound = this.#sound.get(firstSequence, firstSequence + recordCount)
      if (sound !== recordCount) throw rowDamaged(`a charge of quarter-hour ${number}`)
    }
  }
}
