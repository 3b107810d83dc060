import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault, systemErrorCode } from '../../platform/fault.js'

/** A file that is whole and on disk. */
export interface WrittenPrintFile {
  readonly bytes: number
  /** Of the file as it lies there, encrypted. */
  readonly sha256: Uint8Array
}

/**
 * A file that only its recipient can read, written as a stream: what goes in is encrypted as it comes (age
 * v1, X25519), so that clear numbers are in memory only for as long as their 64 KiB take to fill. It has its
 * name once it is whole: temporary name, fsync, rename, fsync of the folder. Every method throws
 * `FOLDER_NOT_WRITABLE` when the system refuses, for want of space too.
 */
export class PrintFile {
  readonly #path: string
  readonly #file: FileHandle
  readonly #plain: WritableStreamDefaultWriter<Uint8Array>
  readonly #written: Promise<WrittenPrintFile>
  readonly #encoder = new TextEncoder()

  private constructor(path: string, file: FileHandle, ends: Ends) {
    this.#path = path
    this.#file = file
    this.#plain = ends.plain
    this.#written = drain(ends.encrypted, file)
    // Told where it is awaited: by `close`, and by what waits for room in `write`.
    this.#written.catch(error => ends.plain.abort(error))
  }

  /** Begins a file for an age recipient, in place of an unfinished one of that name. */
  static async begin(path: string, recipient: string): Promise<PrintFile> {
    return await orFault(path, async () => {
      await rm(temporaryOf(path), { force: true })
      const file = await open(temporaryOf(path), 'wx', 0o600)
      return new PrintFile(path, file, await encryptTo(recipient))
    })
  }

  /** Adds text; resolves when there is room for more. */
  async write(text: string): Promise<void> {
    await orFault(this.#path, () => this.#plain.write(this.#encoder.encode(text)))
  }

  /** Ends the file and gives it its name. */
  async close(): Promise<WrittenPrintFile> {
    return await orFault(this.#path, async () => {
      await this.#plain.close()
      const written = await this.#written
      await this.#file.sync()
      await this.#file.close()
      await rename(temporaryOf(this.#path), this.#path)
      await syncFolder(dirname(this.#path))
      return written
    })
  }

  /** Throws the unfinished file away. */
  async discard(): Promise<void> {
    await this.#plain.abort().catch(() => {})
    await this.#written.catch(() => {})
    await this.#file.close().catch(() => {})
    await rm(temporaryOf(this.#path), { force: true })
  }
}

interface Ends {
  readonly plain: WritableStreamDefaultWriter<Uint8Array>
  readonly encrypted: AsyncIterable<Uint8Array>
}

async function encryptTo(recipient: string): Promise<Ends> {
  // Loaded with the first batch: no start of scp needs its 43 modules.
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  const through = new TransformStream<Uint8Array, Uint8Array>()
  const encrypted = await encrypter.encrypt(through.readable)
  return { plain: through.writable.getWriter(), encrypted }
}

async function drain(
  encrypted: AsyncIterable<Uint8Array>,
  file: FileHandle,
): Promise<WrittenPrintFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of encrypted) {
    hash.update(part)
    for (let written = 0; written < part.length; ) {
      written += (await file.write(part, written)).bytesWritten
    }
    bytes += part.length
  }
  return { bytes, sha256: hash.digest() }
}

const temporaryOf = (path: string): string => `${path}.part`

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

async function orFault<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (cause instanceof Fault || code === undefined) throw cause
    throw new Fault('FOLDER_NOT_WRITABLE', `${path} cannot be written: ${code}.`, { cause })
  }
}
