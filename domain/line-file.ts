import { type EpochMs, epochMs } from './clock.js'
import { JST_AHEAD_MS, jstText } from './jst.js'
import { type Yen, yen } from './yen.js'

/**
 * What the files on the road to billing have in common (docs/formats): ASCII lines of one length, each
 * with a line feed; whole numbers with leading zeros, texts with spaces after them, times by Japan's
 * clock; and at the end a trailer with count, sum and the SHA-256 of all that stands before it.
 */
export interface Totals {
  /** Number of records. */
  readonly count: number
  /** Sum of their face values. */
  readonly sum: Yen
}

/** A file as its trailer sums it up. */
export interface Trailer extends Totals {
  /** SHA-256 of all that stands before it, lower-case hexadecimal. */
  readonly sha256: string
}

/** A file of which nothing counts, because of one line: its number from 1, and what is wrong with it. */
export interface Malformed {
  readonly outcome: 'malformed'
  readonly line: number
  readonly why: string
}

/** SHA-256 over texts of ASCII, handed in. */
export interface Digest {
  update(text: string): void
  /** Lower-case hexadecimal. */
  hex(): string
}

/** Form of file that this code writes and reads: the first of each. */
export const FORM = '01'

const SHA256_LENGTH = 64

/** The end of one kind of file. */
export interface Seal<T> {
  /** Length of every line without its line feed. */
  readonly length: number
  /** What the trailer says in front of its digest, without the spaces between. */
  summary(totals: T): string
}

/** The seal of files of charge records: count and sum. */
export const chargeSeal = (length: number): Seal<Totals> => ({
  length,
  summary: ({ count, sum }) => `T${digits(count, 10)}${digits(sum, 13)}`,
})

/** Writes lines, padded to the file's length, and after them the trailer with what they come to. */
export function* sealed<T extends object>(
  seal: Seal<T>,
  lines: Generator<string, T>,
  digest: Digest,
): Generator<string, T & { readonly sha256: string }> {
  const hashed = (text: string) => {
    digest.update(text)
    return text
  }
  let line = lines.next()
  for (; !line.done; line = lines.next()) yield hashed(`${line.value.padEnd(seal.length)}\n`)
  const summary = hashed(seal.summary(line.value).padEnd(seal.length - SHA256_LENGTH))
  const sha256 = digest.hex()
  yield `${summary}${sha256}\n`
  return { ...line.value, sha256 }
}

/** How one kind of file is read: line by line, each judged by those before it. */
export interface LineReading<T> {
  /** Takes a line that is not the last. What is wrong with it, or nothing. */
  take(line: string): string | undefined
  /** What the trailer must show; a text says why the file cannot end here. */
  end(): T | string
}

/** Reads a whole file, its trailer included, and checks everything that all these files promise. */
export function readSealed<T extends object>(
  text: string,
  seal: Seal<T>,
  reading: LineReading<T>,
  digest: Digest,
): Malformed | { readonly outcome: 'whole'; readonly trailer: T & { readonly sha256: string } } {
  const lines = text.split('\n')
  // The last line feed ends the last line, so after it stands nothing.
  const rest = lines.pop()
  const last = lines.pop()
  for (const [index, line] of lines.entries()) {
    const why = reading.take(line)
    if (why) return malformed(index + 1, why)
  }
  const number = lines.length + 1
  if (last === undefined) return malformed(number, 'it is not a whole line')
  // What stands before the last line, hashed at once: line by line it would cost more than reading them.
  digest.update(text.slice(0, text.length - last.length - 1 - (rest?.length ?? 0)))
  const trailer = readTrailer(last, seal, reading.end(), digest)
  if (typeof trailer === 'string') return malformed(number, trailer)
  if (rest !== '') return malformed(number + 1, 'it stands after the trailer')
  return { outcome: 'whole', trailer }
}

const malformed = (line: number, why: string): Malformed => ({ outcome: 'malformed', line, why })

function readTrailer<T extends object>(
  line: string,
  { length, summary }: Seal<T>,
  expected: T | string,
  digest: Digest,
): (T & { readonly sha256: string }) | string {
  if (!/^T.*[0-9a-f]{64}$/.test(line) || line.length !== length) return 'it is not a trailer'
  if (typeof expected === 'string') return expected
  const found = line.slice(0, -SHA256_LENGTH)
  digest.update(found)
  if (found.trimEnd() !== summary(expected)) return 'its totals differ from what stands above it'
  const sha256 = digest.hex()
  if (!line.endsWith(sha256)) return 'the digest differs'
  return { ...expected, sha256 }
}

/** Totals of what is counted in one by one. */
export class Sum implements Totals {
  #count = 0
  #yen = 0

  add(amount: Yen): void {
    this.#count++
    this.#yen += amount
  }

  addAll({ count, sum }: Totals): void {
    this.#count += count
    this.#yen += sum
  }

  get count(): number {
    return this.#count
  }

  get sum(): Yen {
    return yen(this.#yen)
  }

  totals(): Totals {
    return { count: this.count, sum: this.sum }
  }
}

/** A whole number in a column of its own width. Throws `RangeError` for one that does not fit. */
export function digits(value: number, width: number): string {
  const text = `${value}`.padStart(width, '0')
  if (text.length !== width || value < 0) {
    throw new RangeError(`${value} does not fit ${width} digits`)
  }
  return text
}

/** `20001201101459999`: a moment by Japan's clock, to the millisecond. */
export const timeText = (at: EpochMs): string => jstText(at).slice(0, 23).replace(/\D/g, '')

/** Reads `20001201101459999`; `undefined` when it is not of the calendar. */
export function parseTimeText(text: string): EpochMs | undefined {
  if (!/^\d{17}$/.test(text)) return undefined
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(4, 6))
  const day = Number(text.slice(6, 8))
  const hour = Number(text.slice(8, 10))
  const minute = Number(text.slice(10, 12))
  const second = Number(text.slice(12, 14))
  // Date.UTC takes years up to 99 for those of 1900, and carries over what is too much.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month))
    return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const at = Date.UTC(year, month - 1, day, hour, minute, second, Number(text.slice(14)))
  return epochMs(at - JST_AHEAD_MS)
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const daysOf = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    ? 29
    : (DAYS[month - 1] ?? 0)

/** Name of a node: 1 to 16 of a–z, 0–9 and hyphen. */
export const isNodeName = (text: string): boolean => /^[a-z0-9-]{1,16}$/.test(text)

/** A node's name in its column of 16. Throws `RangeError` for what is no name. */
export function nodeColumn(node: string): string {
  if (!isNodeName(node)) throw new RangeError(`not the name of a node: ${node}`)
  return node.padEnd(16)
}

/** The name in a column of 16; `undefined` when it holds none. */
export function parseNodeColumn(text: string): string | undefined {
  const node = text.trimEnd()
  return text.length === 16 && isNodeName(node) ? node : undefined
}
