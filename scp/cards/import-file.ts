import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import {
  IMPORT_COLUMNS,
  type ImportCard,
  ImportLines,
  type ImportTerms,
  importHeader,
} from '../rules/import-line.js'

/** A line of a file that is not empty: its card, or what is wrong with it. */
export interface ReadLine {
  readonly line: number
  readonly read: ImportCard | string
}

/** Longest line, in bytes; what is longer is no card, and is not held. */
const LINE_MAX = 200

/** Bytes that are read at once. */
const PART_BYTES = 64 * 1024

const LINE_END = 0x0a

/**
 * A file of another maker's cards, read as a stream in memory that does not grow with it. `read` may be called
 * again: the file is the same one, whatever has its name by then.
 */
export class ImportFile {
  readonly #file: FileHandle
  #hash: Hash = createHash('sha256')

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * Opens a file. Throws `FILE_UNREADABLE` when there is none that can be read, and `KEY_FILE_EXPOSED` when others
   * than its owner can read it: its numbers are money.
   */
  static async open(path: string): Promise<ImportFile> {
    const file = await open(path, 'r').catch(cause => {
      throw unreadable(path, cause)
    })
    const { mode } = await file.stat()
    if ((mode & 0o077) === 0) return new ImportFile(file)
    await file.close()
    throw new Fault('KEY_FILE_EXPOSED', `${path} can be read by others: make it yours alone.`)
  }

  /**
   * The lines behind the header, some at a time. Throws `FILE_MALFORMED` when line 1 names other columns, and
   * `FILE_UNREADABLE`.
   */
  async *read(terms: ImportTerms): AsyncGenerator<readonly ReadLine[]> {
    this.#hash = createHash('sha256')
    let lines: ImportLines | undefined
    let number = 0
    for await (const texts of this.#texts()) {
      const read: ReadLine[] = []
      for (const text of texts) {
        number++
        if (!lines) lines = beginOf(text, terms)
        else if (text === undefined) read.push({ line: number, read: 'is too long to be a card' })
        else if (text !== '') read.push({ line: number, read: lines.read(text) })
      }
      yield read
    }
    if (!lines) beginOf('', terms)
  }

  /** SHA-256 of the file, once `read` has come to its end. */
  sha256(): Buffer {
    return this.#hash.copy().digest()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** Every line, without its end; `undefined` for one that is too long. */
  async *#texts(): AsyncGenerator<readonly (string | undefined)[]> {
    const part = Buffer.allocUnsafe(PART_BYTES)
    let begun = Buffer.alloc(0)
    let isTooLong = false
    const textOf = (end: Buffer): string | undefined => {
      const line = Buffer.concat([begun, end])
      const text = isTooLong || line.length > LINE_MAX ? undefined : line.toString('latin1')
      begun = Buffer.alloc(0)
      isTooLong = false
      return text?.replace(/\r$/, '')
    }
    for (let at = 0; ; ) {
      const { bytesRead } = await this.#file.read(part, 0, PART_BYTES, at).catch(cause => {
        throw unreadable('The file', cause)
      })
      const bytes = part.subarray(0, bytesRead)
      this.#hash.update(bytes)
      at += bytesRead
      const texts: (string | undefined)[] = []
      let from = 0
      for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
        texts.push(textOf(bytes.subarray(from, end)))
        from = end + 1
      }
      isTooLong ||= begun.length + bytes.length - from > LINE_MAX
      begun = isTooLong ? Buffer.alloc(0) : Buffer.concat([begun, bytes.subarray(from)])
      if (bytesRead === 0) {
        if (begun.length > 0 || isTooLong) texts.push(textOf(Buffer.alloc(0)))
        yield texts
        return
      }
      yield texts
    }
  }
}

/** A UTF-8 byte order mark, read byte by byte. */
const MARK = /^\u00ef\u00bb\u00bf/

function beginOf(text: string | undefined, terms: ImportTerms): ImportLines {
  const header = importHeader((text ?? '').replace(MARK, ''))
  if (header) return new ImportLines(header, terms)
  throw new Fault('FILE_MALFORMED', `Line 1 must name the columns ${IMPORT_COLUMNS.join(', ')}.`)
}

const unreadable = (what: string, cause: unknown): Fault =>
  new Fault('FILE_UNREADABLE', `${what} cannot be read: ${systemErrorCode(cause)}.`, { cause })

/** What a file holds, before anything of it is taken in. */
export interface ImportCheck {
  readonly cards: number
  readonly bad: number
  readonly sha256: Buffer
}

/** Reads a file through, and tells of each line that is bad. */
export async function checkImport(
  file: ImportFile,
  terms: ImportTerms,
  tell: (line: number, problem: string) => void,
): Promise<ImportCheck> {
  let [cards, bad] = [0, 0]
  for await (const lines of file.read(terms)) {
    for (const { line, read } of lines) {
      if (typeof read !== 'string') cards++
      else {
        bad++
        tell(line, read)
      }
    }
  }
  return { cards, bad, sha256: file.sha256() }
}
