/**
 * How long the commits of a process take, counted into buckets. A store's writer may be a thread of its own,
 * so the counts lie in memory that threads share: reading them asks no thread, and waits for none.
 */

/** Upper bounds of the buckets in seconds: from a disk that acknowledges at once to one that hangs. */
export const COMMIT_BOUNDS_S = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
] as const

/** After the buckets: what took longer than all bounds, the sum in µs, the commits that failed. */
const BEYOND = COMMIT_BOUNDS_S.length
const SUM = BEYOND + 1
const FAILED = BEYOND + 2
const CELLS = BEYOND + 3

/** What was counted so far. */
export interface CommitTimesRead {
  /** Commits by the first bound that they do not exceed; the last place is for those beyond all. */
  readonly counts: readonly number[]
  readonly sumSeconds: number
  readonly failed: number
}

export class CommitTimes {
  #cells = new BigInt64Array(new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT))

  /** What is handed to a thread, so that it counts here. */
  get shared(): SharedArrayBuffer {
    return this.#cells.buffer
  }

  /** Counts from now on where another thread does. */
  adopt(shared: SharedArrayBuffer): void {
    this.#cells = new BigInt64Array(shared)
  }

  /** A commit took so many ms and is on disk. */
  took(ms: number): void {
    const bucket = COMMIT_BOUNDS_S.findIndex(bound => ms <= bound * 1_000)
    this.#add(bucket < 0 ? BEYOND : bucket, 1)
    this.#add(SUM, Math.round(ms * 1_000))
  }

  /** A commit failed. */
  failed(): void {
    this.#add(FAILED, 1)
  }

  read(): CommitTimesRead {
    const cell = (place: number) => Number(Atomics.load(this.#cells, place))
    return {
      counts: Array.from({ length: BEYOND + 1 }, (_, place) => cell(place)),
      sumSeconds: cell(SUM) / 1_000_000,
      failed: cell(FAILED),
    }
  }

  #add(place: number, amount: number): void {
    Atomics.add(this.#cells, place, BigInt(amount))
  }
}

/** Of this process, whichever of its threads commits. */
export const commitTimes = new CommitTimes()
