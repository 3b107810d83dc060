import { parseSerialNumber } from './card.js'
import { parseChargeId } from './charge-id.js'
import { CHARGE_KIND_LETTER, chargeKindOfLetter } from './charge-kind.js'
import type { ChargeRecord } from './charge-record.js'
import type { EpochMs } from './clock.js'
import { type Company, parseCompany } from './company.js'
import { HOUR_MS, startOfHour } from './jst.js'
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
 * The hourly file, in which CRS hands charge records to billing (seed 004 §4.2; requirements C-02, C-03,
 * C-10). Lines of 127 ASCII characters and a line feed: a header, ten sections with their totals, a
 * trailer. docs/formats/hourly-file.md has the columns; this file is their only other home.
 */
export interface HourlyHeader {
  /** 1, 2, 3 … over hourly files and day closes together, without gap. */
  readonly sequence: number
  /** Start of the half-open hour. */
  readonly beganAt: EpochMs
  readonly closedAt: EpochMs
}

/** A charge record as CRS converts it. What a table does not map is `undefined`. */
export interface HourlyRecord extends ChargeRecord {
  /** The company whose section it is in; `undefined`: the error section. */
  readonly company: Company | undefined
  /** Two characters of 0–9, A–Z, as the next. */
  readonly kindCode: string | undefined
  readonly faceValueCode: string | undefined
  /** Three characters of 0–9, A–Z. */
  readonly nodeCode: string | undefined
  /** Name of the node that charged it. */
  readonly node: string
  /** Number of the node's quarter-hour file that it came in. */
  readonly fileNumber: number
  /** Its place in that file, from 1. */
  readonly place: number
}

/** Why a record is in the error section: what a table does not map, in the order it is checked. */
export const UNMAPPED = ['kind', 'face_value', 'node', 'company'] as const
export type Unmapped = (typeof UNMAPPED)[number]

/** Why a record is in the error section; `undefined` for one of a company. */
export function unmappedOf(record: HourlyRecord): Unmapped | undefined {
  if (record.kindCode === undefined) return 'kind'
  if (record.faceValueCode === undefined) return 'face_value'
  if (record.nodeCode === undefined) return 'node'
  return record.company === undefined ? 'company' : undefined
}

/** Length of every line without its line feed, here and in the forwarded day close. */
export const HOURLY_LINE_LENGTH = 127

const SEAL = chargeSeal(HOURLY_LINE_LENGTH)

/** Company, or the error section: the order in which sections stand. */
type Section = Company | 0
const SECTIONS: readonly Section[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]

const UNMAPPED_CODE: Readonly<Record<Unmapped, string>> = {
  kind: 'KD',
  face_value: 'FV',
  node: 'ND',
  company: 'CO',
}

/**
 * Writes a file line by line, line feeds included; returns its trailer. The records of the hour come in
 * order of charge time, node, file and place, and are divided among the sections here.
 */
export const encodeHourlyFile = (
  header: HourlyHeader,
  records: Iterable<HourlyRecord>,
  digest: Digest,
): Generator<string, Trailer> => sealed(SEAL, linesOf(header, records), digest)

function* linesOf(
  { sequence, beganAt, closedAt }: HourlyHeader,
  records: Iterable<HourlyRecord>,
): Generator<string, Totals> {
  yield `H${FORM}${digits(sequence, 10)}${timeText(beganAt)}${timeText(closedAt)}`
  const sections = SECTIONS.map(section => ({ section, lines: [] as string[], sum: new Sum() }))
  for (const record of records) {
    const own = sections.find(({ section }) => section === (record.company ?? 0))
    own?.lines.push(encodeRecord(record))
    own?.sum.add(record.faceValue)
  }
  const total = new Sum()
  for (const { section, lines, sum } of sections) {
    yield `B${section}`
    yield* lines
    yield `E${section}${digits(sum.count, 10)}${digits(sum.sum, 13)}`
    total.addAll(sum)
  }
  return total.totals()
}

