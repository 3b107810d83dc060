import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstMonth, jstText } from '../../domain/jst.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import type { BadLine } from '../../platform/csv.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import { type ContractId, parseContractId } from '../contract.js'
import { parseMoment } from '../moment.js'

export const contractArgument = (text: string): ContractId =>
  orInvalid(parseContractId(text), 'It must be a contract id: 1 to 32 letters, digits, . _ -')

export const numberArgument = (text: string): Msisdn =>
  orInvalid(parseMsisdn(text), 'It must be a number: 11 digits, beginning 070, 080 or 090.')

export const momentArgument = (text: string): EpochMs =>
  orInvalid(
    parseMoment(text),
    'It must be a day, 2001-02-01, or a moment, 2001-02-01T10:00:00+09:00.',
  )

export const monthArgument = (text: string): JstMonth =>
  orInvalid(
    /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? (text as JstMonth) : undefined,
    'It must be a month, YYYY-MM.',
  )

function orInvalid<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new InvalidArgumentError(message)
  return value
}

/** A moment as an operator reads it: `2000-12-01 10:00:00`, by Japan's clock. */
export const momentText = (at: number): string =>
  jstText(epochMs(at)).slice(0, 19).replace('T', ' ')

/** An amount as an operator reads it: `3,000`. */
export const yenText = (amount: number): string => amount.toLocaleString('en')

/** The table in a file. Throws `FILE_UNREADABLE`. */
export function readTableFile(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (cause) {
    throw new Fault('FILE_UNREADABLE', `${name} cannot be read: ${systemErrorCode(cause)}.`, {
      cause,
    })
  }
}

/** Names the lines of a table that were left out; then the exit code is 1. */
export function tellBadLines(name: string, bad: readonly BadLine[]): void {
  if (bad.length === 0) return
  console.error(`${bad.length} of ${name} left out:`)
  for (const { line, problem } of bad.toSorted((a, b) => a.line - b.line)) {
    console.error(`  line ${line}: ${problem}`)
  }
  process.exitCode = 1
}
