/**
 * What the switch counts since its start, for the NOC and for tests (Figure 6: 非許容契約 is counted here,
 * since the MCSCP never sees such a call).
 */
export type CountName =
  | `call_${'attempted' | 'challenged' | 'wrong_password' | 'throttled' | 'overloaded'}`
  | `call_${'malformed' | 'begun' | 'answered' | 'cancelled' | 'timed_out'}`
  | 'call_to_phone'
  | 'call_out_of_units'
  | 'unit_taken'
  | `${'charge' | 'balance' | 'service'}_${string}`
  | `announced_${string}`
  | `claim_dropped_${string}`
  | `register_${string}`

export class Counts {
  readonly #counts = new Map<CountName, number>()

  add(name: CountName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** All counts, by name. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1)))
  }
}