function encodeRecord(record: HourlyRecord): string {
  const [token = '', entry = ''] = record.chargeId.split('-')
  const unmapped = unmappedOf(record)
  if (unmapped !== undefined && record.company !== undefined) {
    throw new RangeError(`a company has no record whose ${unmapped} is unmapped`)
  }
  const { kindCode = '??', faceValueCode = '??', nodeCode = '???' } = record
  if (!/^[0-9A-Z?]{7}$/.test(`${kindCode}${faceValueCode}${nodeCode}`)) {
    throw new RangeError(`not codes: ${kindCode}, ${faceValueCode}, ${nodeCode}`)
  }
  return [
    `D${record.company ?? 0}${kindCode}${faceValueCode}${nodeCode}`,
    `${record.msisdn}${CHARGE_KIND_LETTER[record.kind]}${record.serial}`,
    `${digits(record.faceValue, 7)}${timeText(record.chargedAt)}`,
    `${token}${entry.padStart(2, '0')}`,
    `${nodeColumn(record.node)}${digits(record.fileNumber, 10)}${digits(record.place, 8)}`,
    unmapped === undefined ? '' : UNMAPPED_CODE[unmapped],
  ].join('')
}

/** What reading a file came to. A file is whole, or nothing of it counts. */
export type DecodedHourlyFile =
  | Malformed
  | {
      readonly outcome: 'whole'
      readonly header: HourlyHeader
      /** Section after section, as they stand in the file. */
      readonly records: readonly HourlyRecord[]
      readonly trailer: Trailer
    }

/** Reads a whole file and checks everything that it promises. */
export function decodeHourlyFile(text: string, digest: Digest): DecodedHourlyFile {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  return read.outcome === 'malformed' ? read : { ...read, ...reading.content() }
}

/** What was read of a file so far. */
class Reading implements LineReading<Totals> {
  readonly #records: HourlyRecord[] = []
  readonly #total = new Sum()
  #header: HourlyHeader | undefined
  /** Sections that have begun. */
  #begun = 0
  /** The section that is open: what was read of it. */
  #open: { readonly section: Section; readonly sum: Sum; last?: HourlyRecord } | undefined

