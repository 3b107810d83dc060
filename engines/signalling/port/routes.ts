/**
 * Which applications take which kind of message: a verb in lower case (`invite`) or a call event
 * (`cdr:start`). Each verb goes round its takers in the order in which they asked.
 */
export class Routes<Taker> {
  readonly #byVerb = new Map<string, { takers: Taker[]; next: number }>()

  /** Asking twice is asking once: drachtio-srf repeats its routes. */
  add(verb: string, taker: Taker): void {
    const route = this.#byVerb.get(verb) ?? { takers: [], next: 0 }
    if (!route.takers.includes(taker)) route.takers.push(taker)
    this.#byVerb.set(verb, route)
  }

  /** Ends one route, or all of a taker. The reference server ends all in either case. */
  remove(taker: Taker, verb?: string): void {
    for (const [known, route] of this.#byVerb) {
      if (verb !== undefined && known !== verb) continue
      const at = route.takers.indexOf(taker)
      if (at < 0) continue
      route.takers.splice(at, 1)
      if (at < route.next) route.next -= 1
      if (route.takers.length === 0) this.#byVerb.delete(known)
    }
  }

  /** Whether anybody takes the verb. */
  has(verb: string): boolean {
    return this.#byVerb.has(verb)
  }

  /** Whose turn it is; `undefined` when nobody takes the verb. */
  pick(verb: string): Taker | undefined {
    const route = this.#byVerb.get(verb)
    if (!route) return undefined
    const at = route.next % route.takers.length
    route.next = at + 1
    return route.takers[at]
  }
}
