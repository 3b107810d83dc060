import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeForwardedDayClose, forwardedDayCloseName } from '../../domain/forwarded-day-close.js'
import {
  encodeHourlyFile,
  type HourlyRecord,
  hourlyFileName,
  unmappedOf,
} from '../../domain/hourly-file.js'
import { writeOnceDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import { CodeConverter, type ReceivedRecord } from '../rules/code-tables.js'
import type { ClosedRecords } from '../store/closed-records.js'
import type { Closed, WrittenFile } from '../store/closes.js'

/** The files that billing fetches: each follows from what was closed, and is the same however often it is made. */
export class ClosedFiles {
  readonly #folder: string
  readonly #records: ClosedRecords

  constructor(folder: string, records: ClosedRecords) {
    this.#folder = folder
    this.#records = records
  }

  /**
   * Writes the files of what was closed, in order. Safe to repeat after a kill: the same bytes come out.
   * Throws `CLOSED_FILE_CHANGED` when another content stands under a name.
   */
  write(closed: readonly Closed[]): WrittenFile[] {
    const files = closed.map(one => this.#file(one))
    writeOnceDurably(files)
    return files.map(file => file.written())
  }

  #file(closed: Closed) {
    const hash = createHash('sha256')
    let length = 0
    let unmapped = 0
    const counted = (record: HourlyRecord) => {
      if (unmappedOf(record) !== undefined) unmapped++
      return record
    }
    const lines = () => this.#lines(closed, counted)
    function* measured() {
      for (const line of lines()) {
        hash.update(line, 'latin1')
        length += line.length
        yield line
      }
    }
    return {
      path: this.#path(closed),
      parts: measured(),
      written: (): WrittenFile => ({
        sequence: closed.sequence,
        length,
        sha256: hash.digest(),
        unmapped,
      }),
    }
  }

  /**
   * The bytes of a file that was written, as they were written: one that is gone is made again. Throws
   * `CLOSED_FILE_CHANGED` when they are not those.
   */
  read(closed: Closed, fileSha256: Uint8Array): Uint8Array {
    const path = this.#path(closed)
    if (!existsSync(path)) this.write([closed])
    const bytes = readFileSync(path)
    if (sha256Of(bytes) !== Buffer.from(fileSha256).toString('hex')) {
      throw new Fault('CLOSED_FILE_CHANGED', `${path} is not as it was written.`)
    }
    return bytes
  }

  #path(closed: Closed): string {
    return join(this.#folder, closedFileName(closed))
  }

  #lines(
    { sequence, close, closedAt, codeTables, closure }: Closed,
    counted: (record: HourlyRecord) => HourlyRecord,
  ): Iterable<string> {
    if (close.kind === 'day') {
      const sums = this.#records.sumsOf(sequence)
      return encodeForwardedDayClose({ sequence, day: close.day, closedAt }, sums, sha256())
    }
    const converter = new CodeConverter(this.#records.codeTables(codeTables))
    const coded = (record: ReceivedRecord) => counted(converter.coded(record))
    const records = mapped(this.#records.of(sequence), coded)
    const header = { sequence, beganAt: close.beganAt, closedAt, ...(closure && { closure }) }
    return encodeHourlyFile(header, records, sha256())
  }
}

/** Name of the file of what was closed. */
export const closedFileName = ({ sequence, close }: Pick<Closed, 'sequence' | 'close'>): string =>
  close.kind === 'hour'
    ? hourlyFileName({ sequence, beganAt: close.beganAt })
    : forwardedDayCloseName({ sequence, day: close.day })

function* mapped<A, B>(values: Iterable<A>, change: (value: A) => B): Iterable<B> {
  for (const value of values) yield change(value)
}
