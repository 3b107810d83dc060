import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../platform/durable-file.js'
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

  /** Keeps bytes under a name. Safe to repeat; throws `CLOSED_FILE_CHANGED` for other bytes under it. */
  keep(name: string, bytes: Uint8Array): void {
    const kept = this.read(name)
    if (kept === undefined) writeDurably(join(this.#folder, name), bytes, 0o440)
    else if (Buffer.compare(kept, bytes) !== 0) {
      throw new Fault('CLOSED_FILE_CHANGED', `CRS gave ${name} with another content before.`)
    }
  }
}
