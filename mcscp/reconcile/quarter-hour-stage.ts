import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dayCloseFileName, decodeDayClose } from '../../domain/day-close.js'
import { type JstDay, jstText } from '../../domain/jst.js'
import { decodeQuarterHourFile, quarterHourFileName } from '../../domain/quarter-hour-file.js'
import { systemErrorCode } from '../../platform/fault.js'
import { sha256 } from '../../platform/sha256.js'
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
  const problems = [...read.map(one => one.problem), close].flatMap(one => (one ? [one] : []))
  return { name: 'quarter_hour_files', charges, files: known.length + 1, problems }
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
): Words | undefined {
  const name = dayCloseFileName({ node, day })
  const text = textOf(join(folder, name))
  if (text === undefined) return fileMissing(name)
  const read = decodeDayClose(text, sha256())
  if (read.outcome === 'malformed') return fileMalformed(name, read.line, read.why)
  return sumsDiffer(name, read.sums, charges)
}

/** The first sum of a day close that its charges do not come to. */
export function sumsDiffer(
  name: string,
  sums: readonly { kind: string; faceValue: number; count: number }[],
  charges: readonly StageCharge[],
): Words | undefined {
  const counted = new Map<string, number>()
  for (const { kind, faceValue } of charges) {
    const key = `${kind} ${faceValue}`
    counted.set(key, (counted.get(key) ?? 0) + 1)
  }
  const told = new Map<string, number>()
  for (const { kind, faceValue, count } of sums) {
    const key = `${kind} ${faceValue}`
    told.set(key, (told.get(key) ?? 0) + count)
  }
  for (const key of [...new Set([...told.keys(), ...counted.keys()])].sort()) {
    const [one = 0, other = 0] = [told.get(key), counted.get(key)]
    if (one === other) continue
    return {
      ja: `${name} では ${key} 円が ${one} 件、ファイルでは ${other} 件です。`,
      en: `${name} says ${one} of ${key} yen, the files of the day hold ${other}.`,
    }
  }
  return undefined
}

export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

export const fileMissing = (name: string): Words => ({
  ja: `ファイル ${name} がありません。`,
  en: `The file ${name} is not there.`,
})

export const fileMalformed = (name: string, line: number, why: string): Words => ({
  ja: `ファイル ${name} の ${line} 行目が正しくありません: ${why}`,
  en: `The file ${name} is malformed in line ${line}: ${why}.`,
})

const fileChanged = (name: string): Words => ({
  ja: `ファイル ${name} は書かれたときの内容と違います。`,
  en: `The file ${name} is not as the node wrote it.`,
})

/** The start of a period, for people. */
export const periodText = (at: Parameters<typeof jstText>[0]): string =>
  jstText(at).slice(0, 16).replace('T', ' ')
