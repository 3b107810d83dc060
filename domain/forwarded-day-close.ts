import { CHARGE_KIND_LETTER, type ChargeKind, chargeKindOfLetter } from './charge-kind.js'
import type { EpochMs } from './clock.js'
import { HOURLY_LINE_LENGTH } from './hourly-file.js'
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
import { type Yen, yen } from './yen.js'

/**
 * The day close as CRS sends it on to billing (日締めレコード, seed 004 §4.2; requirements C-04, C-06): what
 * the hourly files of a day hold, a node, kind and face value. docs/formats/hourly-file.md has the
 * columns; this file is their only other home.
 */
export interface ForwardedDayClose {
  /** Its place among the hourly files. */
  readonly sequence: number
  readonly day: JstDay
  readonly closedAt: EpochMs
}

/** What one node charged of one kind and face value, in order of these three. */
export interface ForwardedDaySum extends Totals {
  readonly node: string
  readonly kind: ChargeKind
  readonly faceValue: Yen
}

const SEAL = chargeSeal(HOURLY_LINE_LENGTH)

/** Writes a day close line by line, line feeds included; returns its trailer. */
export const encodeForwardedDayClose = (
  close: ForwardedDayClose,
  sums: Iterable<ForwardedDaySum>,
  digest: Digest,
): Generator<string, Trailer> => sealed(SEAL, linesOf(close, sums), digest)

function* linesOf(
  { sequence, day, closedAt }: ForwardedDayClose,
  sums: Iterable<ForwardedDaySum>,
): Generator<string, Totals> {
  const days = day.replaceAll('-', '').padEnd(17)
  yield `C${FORM}${digits(sequence, 10)}${days}${timeText(closedAt)}`
  const total = new Sum()
  for (const one of sums) {
    const kind = CHARGE_KIND_LETTER[one.kind]
    yield [
      `S${nodeColumn(one.node)}${kind}${digits(one.faceValue, 7)}`,
      `${digits(one.count, 10)}${digits(one.sum, 13)}`,
    ].join('')
    total.addAll(one)
  }
  return total.totals()
}

/** What reading a day close came to. It is whole, or nothing of it counts. */
export type DecodedForwardedDayClose =
  | Malformed
  | {
      readonly outcome: 'whole'
      readonly close: ForwardedDayClose
      readonly sums: readonly ForwardedDaySum[]
      readonly trailer: Trailer
    }

/** Reads a whole day close and checks everything that it promises. */
export function decodeForwardedDayClose(text: string, digest: Digest): DecodedForwardedDayClose {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  return read.outcome === 'malformed' ? read : { ...read, ...reading.content() }
}

/** What was read of a day close so far. */
class Reading implements LineReading<Totals> {
  readonly #sums: ForwardedDaySum[] = []
  readonly #total = new Sum()
  #close: ForwardedDayClose | undefined
  /** What the last sum is sorted by. */
  #last = ''

  take(line: string): string | undefined {
    return this.#close ? this.#readSum(line) : this.#readHeader(line)
  }

  end(): Totals | string {
    return this.#close ? this.#total.totals() : 'it is not a header'
  }

  content(): { readonly close: ForwardedDayClose; readonly sums: readonly ForwardedDaySum[] } {
    if (!this.#close) throw new TypeError('a day close without a header is not whole')
    return { close: this.#close, sums: this.#sums }
  }

  #readHeader(line: string): string | undefined {
    const found = /^C(\d\d)(\d{10})(\d{4})(\d\d)(\d\d) {9}(\d{17}) {80}$/.exec(line)
    if (!found) return 'it is not a header'
    const [, form, sequence, year, month, date, closed = ''] = found
    if (form !== FORM) return `it has form ${form}, not ${FORM}`
    const day = parseJstDay(`${year}-${month}-${date}`)
    const closedAt = parseTimeText(closed)
    if (day === undefined || closedAt === undefined) return 'a time is not of the calendar'
    if (Number(sequence) < 1) return 'its sequence is not 1 or more'
    if (closedAt < startOfJstDay(nextJstDay(day))) return 'it was closed before its end'
    this.#close = { sequence: Number(sequence), day, closedAt }
    return undefined
  }

  #readSum(line: string): string | undefined {
    const found = /^S(.{16})([MP])(\d{7})(\d{10})(\d{13}) {79}$/.exec(line)
    if (!found) return 'it is not a sum'
    const [, column = '', letter = '', ...numbers] = found
    const [faceValue = 0, count = 0, sum = 0] = numbers.map(Number)
    const node = parseNodeColumn(column)
    const kind = chargeKindOfLetter(letter)
    if (node === undefined || kind === undefined) return 'a field of the sum is not of its kind'
    if (faceValue === 0 || count === 0) return 'it sums up nothing'
    if (faceValue * count !== sum) return 'its sum is not count times face value'
    const order = line.slice(1, 25)
    if (order <= this.#last) return 'it belongs before the line above'
    this.#last = order
    const one = { node, kind, faceValue: yen(faceValue), count, sum: yen(sum) }
    this.#sums.push(one)
    this.#total.addAll(one)
    return undefined
  }
}

/** Name of a forwarded day close: sorts by sequence among the hourly files. */
export const forwardedDayCloseName = ({
  sequence,
  day,
}: Pick<ForwardedDayClose, 'sequence' | 'day'>): string =>
  `${digits(sequence, 10)}-${day.replaceAll('-', '')}-close.txt`
