import { parseSerialNumber } from './card.js'
import { parseChargeId } from './charge-id.js'
import type { ChargeKind } from './charge-kind.js'
import type { ChargeRecord } from './charge-record.js'
import { type EpochMs, epochMs } from './clock.js'
import { jstText, QUARTER_HOUR_MS, startOfQuarterHour } from './jst.js'
import { parseMsisdn } from './msisdn.js'
import { type Yen, yen } from './yen.js'

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

/** A file as its trailer sums it up. */
export interface QuarterHourTrailer {
  readonly count: number
  readonly sum: Yen
  /** SHA-256 of all that stands before it, lower-case hexadecimal. */
  readonly sha256: string
}

/** SHA-256 over texts of ASCII, handed in. */
export interface Digest {
  update(text: string): void
  hex(): string
}

/** Length of every line without its line feed. */
export const LINE_LENGTH = 95

/** Form of file that this code writes and reads. */
const VERSION = '01'

const KIND_LETTER: Readonly<Record<ChargeKind, string>> = { mobilers: 'M', pricall: 'P' }

/** Writes a file line by line, line feeds included; returns its trailer. */
export function* encodeQuarterHourFile(
  header: QuarterHourHeader,
  records: Iterable<ChargeRecord>,
  digest: Digest,
): Generator<string, QuarterHourTrailer> {
  const hashed = (text: string) => {
    digest.update(text)
    return text
  }
  yield hashed(`${encodeHeader(header)}\n`)
  let count = 0
  let sum = 0
  for (const record of records) {
    yield hashed(`${encodeRecord(header.firstSequence + count, record)}\n`)
    count++
    sum += record.faceValue
  }
  const summary = hashed(`T${digits(count, 10)}${digits(sum, 13)}${' '.repeat(7)}`)
  const sha256 = digest.hex()
  yield `${summary}${sha256}\n`
  return { count, sum: yen(sum), sha256 }
}

const encodeHeader = ({ node, number, beganAt, closedAt, firstSequence }: QuarterHourHeader) =>
  [
    `H${VERSION}${node.padEnd(16)}${digits(number, 10)}`,
    `${timeText(beganAt)}${timeText(closedAt)}${digits(firstSequence, 12)}`,
  ]
    .join('')
    .padEnd(LINE_LENGTH)

function encodeRecord(sequence: number, record: ChargeRecord): string {
  const [token = '', entry = ''] = record.chargeId.split('-')
  return [
    `D${digits(sequence, 12)}${token}${entry.padStart(2, '0')}`,
    `${record.msisdn}${KIND_LETTER[record.kind]}${record.serial}`,
    `${digits(record.faceValue, 7)}${timeText(record.chargedAt)}`,
  ].join('')
}

/** A whole number in a column of its own width. */
function digits(value: number, width: number): string {
  const text = `${value}`.padStart(width, '0')
  if (text.length !== width) throw new RangeError(`${value} does not fit ${width} digits`)
  return text
}

/** `20001201101459999`: a moment by Japan's clock, to the millisecond. */
const timeText = (at: EpochMs): string => jstText(at).slice(0, 23).replace(/\D/g, '')

/** What reading a file came to. A file is whole, or nothing of it counts. */
export type DecodedQuarterHourFile =
  | { readonly outcome: 'malformed'; readonly line: number; readonly why: string }
  | {
      readonly outcome: 'whole'
      readonly header: QuarterHourHeader
      readonly records: readonly ChargeRecord[]
      readonly trailer: QuarterHourTrailer
    }

/** Reads a whole file and checks everything that it promises. */
export function decodeQuarterHourFile(text: string, digest: Digest): DecodedQuarterHourFile {
  const lines = text.split('\n')
  // The last line feed ends the last line, so after it stands nothing.
  const rest = lines.pop()
  const reading = new Reading()
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1
    const why = last ? reading.trailer(line, digest) : reading.line(line, digest)
    if (why) return { outcome: 'malformed', line: index + 1, why }
  }
  if (rest !== '') {
    return { outcome: 'malformed', line: lines.length + 1, why: 'it has no line feed' }
  }
  return reading.result(lines.length)
}

