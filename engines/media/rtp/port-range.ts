/**
 * The even UDP ports that calls receive on (RFC 3550 §11: RTP on an even port, RTCP on the next). A port
 * given back waits at the end of the line, so that packets still under way to one call meet no other.
 */
export class PortRange {
  readonly #free: number[]
  #taken = 0

  /** All even ports from `first` to `last`. */
  constructor(first: number, last: number) {
    const even = first + (first % 2)
    const count = Math.max(0, Math.floor((last - even) / 2) + 1)
    this.#free = Array.from({ length: count }, (_, at) => even + at * 2)
  }

  /** Ports in use. */
  get taken(): number {
    return this.#taken
  }

  /** Ports there are in all. */
  get size(): number {
    return this.#taken + this.#free.length
  }

  /** The port that has been free the longest; `undefined` when all are in use. */
  take(): number | undefined {
    const port = this.#free.shift()
    if (port !== undefined) this.#taken++
    return port
  }

  /** Makes a port free again. */
  giveBack(port: number): void {
    this.#taken--
    this.#free.push(port)
  }
}
