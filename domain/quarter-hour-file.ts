import { parseSerialNumber } from './card.js'
import { parseChargeId } from './charge-id.js'
import { CHARGE_KIND_LETTER, chargeKindOfLetter } from './charge-kind.js'
import type { ChargeRecord } from './charge-record.js'
import type { EpochMs } from './clock.js'
import { QUARTER_HOUR_MS, startOfQuarterHour } from './jst.js'
import {
  chargeSeal,
  type Digest,
  digits,
  FORM,
  type LineReading,
  type Malformed,
  nodeColumn,
  parseNodeColumn,
  parseTimeText,
  readSealed,
  Sum,
  sealed,
  type Totals,
  type Trailer,
  timeText,
} from './line-file.js'
import { parseMsisdn } from './msisdn.js'
import { yen } from './yen.js'

/**
 * The quarter-hour file, in which charge records reach CRS (seed 004 §4.2, requirements C-01, C-05, C-08).
 * Lines of 95 ASCII characters and a line feed: a header, a line a record, a trailer with count, sum and
 * SHA-256. docs/formats/quarter-hour-file.md has the columns; this file is their only other home.
 */
export interface QuarterHourHeader {
  /** Name of the MCSCP node that wrote it: 1 to 16 of a–z, 0–9 and hyphen. */
  readonly node: string
  /** 1, 2, 3 … per node, without gap. */
  readonly number: number
  /** Start of the half-open quarter-hour. */
  readonly beganAt: EpochMs
  readonly closedAt: EpochMs
  /** Place of the first record in the node's log; of the next one to come when there is none. */
  readonly firstSequence: number
}

/** Length of every line without its line feed. */
export const LINE_LENGTH = 95

/** Longest file that CRS takes and gives back, in bytes: 700,000 records, or 770 charges a second all through. */
export const QUARTER_HOUR_FILE_MAX = 64 * 1_048_576

const SEAL = chargeSeal(LINE_LENGTH)

/** Writes a file line by line, line feeds included; returns its trailer. */
export const encodeQuarterHourFile = (
  header: QuarterHourHeader,
  records: Iterable<ChargeRecord>,
  digest: Digest,
): Generator<string, Trailer> => sealed(SEAL, linesOf(header, records), digest)

function* linesOf(
  header: QuarterHourHeader,
  records: Iterable<ChargeRecord>,
): Generator<string, Totals> {
  yield encodeHeader(header)
  const sum = new Sum()
  for (const record of records) {
    yield encodeRecord(header.firstSequence + sum.count, record)
    sum.add(record.faceValue)
  }
  return sum.totals()
}

const encodeHeader = ({ node, number, beganAt, closedAt, firstSequence }: QuarterHourHeader) =>
  [
    `H${FORM}${nodeColumn(node)}${digits(number, 10)}`,
    `${timeText(beganAt)}${timeText(closedAt)}${digits(firstSequence, 12)}`,
  ].join('')

function encodeRecord(sequence: number, record: ChargeRecord): string {
  const [token = '', entry = ''] = record.chargeId.split('-')
  return [
    `D${digits(sequence, 12)}${token}${entry.padStart(2, '0')}`,
    `${record.msisdn}${CHARGE_KIND_LETTER[record.kind]}${record.serial}`,
    `${digits(record.faceValue, 7)}${timeText(record.chargedAt)}`,
  ].join('')
}

/** What reading a file came to. A file is whole, or nothing of it counts. */
export type DecodedQuarterHourFile =
  | Malformed
  | {
      readonly outcome: 'whole'
      readonly header: QuarterHourHeader
      readonly records: readonly ChargeRecord[]
      readonly trailer: Trailer
    }

/** Reads a whole file and checks everything that it promises. */
export function decodeQuarterHourFile(text: string, digest: Digest): DecodedQuarterHourFile {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  if (read.outcome === 'malformed') return read
  return { ...read, ...reading.content() }
}

/** What was read of a file so far. */
class Reading implements LineReading<Totals> {
  readonly #records: ChargeRecord[] = []
  readonly #sum = new Sum()
  #header: QuarterHourHeader | undefined

  take(line: string): string | undefined {
    return this.#header ? this.#readRecord(line, this.#header) : this.#readHeader(line)
  }

  end(): Totals | string {
    return this.#header ? this.#sum.totals() : 'it is not a header'
  }

  content(): { readonly header: QuarterHourHeader; readonly records: readonly ChargeRecord[] } {
    if (!this.#header) throw new TypeError('a file without a header is not whole')
    return { header: this.#header, records: this.#records }
  }

  #readHeader(line: string): string | undefined {
    const found = /^H(\d\d)(.{16})(\d{10})(\d{17})(\d{17})(\d{12}) {20}$/.exec(line)
    const [, form, column = '', number, began = '', closed = '', firstSequence] = found ?? []
    const node = parseNodeColumn(column)
    if (!found || node === undefined) return 'it is not a header'
    if (form !== FORM) return `it has form ${form}, not ${FORM}`
    const beganAt = parseTimeText(began)
    const closedAt = parseTimeText(closed)
    if (beganAt === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (startOfQuarterHour(beganAt) !== beganAt) return 'it begins within a quarter-hour'
    if (closedAt < beganAt + QUARTER_HOUR_MS) return 'it was closed before its end'
    this.#header = {
      node,
      number: Number(number),
      beganAt,
      closedAt,
      firstSequence: Number(firstSequence),
    }
    return undefined
  }

  #readRecord(line: string, header: QuarterHourHeader): string | undefined {
    const found = RECORD.exec(line)
    if (!found) return 'it is not a record'
    const sequence = Number(found[1])
    const record = parseRecord(found)
    if (!record) return 'a field of the record is not of its kind'
    if (sequence !== header.firstSequence + this.#records.length) return 'its sequence has a gap'
    const earliest = this.#records.at(-1)?.chargedAt ?? header.beganAt
    if (record.chargedAt < earliest) return 'its time is before the line above'
    if (record.chargedAt >= header.beganAt + QUARTER_HOUR_MS) return 'its time is after the end'
    this.#records.push(record)
    this.#sum.add(record.faceValue)
    return undefined
  }
}

const RECORD = /^D(\d{12})([0-9a-f]{32})(\d\d)(\d{11})([MP])([A-Z]{3}\d{9})(\d{7})(\d{17})$/

function parseRecord(found: RegExpExecArray): ChargeRecord | undefined {
  const [, , token, entry, number = '', letter = '', serialText = '', amount, time = ''] = found
  const chargeId = parseChargeId(`${token}-${Number(entry)}`)
  const msisdn = parseMsisdn(number)
  const kind = chargeKindOfLetter(letter)
  const serial = parseSerialNumber(serialText)
  const chargedAt = parseTimeText(time)
  if (!chargeId || !msisdn || !kind || !serial || chargedAt === undefined || amount === '0000000') {
    return undefined
  }
  return { chargeId, msisdn, kind, serial, faceValue: yen(Number(amount)), chargedAt }
}

/** Name of a node's file: sorts by number, and shows the quarter-hour by Japan's clock. */
export const quarterHourFileName = ({
  node,
  number,
  beganAt,
}: Pick<QuarterHourHeader, 'node' | 'number' | 'beganAt'>): string =>
  `${node}-${digits(number, 10)}-${timeText(beganAt).slice(0, 12)}.txt`
