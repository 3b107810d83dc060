import { encodeTriggerAnswer, type OfferedFile } from '../../domain/trigger-answer.js'
import { sha256 } from '../../platform/sha256.js'
import type { Database } from '../../platform/store.js'
import { closedFileName } from '../hourly/file.js'
import { type Closed, type ClosedRow, closedOf } from './closes.js'

interface WrittenRow extends ClosedRow {
  readonly length: number
  readonly file_sha256: Buffer
}

interface TriggerRow {
  readonly last_sequence: number
  readonly offered_through: number
}

/** A file that is on disk, with what it must be. */
export interface WrittenClose {
  readonly closed: Closed
  readonly fileSha256: Uint8Array
}

const WRITTEN = 'SELECT * FROM closed_file WHERE file_sha256 IS NOT NULL'

/** What billing finds in CRS's folders: the answers to its triggers, and closed files. */
export class Offers {
  readonly #trigger
  readonly #between
  readonly #answered
  readonly #written
  readonly #one

  constructor(store: Database) {
    this.#trigger = store.prepare<[number], TriggerRow>(
      'SELECT last_sequence, offered_through FROM trigger_file WHERE number = ?',
    )
    this.#between = store.prepare<[number, number], WrittenRow>(
      `${WRITTEN} AND sequence > ? AND sequence <= ? ORDER BY sequence`,
    )
    this.#answered = store
      .prepare<[], number>('SELECT number FROM trigger_file ORDER BY number')
      .pluck()
    this.#written = store.prepare<[], WrittenRow>(`${WRITTEN} ORDER BY sequence`)
    this.#one = store.prepare<[number], WrittenRow>(`${WRITTEN} AND sequence = ?`)
  }

  /** The bytes of an answer, the same for ever; `undefined` when there was no such trigger. */
  answer(trigger: number): string | undefined {
    const row = this.#trigger.get(trigger)
    if (!row) return undefined
    const files = this.#between.all(row.last_sequence, row.offered_through).map(offeredOf)
    return encodeTriggerAnswer({ trigger, lastSequence: row.last_sequence, files }, sha256())
  }

  /** Numbers of the triggers that were answered. */
  answered(): number[] {
    return this.#answered.all()
  }

  /** Every file that is on disk, in order. */
  files(): OfferedFile[] {
    return this.#written.all().map(offeredOf)
  }

  /** One of them; `undefined` when there is none of that sequence. */
  one(sequence: number): OfferedFile | undefined {
    const row = this.#one.get(sequence)
    return row && offeredOf(row)
  }

  file(sequence: number): WrittenClose | undefined {
    const row = this.#one.get(sequence)
    return row && { closed: closedOf(row), fileSha256: row.file_sha256 }
  }
}

function offeredOf(row: WrittenRow): OfferedFile {
  const { sequence, length } = row
  const name = closedFileName(closedOf(row))
  return { sequence, name, length, sha256: row.file_sha256.toString('hex') }
}
