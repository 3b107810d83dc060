import type { ChargeId } from '../../domain/charge-id.js'
import type { EpochMs } from '../../domain/clock.js'
import type { DecodedForwardedDayClose } from '../../domain/forwarded-day-close.js'
import type { DecodedHourlyFile } from '../../domain/hourly-file.js'
import { jstDay } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import { differenceOf } from '../rules/day-check.js'
import type { Charges } from './charges.js'
import type { Crediting } from './crediting.js'
import type { Days } from './days.js'
import type { ExchangeRecord } from './exchange-record.js'
import type { HoldReason } from './held-charges.js'

type Whole<T> = Extract<T, { readonly outcome: 'whole' }>

/** A file of CRS that was read whole. */
export interface ReceivedFile {
  readonly name: string
  /** SHA-256 of the whole file, 32 bytes. */
  readonly sha256: Uint8Array
  readonly content: Whole<DecodedHourlyFile> | Whole<DecodedForwardedDayClose>
}

/** What reflecting a file came to. */
export type Reflected =
  /** It was reflected before; nothing was done. */
  | { readonly outcome: 'known' }
  | {
      readonly outcome: 'hourly'
      readonly credited: number
      readonly held: readonly { readonly chargeId: ChargeId; readonly reason: HoldReason }[]
      /** Records whose charge id had come before with the same content. */
      readonly repeated: number
    }
  /** `difference`: what the close says otherwise; the day is not confirmed. */
  | { readonly outcome: 'day_close'; readonly difference: string | undefined }

export interface IntakeParts {
  readonly record: ExchangeRecord
  readonly charges: Charges
  readonly crediting: Crediting
  readonly days: Days
}

/** チャージ情報反映: takes CRS's files in, each once and in order (requirements C-06, C-08, F-07). */
export class Intake {
  readonly #store: Database
  readonly #parts: IntakeParts
  readonly #keepFile

  constructor(store: Database, parts: IntakeParts) {
    this.#store = store
    this.#parts = parts
    this.#keepFile = store.prepare('INSERT INTO received_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  }

  /** To be run in one transaction. Throws `FILE_MALFORMED` for a file that must not be taken in. */
  reflect(file: ReceivedFile, now: EpochMs): Reflected {
    const { content } = file
    const sequence = 'header' in content ? content.header.sequence : content.close.sequence
    const last = this.#parts.record.lastSequence()
    if (sequence <= last) return this.#known(file, sequence)
    if (sequence !== last + 1) {
      throw new Fault('FILE_MALFORMED', `${file.name} comes after ${last}: there is a gap.`)
    }
    return 'header' in content
      ? this.#hourly(file, content, now)
      : this.#dayClose(file, content, now)
  }

  #known({ name, sha256 }: ReceivedFile, sequence: number): Reflected {
    const known = this.#store
      .prepare<[number], Uint8Array>('SELECT sha256 FROM received_file WHERE sequence = ?')
      .pluck()
      .get(sequence)
    if (known && Buffer.compare(known, sha256) !== 0) {
      throw new Fault('CLOSED_FILE_CHANGED', `${name} was reflected before with another content.`)
    }
    return { outcome: 'known' }
  }

  #hourly(file: ReceivedFile, content: Whole<DecodedHourlyFile>, now: EpochMs): Reflected {
    const { charges, crediting } = this.#parts
    const { sequence, beganAt } = content.header
    this.#keep(file, sequence, jstDay(beganAt), beganAt, now)
    const held: { chargeId: ChargeId; reason: HoldReason }[] = []
    let repeated = 0
    for (const record of content.records) {
      const charge = charges.add(record, sequence)
      if (!charge) {
        repeated++
        continue
      }
      const reason = crediting.take(charge, now)
      if (reason) held.push({ chargeId: charge.chargeId, reason })
    }
    const credited = content.records.length - held.length - repeated
    return { outcome: 'hourly', credited, held, repeated }
  }

  #dayClose(
    file: ReceivedFile,
    { close, sums, ...content }: Whole<DecodedForwardedDayClose>,
    now: EpochMs,
  ): Reflected {
    const { days, charges } = this.#parts
    this.#keep(
      { ...file, content: { close, sums, ...content } },
      close.sequence,
      close.day,
      null,
      now,
    )
    const difference = differenceOf(sums, charges.sumsOf(close.day))
    days.close(close.day, close.sequence, difference, now)
    return { outcome: 'day_close', difference }
  }

  #keep(
    { name, sha256, content }: ReceivedFile,
    sequence: number,
    day: string,
    beganAt: number | null,
    now: EpochMs,
  ): void {
    const { count, sum } = content.trailer
    this.#keepFile.run(sequence, name, sha256, day, beganAt, count, sum, now)
  }
}
