/** Cards in one work of the store, fewest and most, and how long that may take, in ms: a charge waits for it. */
const CHUNK_FIRST = 500
const CHUNK_MIN = 200
const CHUNK_MAX = 1_000
const WORK_MS = 20

/** How many cards go into one work of the store: more or fewer the next time, so that none takes long. */
export class ChunkSize {
  #cards = CHUNK_FIRST

  get cards(): number {
    return Math.floor(this.#cards)
  }

  /** A work of that many cards took so long. */
  took(ms: number): void {
    const next = ms > WORK_MS ? this.#cards / 2 : this.#cards + 50
    this.#cards = Math.min(CHUNK_MAX, Math.max(CHUNK_MIN, next))
  }
}
