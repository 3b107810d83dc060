import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAllDurably, writeDurably } from '../../platform/durable-file.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'

/** What billing fetched from CRS, kept as it came: on disk before it counts as received, and never changed. */
export class Spool {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The bytes kept under a name; `undefined` when there are none. */
  read(name: string): Uint8Array | undefined {
    try {
      return readFileSync(join(this.#folder, name))
    } catch (cause) {
      const code = systemErrorCode(cause)
      if (code === 'ENOENT') return undefined
      throw new Fault('FOLDER_NOT_WRITABLE', `${name} cannot be read: ${code}.`, { cause })
    }
  }

  /** Whether bytes are kept under a name. */
  has(name: string): boolean {
    return existsSync(join(this.#folder, name))
  }

  /** Keeps files that are not there yet, in one go. */
  keepAll(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const whole = files.map(({ name, bytes }) => ({
      path: join(this.#folder, name),
      content: bytes,
    }))
    writeAllDurably(whole, 0o440)
  }

  /** Keeps bytes under a name. Safe to repeat; throws `CLOSED_FILE_CHANGED` for other bytes under it. */
  keep(name: string, bytes: Uint8Array): void {
    const kept = this.read(name)
    if (kept === undefined) writeDurably(join(this.#folder, name), bytes, 0o440)
    else if (Buffer.compare(kept, bytes) !== 0) {
      throw new Fault('CLOSED_FILE_CHANGED', `CRS gave ${name} with another content before.`)
    }
  }
}
