import { CHARGE_KIND_LETTER, type ChargeKind } from '../../domain/charge-kind.js'
import type { Yen } from '../../domain/yen.js'

/** What was charged of one kind and face value. */
export interface KindSum {
  readonly kind: ChargeKind
  readonly faceValue: Yen
  readonly count: number
}

/** What CRS received of a node's day, or what the node says of it. */
export interface DayOfNode {
  /** Numbers of the first and the last quarter-hour file of the day. */
  readonly firstNumber: number
  readonly lastNumber: number
  readonly sums: readonly KindSum[]
}

/**
 * The first difference between a node's day close and what CRS received of that day (requirement C-06), for
 * a person to look into; nothing when they agree.
 */
export function firstDifference(told: DayOfNode, received: DayOfNode): string | undefined {
  for (const [which, key] of [
    ['first', 'firstNumber'],
    ['last', 'lastNumber'],
  ] as const) {
    if (told[key] !== received[key]) {
      return `it names ${told[key]} as the day's ${which} file, received was ${received[key]}`
    }
  }
  const [toldOf, receivedOf] = [countsOf(told), countsOf(received)]
  for (const name of [...new Set([...toldOf.keys(), ...receivedOf.keys()])].sort()) {
    const [one, other] = [toldOf.get(name) ?? 0, receivedOf.get(name) ?? 0]
    if (one !== other) return `it has ${one} records of ${name} yen, received were ${other}`
  }
  return undefined
}

const countsOf = ({ sums }: DayOfNode): ReadonlyMap<string, number> =>
  new Map(
    sums.map(({ kind, faceValue, count }) => [`${CHARGE_KIND_LETTER[kind]} ${faceValue}`, count]),
  )
