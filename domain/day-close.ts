import { CHARGE_KIND_LETTER, type ChargeKind, chargeKindOfLetter } from './charge-kind.js'
import type { EpochMs } from './clock.js'
import { type JstDay, nextJstDay, parseJstDay, startOfJstDay } from './jst.js'
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
import { LINE_LENGTH } from './quarter-hour-file.js'
import { type Yen, yen } from './yen.js'

/**
 * The day close (日締めレコード, seed 004 §4.2; requirements C-04, C-06): fixes what a node charged up to the
 * end of a day of Japan. docs/formats/day-close.md has the columns; this file is their only other home.
 */
export interface DayClose {
  readonly node: string
  readonly day: JstDay
  readonly closedAt: EpochMs
  /** Numbers of the first and the last quarter-hour file of the day. */
  readonly firstNumber: number
  readonly lastNumber: number
}

/** What the node charged of one kind and face value that day, in order of these two. */
export interface DaySum extends Totals {
  readonly kind: ChargeKind
  readonly faceValue: Yen
}

const SEAL = chargeSeal(LINE_LENGTH)

/** Most files of a day. */
const QUARTER_HOURS = 96

/** Writes a day close line by line, line feeds included; returns its trailer. */
export const encodeDayClose = (
  close: DayClose,
  sums: Iterable<DaySum>,
  digest: Digest,
): Generator<string, Trailer> => sealed(SEAL, linesOf(close, sums), digest)

function* linesOf(
  { node, day, closedAt, firstNumber, lastNumber }: DayClose,
  sums: Iterable<DaySum>,
): Generator<string, Totals> {
  yield [
    `C${FORM}${nodeColumn(node)}${day.replaceAll('-', '')}${timeText(closedAt)}`,
    `${digits(firstNumber, 10)}${digits(lastNumber, 10)}`,
  ].join('')
  const total = new Sum()
  for (const { kind, faceValue, count, sum } of sums) {
    yield `S${CHARGE_KIND_LETTER[kind]}${digits(faceValue, 7)}${digits(count, 10)}${digits(sum, 13)}`
    total.addAll({ count, sum })
  }
  return total.totals()
}

/** What reading a day close came to. It is whole, or nothing of it counts. */
export type DecodedDayClose =
  | Malformed
  | {
      readonly outcome: 'whole'
      readonly close: DayClose
      readonly sums: readonly DaySum[]
      readonly trailer: Trailer
    }

/** Reads a whole day close and checks everything that it promises. */
export function decodeDayClose(text: string, digest: Digest): DecodedDayClose {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  return read.outcome === 'malformed' ? read : { ...read, ...reading.content() }
}

/** What was read of a day close so far. */
class Reading implements LineReading<Totals> {
  readonly #sums: DaySum[] = []
  readonly #total = new Sum()
  #close: DayClose | undefined
  /** What the last sum is sorted by. */
  #last = ''

  take(line: string): string | undefined {
    return this.#close ? this.#readSum(line) : this.#readHeader(line)
  }

  end(): Totals | string {
    return this.#close ? this.#total.totals() : 'it is not a header'
  }

  content(): { readonly close: DayClose; readonly sums: readonly DaySum[] } {
    if (!this.#close) throw new TypeError('a day close without a header is not whole')
    return { close: this.#close, sums: this.#sums }
  }

  #readHeader(line: string): string | undefined {
    const found = /^C(\d\d)(.{16})(\d{4})(\d\d)(\d\d)(\d{17})(\d{10})(\d{10}) {31}$/.exec(line)
    const [, form, column = '', year, month, date, closed = '', first, last] = found ?? []
    const node = parseNodeColumn(column)
    if (!found || node === undefined) return 'it is not a header'
    if (form !== FORM) return `it has form ${form}, not ${FORM}`
    const day = parseJstDay(`${year}-${month}-${date}`)
    const closedAt = parseTimeText(closed)
    if (day === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (closedAt < startOfJstDay(nextJstDay(day))) return 'it was closed before its end'
    const [firstNumber, lastNumber] = [Number(first), Number(last)]
    const files = lastNumber - firstNumber + 1
    if (firstNumber < 1 || files < 1 || files > QUARTER_HOURS) return 'it has not 1 to 96 files'
    this.#close = { node, day, closedAt, firstNumber, lastNumber }
    return undefined
  }

  #readSum(line: string): string | undefined {
    const found = /^S([MP])(\d{7})(\d{10})(\d{13}) {63}$/.exec(line)
    if (!found) return 'it is not a sum'
    const [, letter = '', ...numbers] = found
    const [faceValue = 0, count = 0, sum = 0] = numbers.map(Number)
    const kind = chargeKindOfLetter(letter)
    if (kind === undefined) return 'a field of the sum is not of its kind'
    if (faceValue === 0 || count === 0) return 'it sums up nothing'
    if (faceValue * count !== sum) return 'its sum is not count times face value'
    const order = line.slice(1, 9)
    if (order <= this.#last) return 'it belongs before the line above'
    this.#last = order
    const one = { kind, faceValue: yen(faceValue), count, sum: yen(sum) }
    this.#sums.push(one)
    this.#total.addAll(one)
    return undefined
  }
}

/** Name of a day close: sorts by day, and stands after the files of its node. */
export const dayCloseFileName = ({ node, day }: Pick<DayClose, 'node' | 'day'>): string =>
  `${node}-${day.replaceAll('-', '')}-close.txt`
