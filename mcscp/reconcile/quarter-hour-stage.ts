import { join } from 'node:path'
import { dayCloseFileName, decodeDayClose } from '../../domain/day-close.js'
import type { JstDay } from '../../domain/jst.js'
import { decodeQuarterHourFile, quarterHourFileName } from '../../domain/quarter-hour-file.js'
import { sha256 } from '../../platform/sha256.js'
import { type Close, fileMalformed, fileMissing, sumsDiffer, textOf } from './closed-files.js'
import type { KnownFile } from './scp-stages.js'
import type { Stage, StageCharge, Words } from './stage.js'

/** The quarter-hour files of a node's day and its close, read from disk and held against the store. */
export function quarterHourStage(
  folder: string,
  node: string,
  day: JstDay,
  known: readonly KnownFile[],
): Stage {
  const read = known.map(file => readQuarterHour(folder, node, file))
  const charges = read.flatMap(one => one.charges)
  const close = readDayClose(folder, node, day, charges)
  const problems = [...read, close].flatMap(({ problem }) => (problem ? [problem] : []))
  return {
    name: 'quarter_hour_files',
    charges,
    files: known.length + 1,
    problems,
    closeDiffers: close.differs,
  }
}

interface Read {
  readonly charges: readonly StageCharge[]
  readonly problem?: Words
}

function readQuarterHour(folder: string, node: string, known: KnownFile): Read {
  const name = quarterHourFileName({ node, ...known })
  const text = textOf(join(folder, name))
  if (text === undefined) return { charges: [], problem: fileMissing(name) }
  const read = decodeQuarterHourFile(text, sha256())
  if (read.outcome === 'malformed') {
    return { charges: [], problem: fileMalformed(name, read.line, read.why) }
  }
  const { header, records, trailer } = read
  const same =
    header.number === known.number &&
    header.beganAt === known.beganAt &&
    header.firstSequence === known.firstSequence &&
    trailer.sha256 === known.sha256
  const charges = records.map((record, index) => ({
    ...record,
    where: `${name}, line ${index + 2}`,
  }))
  return same ? { charges } : { charges, problem: fileChanged(name) }
}

/** The close of the day must say what its files hold (requirement C-06). */
function readDayClose(
  folder: string,
  node: string,
  day: JstDay,
  charges: readonly StageCharge[],
): Close {
  const name = dayCloseFileName({ node, day })
  const text = textOf(join(folder, name))
  if (text === undefined) return { problem: fileMissing(name) }
  const read = decodeDayClose(text, sha256())
  if (read.outcome === 'malformed') {
    return { problem: fileMalformed(name, read.line, read.why) }
  }
  return { differs: sumsDiffer(name, read.sums, charges) }
}

const fileChanged = (name: string): Words => ({
  ja: `ファイル ${name} は書かれたときの内容と違います。`,
  en: `The file ${name} is not as the node wrote it.`,
})
