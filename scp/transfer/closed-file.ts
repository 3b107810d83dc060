import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dayCloseFileName } from '../../domain/day-close.js'
import { quarterHourFileName } from '../../domain/quarter-hour-file.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import { sha256Of } from '../../platform/sha256.js'
import { writeDayCloseFiles } from '../quarter-hour/day-close-file.js'
import { type FilePlace, writeQuarterHourFiles } from '../quarter-hour/file.js'
import type { ChargeLog } from '../store/charge-log.js'
import type { Delivery } from '../store/deliveries.js'

/** Bytes of the digest at the end of a file, and of the line feed after it. */
const SEAL_LENGTH = 65

/**
 * The bytes of a closed file, as they were written. A file that is gone is written again from the log.
 * Throws `CLOSED_FILE_CHANGED` when it is not what was written, `FOLDER_NOT_WRITABLE` when it cannot be
 * read.
 */
export function readClosedFile(log: ChargeLog, place: FilePlace, delivery: Delivery): Buffer {
  const path = pathOf(place, delivery)
  const bytes = readIfThere(path) ?? writtenAgain(log, place, delivery, path)
  const sealed = bytes.subarray(0, -SEAL_LENGTH)
  const seal = bytes.subarray(-SEAL_LENGTH).toString('latin1')
  if (sha256Of(sealed) !== delivery.sha256 || seal !== `${delivery.sha256}\n`) {
    throw new Fault('CLOSED_FILE_CHANGED', `${path} is not as it was written.`)
  }
  return bytes
}

function writtenAgain(log: ChargeLog, place: FilePlace, delivery: Delivery, path: string): Buffer {
  if (delivery.kind === 'day_close') writeDayCloseFiles(log, place, [delivery.closed])
  else writeQuarterHourFiles(log, place, [delivery.closed])
  return readFileSync(path)
}

const pathOf = ({ folder, node }: FilePlace, delivery: Delivery): string =>
  join(
    folder,
    delivery.kind === 'day_close'
      ? dayCloseFileName({ node, day: delivery.closed.day })
      : quarterHourFileName({ node, ...delivery.closed }),
  )

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT') return undefined
    throw new Fault('FOLDER_NOT_WRITABLE', `${path} cannot be read: ${code}.`, { cause })
  }
}
