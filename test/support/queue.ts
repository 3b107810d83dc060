/** What comes, in order; whoever asks for the next waits for it. */
export class Queue<Item> {
  readonly #items: Item[] = []
  readonly #waiting: ((item: Item) => void)[] = []

  /** What has come and was not asked for. */
  get left(): readonly Item[] {
    return this.#items
  }

  push(item: Item) {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(item)
    else this.#items.push(item)
  }

  next(): Promise<Item> {
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Takes all that has come. */
  drain(): Item[] {
    return this.#items.splice(0)
  }
}