/** What was read of a file so far. Each method answers what is wrong with a line, or nothing. */
class Reading {
  readonly #records: ChargeRecord[] = []
  #header: QuarterHourHeader | undefined
  #trailer: QuarterHourTrailer | undefined
  #sum = 0

  line(line: string, digest: Digest): string | undefined {
    const why = this.#header ? this.#readRecord(line, this.#header) : this.#readHeader(line)
    digest.update(`${line}\n`)
    return why
  }

  trailer(line: string, digest: Digest): string | undefined {
    const found = /^T(\d{10})(\d{13}) {7}([0-9a-f]{64})$/.exec(line)
    if (!found || !this.#header) return 'it is not a trailer after a header'
    const [, count, sum, sha256 = ''] = found
    digest.update(line.slice(0, LINE_LENGTH - sha256.length))
    if (Number(count) !== this.#records.length) return 'the count of records differs'
    if (Number(sum) !== this.#sum) return 'the sum differs'
    if (digest.hex() !== sha256) return 'the digest differs'
    this.#trailer = { count: this.#records.length, sum: yen(this.#sum), sha256 }
    return undefined
  }

  result(lines: number): DecodedQuarterHourFile {
    if (!this.#header || !this.#trailer) {
      return { outcome: 'malformed', line: lines, why: 'it has no header or no trailer' }
    }
    const { header, records, trailer } = {
      header: this.#header,
      records: this.#records,
      trailer: this.#trailer,
    }
    return { outcome: 'whole', header, records, trailer }
  }

  #readHeader(line: string): string | undefined {
    const found = /^H(\d\d)([a-z0-9-]{1,16} *)(\d{10})(\d{17})(\d{17})(\d{12}) {20}$/.exec(line)
    const [, version, node = '', number, began = '', closed = '', firstSequence] = found ?? []
    if (!found || node.length !== 16) return 'it is not a header'
    if (version !== VERSION) return `it has form ${version}, not ${VERSION}`
    const beganAt = parseTime(began)
    const closedAt = parseTime(closed)
    if (beganAt === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (startOfQuarterHour(beganAt) !== beganAt) return 'it begins within a quarter-hour'
    if (closedAt < beganAt + QUARTER_HOUR_MS) return 'it was closed before its end'
    this.#header = {
      node: node.trimEnd(),
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
    this.#sum += record.faceValue
    return undefined
  }
}

const RECORD = /^D(\d{12})([0-9a-f]{32})(\d\d)(\d{11})([MP])([A-Z]{3}\d{9})(\d{7})(\d{17})$/

function parseRecord(found: RegExpExecArray): ChargeRecord | undefined {
  const [, , token, entry, number = '', letter, serialText = '', amount, time = ''] = found
  const chargeId = parseChargeId(`${token}-${Number(entry)}`)
  const msisdn = parseMsisdn(number)
  const serial = parseSerialNumber(serialText)
  const chargedAt = parseTime(time)
  const kind = letter === KIND_LETTER.mobilers ? 'mobilers' : 'pricall'
  if (!chargeId || !msisdn || !serial || chargedAt === undefined || amount === '0000000')
    return undefined
  return { chargeId, msisdn, kind, serial, faceValue: yen(Number(amount)), chargedAt }
}

/** Reads `20001201101459999`; `undefined` when it is not of the calendar. */
function parseTime(text: string): EpochMs | undefined {
  const iso = text.replace(
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/,
    '$1-$2-$3T$4:$5:$6.$7+09:00',
  )
  const at = Date.parse(iso)
  return !Number.isNaN(at) && timeText(epochMs(at)) === text ? epochMs(at) : undefined
}

/** Name of a node's file: sorts by number, and shows the quarter-hour by Japan's clock. */
export const quarterHourFileName = ({
  node,
  number,
  beganAt,
}: Pick<QuarterHourHeader, 'node' | 'number' | 'beganAt'>): string =>
  `${node}-${digits(number, 10)}-${timeText(beganAt).slice(0, 12)}.txt`
