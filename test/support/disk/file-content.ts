/** Bytes of a file that grows as it is written. */
export class FileContent {
  #bytes: Buffer
  #length: number

  constructor(bytes: Uint8Array = Buffer.alloc(0)) {
    this.#bytes = Buffer.from(bytes)
    this.#length = bytes.length
  }

  /** What it holds; stays as it is when the file is written. */
  bytes(): Uint8Array {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(2 * end)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, offset)
    this.#length = Math.max(this.#length, end)
  }

  truncate(length: number): void {
    this.#bytes.fill(0, Math.min(length, this.#length))
    if (length > this.#bytes.length) this.write(length, Buffer.alloc(0))
    this.#length = length
  }
}
