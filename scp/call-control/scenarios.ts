import type { ChargeKind } from '../../domain/charge-kind.js'

/** シナリオ: what a charge kind's calls go through (requirements M-07, M-08). */
export interface Scenario {
  readonly kind: ChargeKind
  /** User part of the media engine's address that hands the call to its dialogue. */
  readonly mediaUser: string
}

/** モバイラーズチェック: the amount comes off later bills (seed 004 §2.1). */
const mobilers: Scenario = { kind: 'mobilers', mediaUser: 'charge' }

/** The scenarios there are, by charge kind; a kind without one is refused as a stopped service. */
export const SCENARIOS: ReadonlyMap<ChargeKind, Scenario> = new Map([[mobilers.kind, mobilers]])