  take(line: string): string | undefined {
    if (!this.#header) return this.#readHeader(line)
    if (!this.#open) return this.#beginSection(line)
    return line.startsWith('E')
      ? this.#endSection(line, this.#open)
      : this.#readRecord(line, this.#open, this.#header)
  }

  end(): Totals | string {
    if (this.#open || this.#begun < SECTIONS.length) return 'sections are missing above it'
    return this.#total.totals()
  }

  content(): { readonly header: HourlyHeader; readonly records: readonly HourlyRecord[] } {
    if (!this.#header) throw new TypeError('a file without a header is not whole')
    return { header: this.#header, records: this.#records }
  }

  #readHeader(line: string): string | undefined {
    const found = /^H(\d\d)(\d{10})(\d{17})(\d{17}) {80}$/.exec(line)
    if (!found) return 'it is not a header'
    const [, form, sequence, began = '', closed = ''] = found
    if (form !== FORM) return `it has form ${form}, not ${FORM}`
    const beganAt = parseTimeText(began)
    const closedAt = parseTimeText(closed)
    if (beganAt === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (Number(sequence) < 1) return 'its sequence is not 1 or more'
    if (startOfHour(beganAt) !== beganAt) return 'it begins within an hour'
    if (closedAt < beganAt + HOUR_MS) return 'it was closed before its end'
    this.#header = { sequence: Number(sequence), beganAt, closedAt }
    return undefined
  }

  #beginSection(line: string): string | undefined {
    const section = SECTIONS[this.#begun]
    if (section === undefined) return 'it stands after the last section'
    if (line !== `B${section}`.padEnd(HOURLY_LINE_LENGTH))
      return `section ${section} must begin here`
    this.#begun++
    this.#open = { section, sum: new Sum() }
    return undefined
  }

  #endSection(line: string, { section, sum }: { section: Section; sum: Sum }): string | undefined {
    const total = `E${section}${digits(sum.count, 10)}${digits(sum.sum, 13)}`
    if (line !== total.padEnd(HOURLY_LINE_LENGTH))
      return `it is not the total of section ${section}`
    this.#total.addAll(sum)
    this.#open = undefined
    return undefined
  }

  #readRecord(
    line: string,
    open: { readonly section: Section; readonly sum: Sum; last?: HourlyRecord },
    { beganAt }: HourlyHeader,
  ): string | undefined {
    const found = RECORD.exec(line)
    if (!found) return 'it is not a record'
    const record = parseRecord(found)
    if (!record) return 'a field of the record is not of its kind'
    if ((record.company ?? 0) !== open.section) return 'it is a record of another section'
    const unmapped = unmappedOf(record)
    const why = unmapped === undefined ? '  ' : UNMAPPED_CODE[unmapped]
    if (found.at(-1) !== why) return 'its codes do not say why it is in this section'
    if (record.chargedAt >= beganAt + HOUR_MS) return 'its time is after the end'
    if (open.last && compareRecords(open.last, record) >= 0)
      return 'it belongs before the line above'
    open.last = record
    open.sum.add(record.faceValue)
    this.#records.push(record)
    return undefined
  }
}

const RECORD =
  /^D(\d)(\?\?|[0-9A-Z]{2})(\?\?|[0-9A-Z]{2})(\?{3}|[0-9A-Z]{3})(\d{11})([MP])([A-Z]{3}\d{9})(\d{7})(\d{17})([0-9a-f]{32})(\d\d)(.{16})(\d{10})(\d{8})(KD|FV|ND|CO| {2})$/

function parseRecord(found: RegExpExecArray): HourlyRecord | undefined {
  const [, company = '', kindCode, faceValueCode, nodeCode, number = '', letter = ''] = found
  const [serialText = '', amount, time = '', token, entry, column = '', file, place] =
    found.slice(7)
  const msisdn = parseMsisdn(number)
  const kind = chargeKindOfLetter(letter)
  const serial = parseSerialNumber(serialText)
  const chargedAt = parseTimeText(time)
  const chargeId = parseChargeId(`${token}-${Number(entry)}`)
  const node = parseNodeColumn(column)
  if (!msisdn || !kind || !serial || chargedAt === undefined || !chargeId || !node) return undefined
  const [faceValue, fileNumber, placed] = [amount, file, place].map(Number)
  if (!faceValue || !fileNumber || !placed) return undefined
  return {
    ...{ chargeId, msisdn, kind, serial, faceValue: yen(faceValue), chargedAt },
    company: parseCompany(company),
    kindCode: mapped(kindCode),
    faceValueCode: mapped(faceValueCode),
    nodeCode: mapped(nodeCode),
    ...{ node, fileNumber, place: placed },
  }
}

const mapped = (code: string | undefined): string | undefined =>
  code?.startsWith('?') ? undefined : code

/** Order of the records of a section: charge time, node, file, place. */
function compareRecords(a: HourlyRecord, b: HourlyRecord): number {
  if (a.chargedAt !== b.chargedAt) return a.chargedAt - b.chargedAt
  if (a.node !== b.node) return a.node < b.node ? -1 : 1
  return a.fileNumber - b.fileNumber || a.place - b.place
}

/** Name of an hourly file: sorts by sequence, and shows the hour by Japan's clock. */
export const hourlyFileName = ({
  sequence,
  beganAt,
}: Pick<HourlyHeader, 'sequence' | 'beganAt'>): string =>
  `${digits(sequence, 10)}-${timeText(beganAt).slice(0, 10)}.txt`
