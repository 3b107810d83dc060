import { join } from 'node:path'
import type { Trailer } from '../../domain/line-file.js'
import { encodeQuarterHourFile, quarterHourFileName } from '../../domain/quarter-hour-file.js'
import { writeOnceDurably } from '../../platform/durable-file.js'
import { sha256 } from '../../platform/sha256.js'
import type { ChargeLog } from '../store/charge-log.js'
import type { ClosedQuarterHour, WrittenFile } from '../store/quarter-hours.js'

/** Where a node's files go. */
export interface FilePlace {
  readonly folder: string
  /** Name of this node, 1 to 16 of a–z, 0–9 and hyphen. */
  readonly node: string
}

/**
 * Writes the files of closed quarter-hours from the charge log, in order. The same quarter-hour gives the
 * same bytes, so a write that a kill cut short is simply done again.
 */
export function writeQuarterHourFiles(
  log: ChargeLog,
  place: FilePlace,
  closed: readonly ClosedQuarterHour[],
): WrittenFile[] {
  const files = closed.map(one => quarterHourFile(log, place, one))
  writeOnceDurably(files)
  return files.map(file => file.written())
}

function quarterHourFile(log: ChargeLog, { folder, node }: FilePlace, closed: ClosedQuarterHour) {
  const header = { node, ...closed }
  let trailer: Trailer | undefined
  function* lines() {
    const records = log.from(closed.firstSequence, closed.recordCount)
    trailer = yield* encodeQuarterHourFile(header, records, sha256())
  }
  return {
    path: join(folder, quarterHourFileName(header)),
    parts: lines(),
    written(): WrittenFile {
      if (trailer?.count !== closed.recordCount) {
        throw new Error(`quarter-hour ${closed.number} lacks records that it was closed with`)
      }
      const { sum, sha256: digest } = trailer
      return { number: closed.number, sum, sha256: Buffer.from(digest, 'hex') }
    },
  }
}
