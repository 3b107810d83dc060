import {
  type Digest,
  digits,
  FORM,
  type LineReading,
  type Malformed,
  readSealed,
  type Seal,
  sealed,
} from './line-file.js'

/**
 * CRS's answer to a trigger: every closed file after the sequence that the trigger named, in order; none
 * is an empty answer (requirement F-07). ASCII lines of 127 characters and a line feed;
 * docs/formats/exchange.md has the columns.
 */
export interface TriggerAnswer {
  /** Number of the trigger that is answered. */
  readonly trigger: number
  /** Last sequence that the trigger named. */
  readonly lastSequence: number
  /** In order, without gap: the first one's sequence is `lastSequence` and 1. */
  readonly files: readonly OfferedFile[]
}

/** A closed file that billing may fetch: an hourly file, or a day close. */
export interface OfferedFile {
  readonly sequence: number
  /** Its name in the folder of files. */
  readonly name: string
  /** Length in bytes. */
  readonly length: number
  /** SHA-256 of the whole file, lower-case hexadecimal. */
  readonly sha256: string
}

/** Number of files that an answer offers. */
interface Offered {
  readonly count: number
}

const LENGTH = 127
const SEAL: Seal<Offered> = { length: LENGTH, summary: ({ count }) => `T${digits(count, 10)}` }

/** Longest name that fits its column. */
const NAME_LENGTH = 32

/** The bytes of an answer. */
export const encodeTriggerAnswer = (answer: TriggerAnswer, digest: Digest): string =>
  [...sealed(SEAL, linesOf(answer), digest)].join('')

function* linesOf({ trigger, lastSequence, files }: TriggerAnswer): Generator<string, Offered> {
  yield `A${FORM}${digits(trigger, 10)}${digits(lastSequence, 10)}${digits(files.length, 10)}`
  for (const { sequence, name, length, sha256 } of files) {
    if (!NAME.test(name)) throw new RangeError(`not the name of a file: ${name}`)
    yield `F${digits(sequence, 10)}${name.padEnd(NAME_LENGTH)}${digits(length, 12)}${sha256}`
  }
  return { count: files.length }
}

/** `0000000042-2000120110.txt`, or of a day close `0000000043-20001201-close.txt`. */
const NAME = /^(\d{10})-(?:\d{10}|\d{8}-close)\.txt$/

/** Reads a whole answer and checks everything that it promises. */
export function decodeTriggerAnswer(
  text: string,
  digest: Digest,
): Malformed | { readonly outcome: 'whole'; readonly answer: TriggerAnswer } {
  const reading = new Reading()
  const read = readSealed(text, SEAL, reading, digest)
  return read.outcome === 'malformed' ? read : { outcome: 'whole', answer: reading.answer() }
}

/** What was read of an answer so far. */
class Reading implements LineReading<Offered> {
  readonly #files: OfferedFile[] = []
  #header: Omit<TriggerAnswer, 'files'> | undefined
  /** Files that the header promises. */
  #promised = 0

  take(line: string): string | undefined {
    return this.#header ? this.#readFile(line, this.#header) : this.#readHeader(line)
  }

  end(): Offered | string {
    if (!this.#header) return 'it is not a header'
    const count = this.#files.length
    return count === this.#promised ? { count } : 'the number of files differs'
  }

  answer(): TriggerAnswer {
    if (!this.#header) throw new TypeError('an answer without a header is not whole')
    return { ...this.#header, files: this.#files }
  }

  #readHeader(line: string): string | undefined {
    const found = /^A(\d\d)(\d{10})(\d{10})(\d{10}) {94}$/.exec(line)
    if (!found) return 'it is not a header'
    const [, form, trigger, lastSequence, promised] = found
    if (form !== FORM) return `it has form ${form}, not ${FORM}`
    this.#header = { trigger: Number(trigger), lastSequence: Number(lastSequence) }
    this.#promised = Number(promised)
    return undefined
  }

  #readFile(line: string, { lastSequence }: { lastSequence: number }): string | undefined {
    const found = /^F(\d{10})(.{32})(\d{12})([0-9a-f]{64}) {8}$/.exec(line)
    if (!found) return 'it is not a file that is offered'
    const [, sequence, column = '', length, sha256 = ''] = found
    const name = column.trimEnd()
    if (NAME.exec(name)?.[1] !== sequence) return 'it is not the name of a file of that sequence'
    if (Number(sequence) !== lastSequence + this.#files.length + 1) return 'its sequence has a gap'
    this.#files.push({ sequence: Number(sequence), name, length: Number(length), sha256 })
    return undefined
  }
}
