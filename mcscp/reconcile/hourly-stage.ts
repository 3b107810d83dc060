import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../../domain/clock.js'
import { decodeForwardedDayClose } from '../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import { type JstDay, jstText, startOfHour } from '../../domain/jst.js'
import { sha256 } from '../../platform/sha256.js'
import {
  type Close,
  fileMalformed,
  fileMissing,
  periodText,
  sumsDiffer,
  textOf,
} from './closed-files.js'
import type { KnownFile } from './scp-stages.js'
import type { Stage, StageCharge, Words } from './stage.js'

/**
 * The hourly files of a day and its forwarded close, read from disk: one for each hour in which the node
 * closed a quarter-hour.
 */
export function hourlyStage(folder: string, day: JstDay, known: readonly KnownFile[]): Stage {
  const names = readdirSync(folder)
  const hours = [...new Set(known.map(({ beganAt }) => startOfHour(beganAt)))]
  const read = hours.map(hour => readHour(folder, names, hour))
  const charges = read.flatMap(one => one.charges)
  const close = readClose(folder, names, day, charges)
  const problems = [...read, close].flatMap(({ problem }) => (problem ? [problem] : []))
  return {
    name: 'hourly_files',
    charges,
    files: hours.length + 1,
    problems,
    closeDiffers: close.differs,
  }
}

function readHour(
  folder: string,
  names: readonly string[],
  hour: EpochMs,
): { charges: StageCharge[]; problem?: Words } {
  const ending = `-${jstText(hour).slice(0, 13).replace(/\D/g, '')}.txt`
  const found = names.filter(name => name.endsWith(ending))
  const [name] = found
  if (name === undefined) return { charges: [], problem: hourMissing(hour) }
  if (found.length > 1) return { charges: [], problem: hourTwice(hour, found) }
  const read = decodeHourlyFile(textOf(join(folder, name)) ?? '', sha256())
  if (read.outcome === 'malformed') {
    return { charges: [], problem: fileMalformed(name, read.line, read.why) }
  }
  const charges = read.records.map(record => ({
    ...record,
    where: `${name}, ${record.node} ${record.fileNumber}/${record.place}`,
  }))
  return { charges }
}

/** What CRS sent on of the day must be what its hourly files hold (requirements C-04, C-06). */
function readClose(
  folder: string,
  names: readonly string[],
  day: JstDay,
  charges: readonly StageCharge[],
): Close {
  const ending = `-${day.replaceAll('-', '')}-close.txt`
  const name = names.find(one => one.endsWith(ending))
  if (name === undefined) return { problem: fileMissing(`…${ending}`) }
  const read = decodeForwardedDayClose(textOf(join(folder, name)) ?? '', sha256())
  if (read.outcome === 'malformed') {
    return { problem: fileMalformed(name, read.line, read.why) }
  }
  return { differs: sumsDiffer(name, read.sums, charges) }
}

const hourMissing = (hour: EpochMs): Words => ({
  ja: `${periodText(hour)} の1時間ファイルがありません（CRSがまだ締めていません）。`,
  en: `The hourly file of ${periodText(hour)} is not there: CRS has not closed that hour.`,
})

const hourTwice = (hour: EpochMs, names: readonly string[]): Words => ({
  ja: `${periodText(hour)} の1時間ファイルが${names.length}個あります: ${names.join(', ')}`,
  en: `There are ${names.length} hourly files of ${periodText(hour)}: ${names.join(', ')}.`,
})
