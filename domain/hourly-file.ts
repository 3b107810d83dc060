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
  type Seal,
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
  /** How the file came about; absent in form 01, which does not tell. */
  readonly closure?: HourlyClosure
}

/**
 * How a file came about, after what 3GPP TS 32.297 §6.1 has a CDR file tell: when it was opened, when it
 * last grew, why it was closed, and whether records are known to be missing. Told since form 02.
 */
export interface HourlyClosure {
  /** When the hour before was closed: from then on, records that came went into this file. */
  readonly openedAt: EpochMs
  /** When CRS took the last of the quarter-hour files that are in it; `undefined` when none is. */
  readonly lastReceivedAt: EpochMs | undefined
  /**
   * Quarter-hours of this hour that nodes had not delivered, which an operator had declared out: their
   * records, if any, come late, in a later file.
   */
  readonly missing: number
}

/** What the trailer sums up; `late`, since form 02: records that were charged before the hour. */
export interface HourlyTotals extends Totals {
  readonly closure?: HourlyClosure
  readonly late?: number
}

/** Why a file was closed: all nodes had delivered the hour, or an operator had declared some out. */
const CLOSED_IN_TIME = '002'
const CLOSED_BY_HAND = '004'

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

/** The second form tells how a file came about. */
const FORM_WITH_CLOSURE = '02'

const SEAL: Seal<HourlyTotals> = {
  length: HOURLY_LINE_LENGTH,
  summary: ({ closure, late = 0, ...totals }) => {
    const own = chargeSeal(HOURLY_LINE_LENGTH).summary(totals)
    return closure
      ? `${own}${reasonOf(closure)}${digits(closure.missing, 6)}${digits(late, 10)}`
      : own
  },
}

const reasonOf = ({ missing }: HourlyClosure): string =>
  missing === 0 ? CLOSED_IN_TIME : CLOSED_BY_HAND

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
): Generator<string, HourlyTotals & Trailer> => sealed(SEAL, linesOf(header, records), digest)

function* linesOf(
  header: HourlyHeader,
  records: Iterable<HourlyRecord>,
): Generator<string, HourlyTotals> {
  yield encodeHeader(header)
  let late = 0
  const sections = SECTIONS.map(section => ({ section, lines: [] as string[], sum: new Sum() }))
  for (const record of records) {
    const own = sections.find(({ section }) => section === (record.company ?? 0))
    own?.lines.push(encodeRecord(record))
    own?.sum.add(record.faceValue)
    if (record.chargedAt < header.beganAt) late++
  }
  const total = new Sum()
  for (const { section, lines, sum } of sections) {
    yield `B${section}`
    yield* lines
    yield `E${section}${digits(sum.count, 10)}${digits(sum.sum, 13)}`
    total.addAll(sum)
  }
  return withClosure(total.totals(), header.closure, late)
}

const withClosure = (
  totals: Totals,
  closure: HourlyClosure | undefined,
  late: number,
): HourlyTotals => (closure ? { ...totals, closure, late } : totals)

function encodeHeader({ sequence, beganAt, closedAt, closure }: HourlyHeader): string {
  const own = `${digits(sequence, 10)}${timeText(beganAt)}${timeText(closedAt)}`
  if (!closure) return `H${FORM}${own}`
  const { openedAt, lastReceivedAt, missing } = closure
  const received = lastReceivedAt === undefined ? NEVER : timeText(lastReceivedAt)
  return [
    `H${FORM_WITH_CLOSURE}${own}${timeText(openedAt)}${received}`,
    `${reasonOf(closure)}${digits(missing, 6)}`,
  ].join('')
}

/** A moment that never was, in its column. */
const NEVER = '0'.repeat(17)

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
      readonly trailer: HourlyTotals & Trailer
    }

/** Reads a whole file, of either form, and checks everything that it promises. */
export function decodeHourlyFile(text: string, digest: Digest): DecodedHourlyFile {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  return read.outcome === 'malformed' ? read : { ...read, ...reading.content() }
}

/** What was read of a file so far. */
class Reading implements LineReading<HourlyTotals> {
  readonly #records: HourlyRecord[] = []
  readonly #total = new Sum()
  #late = 0
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

  end(): HourlyTotals | string {
    if (this.#open || this.#begun < SECTIONS.length) return 'sections are missing above it'
    return withClosure(this.#total.totals(), this.#header?.closure, this.#late)
  }

  content(): { readonly header: HourlyHeader; readonly records: readonly HourlyRecord[] } {
    if (!this.#header) throw new TypeError('a file without a header is not whole')
    return { header: this.#header, records: this.#records }
  }

  #readHeader(line: string): string | undefined {
    const found = /^H(\d\d)(\d{10})(\d{17})(\d{17})([ \d]{80})$/.exec(line)
    if (!found) return 'it is not a header'
    const [, form, sequence, began = '', closed = '', rest = ''] = found
    if (form !== FORM && form !== FORM_WITH_CLOSURE) {
      return `it has form ${form}, not ${FORM} or ${FORM_WITH_CLOSURE}`
    }
    const beganAt = parseTimeText(began)
    const closedAt = parseTimeText(closed)
    if (beganAt === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (Number(sequence) < 1) return 'its sequence is not 1 or more'
    if (startOfHour(beganAt) !== beganAt) return 'it begins within an hour'
    if (closedAt < beganAt + HOUR_MS) return 'it was closed before its end'
    const own = { sequence: Number(sequence), beganAt, closedAt }
    if (form === FORM) {
      this.#header = own
      return rest.trimEnd() === '' ? undefined : 'it is not a header'
    }
    const closure = parseClosure(rest)
    if (typeof closure === 'string') return closure
    this.#header = { ...own, closure }
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
    if (record.chargedAt < beganAt) this.#late++
    this.#records.push(record)
    return undefined
  }
}

/** What form 02 adds to the header; a text says what is wrong with it. */
function parseClosure(text: string): HourlyClosure | string {
  const found = /^(\d{17})(\d{17})(\d{3})(\d{6}) {37}$/.exec(text)
  if (!found) return 'it is not a header'
  const [, opened = '', received = '', reason, missing] = found
  const openedAt = parseTimeText(opened)
  const lastReceivedAt = parseTimeText(received)
  if (openedAt === undefined || (lastReceivedAt === undefined && received !== NEVER)) {
    return 'a time is not of the calendar'
  }
  const closure = { openedAt, lastReceivedAt, missing: Number(missing) }
  return reason === reasonOf(closure) ? closure : 'its closure reason does not fit what is missing'
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
