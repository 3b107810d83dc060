import type { ChargeKind } from './charge-kind.js'

/** A number of charges, and their yen. */
export interface ChargeSum {
  readonly count: number
  readonly yen: number
}

/** What scp's store says of one charge kind of a day (architecture, point 5). */
export interface KindSums {
  readonly kind: ChargeKind
  /** Cards that are used, of those that the records name, by their face values. */
  readonly used: ChargeSum
  readonly recorded: ChargeSum
  /** Records that stand in quarter-hour files on disk. */
  readonly filed: ChargeSum
}

/** What scp says of a day of Japan. */
export interface ScpDaySums {
  readonly kinds: readonly KindSums[]
  /** What the quarter-hour files say of themselves. */
  readonly files: ChargeSum
  /** Pricall's charges as units × their price: owed, and of these handed over. */
  readonly unitsOwed: ChargeSum
  readonly unitsAdded: ChargeSum
}

export const NO_CHARGES: ChargeSum = { count: 0, yen: 0 }

/** The sums of a kind; nothing where it had no charges. */
export const kindSums = ({ kinds }: ScpDaySums, kind: ChargeKind): KindSums =>
  kinds.find(one => one.kind === kind) ?? {
    ...{ kind, used: NO_CHARGES, recorded: NO_CHARGES, filed: NO_CHARGES },
  }
