import { readFileSync } from 'node:fs'
import type { EpochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import { systemErrorCode } from '../../platform/fault.js'
import type { StageCharge, Words } from './stage.js'

/** What a day close came to. */
export interface Close {
  readonly problem?: Words
  readonly differs?: Words | undefined
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

/** The start of a period, for people. */
export const periodText = (at: EpochMs): string => jstText(at).slice(0, 16).replace('T', ' ')
