import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A line of a program's log. */
export type LogLine = Readonly<Record<string, unknown>>

/** Most that is read of one log in one look, in octets. */
const READ_MAX = 1_048_576

/** Reads what the programs of a home folder log from now on. */
export class LogFollower {
  readonly #folder: string
  /** How far each log has been read. */
  readonly #read = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
    for (const name of this.#logs()) this.#read.set(name, this.#size(name))
  }

  /** The lines since the last look, a log after the other. Lines that are no JSON are left out. */
  next(): LogLine[] {
    return this.#logs().flatMap(name => this.#linesOf(name))
  }

  #linesOf(name: string): LogLine[] {
    const read = this.#read.get(name) ?? 0
    const size = this.#size(name)
    // A log that became shorter was begun anew.
    const at = size < read ? 0 : read
    const text = this.#wholeLines(name, at, Math.min(size - at, READ_MAX))
    this.#read.set(name, at + Buffer.byteLength(text))
    return text.split('\n').flatMap(parseLine)
  }

  /** What is there, up to the last line end. */
  #wholeLines(name: string, at: number, length: number): string {
    if (length <= 0) return ''
    const file = openSync(join(this.#folder, name), 'r')
    try {
      const octets = Buffer.alloc(length)
      const read = readSync(file, octets, 0, length, at)
      return octets.toString('utf8', 0, octets.subarray(0, read).lastIndexOf('\n') + 1)
    } finally {
      closeSync(file)
    }
  }

  #logs(): string[] {
    try {
      return readdirSync(this.#folder).filter(name => name.endsWith('.log'))
    } catch {
      return []
    }
  }

  #size(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0
  }
}

function parseLine(line: string): LogLine[] {
  try {
    const read: unknown = JSON.parse(line)
    return typeof read === 'object' && read !== null ? [{ ...read }] : []
  } catch {
    return []
  }
}
