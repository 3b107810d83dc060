import { join } from 'node:path'
import { dayCloseFileName, encodeDayClose } from '../../domain/day-close.js'
import type { Trailer } from '../../domain/line-file.js'
import { writeOnceDurably } from '../../platform/durable-file.js'
import { sha256 } from '../../platform/sha256.js'
import type { ChargeLog } from '../store/charge-log.js'
import type { ClosedDay, WrittenDayClose } from '../store/day-closes.js'
import type { FilePlace } from './file.js'

/** Writes the files of closed days from the charge log; safe to repeat, as a quarter-hour's is. */
export function writeDayCloseFiles(
  log: ChargeLog,
  place: FilePlace,
  closed: readonly ClosedDay[],
): WrittenDayClose[] {
  const files = closed.map(one => dayCloseFile(log, place, one))
  writeOnceDurably(files)
  return files.map(file => file.written())
}

function dayCloseFile(log: ChargeLog, { folder, node }: FilePlace, closed: ClosedDay) {
  let trailer: Trailer | undefined
  function* lines() {
    const sums = log.sums(closed.firstSequence, closed.recordCount)
    trailer = yield* encodeDayClose({ node, ...closed }, sums, sha256())
  }
  return {
    path: join(folder, dayCloseFileName({ node, day: closed.day })),
    parts: lines(),
    written(): WrittenDayClose {
      if (trailer?.count !== closed.recordCount) {
        throw new Error(`the day ${closed.day} lacks records that it was closed with`)
      }
      return { day: closed.day, sum: trailer.sum, sha256: Buffer.from(trailer.sha256, 'hex') }
    },
  }
}
