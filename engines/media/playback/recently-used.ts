/** Values by name within a bound of weight: the ones not used for the longest give way. */
export class RecentlyUsed<V> {
  readonly #most: number
  readonly #weigh: (value: V) => number
  readonly #values = new Map<string, V>()
  #weight = 0

  constructor(most: number, weigh: (value: V) => number) {
    this.#most = most
    this.#weigh = weigh
  }

  /** Weight of all that is kept. */
  get weight(): number {
    return this.#weight
  }

  /** A value, which counts as used now. */
  get(name: string): V | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    this.#values.delete(name)
    this.#values.set(name, value)
    return value
  }

  /** Keeps a value; one heavier than the bound alone is not kept. */
  set(name: string, value: V): void {
    this.#drop(name)
    this.#values.set(name, value)
    this.#weight += this.#weigh(value)
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#most) return
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    const value = this.#values.get(name)
    if (value === undefined) return
    this.#values.delete(name)
    this.#weight -= this.#weigh(value)
  }
}
