import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { formatWav } from '../../../platform/rtp/wav.js'

/** Bytes that may wait for the disk, two minutes of sound; beyond, it counts as failed. */
const MOST_WAITING = 2 * 1024 * 1024

/** Where in a folder a name lies; `undefined` when it is outside or no WAV file. */
export function recordingPath(folder: string | undefined, name: string): string | undefined {
  if (folder === undefined || !/\.wav$/i.test(name) || name.includes('\0')) return undefined
  const path = resolve(folder, name)
  const inside = relative(folder, path)
  return inside.startsWith('..') || isAbsolute(inside) ? undefined : path
}

/** A WAV file of 16-bit samples that grows while it is written; its lengths are true once it is closed. */
export class WavFile {
  readonly #file: FileHandle
  #bytes = 0
  #waiting = 0
  #written: Promise<void> = Promise.resolve()
  #failed = false

  /** Creates a file, over one that is there. Rejects as the system does. */
  static async create(path: string): Promise<WavFile> {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'w', 0o600)
    const made = new WavFile(file)
    made.#write(headOf(0), 0)
    return made
  }

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** Whether the disk refused something. */
  get failed(): boolean {
    return this.#failed
  }

  /** Adds samples. What the disk refuses is told by `failed`. */
  append(samples: Int16Array): void {
    if (samples.length === 0 || this.#failed) return
    if (this.#waiting > MOST_WAITING) {
      this.#failed = true
      return
    }
    const bytes = Buffer.alloc(samples.length * 2)
    for (const [at, sample] of samples.entries()) bytes.writeInt16LE(sample, at * 2)
    this.#write(bytes, HEAD_BYTES + this.#bytes)
    this.#bytes += bytes.length
  }

  /** Writes what waits and the lengths, and closes. */
  async close(): Promise<void> {
    this.#write(headOf(this.#bytes), 0)
    await this.#written
    await this.#file.close()
  }

  #write(bytes: Buffer, position: number): void {
    this.#waiting += bytes.length
    this.#written = this.#written
      .then(() => this.#file.write(bytes, 0, bytes.length, position))
      .then(
        () => {
          this.#waiting -= bytes.length
        },
        () => {
          this.#failed = true
        },
      )
  }
}

const EMPTY = formatWav({ encoding: 'PCM16', samples: Buffer.alloc(0) })

const HEAD_BYTES = EMPTY.length

/** The head of a file with so many bytes of samples: RIFF and data state their lengths. */
function headOf(bytes: number): Buffer {
  const head = Buffer.from(EMPTY)
  head.writeUInt32LE(HEAD_BYTES - 8 + bytes, 4)
  head.writeUInt32LE(bytes, HEAD_BYTES - 4)
  return head
}
