import type { ChargeAnswer } from '../../domain/charge-answer.js'
import type { ChargeKind, ScenarioKind } from '../../domain/charge-kind.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import type { ServiceNumber } from '../../domain/switch-assertion.js'
import type { Yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'

/** A call as the switch vouches for it: what was dialled, and how the caller's contract charges. */
export interface OfferedCall {
  readonly service: ServiceNumber
  readonly kind: ChargeKind
}

/**
 * シナリオ: what a service's calls go through (requirements M-06 to M-09). A plug-in: it lies in a folder of
 * its own or is an operator's module (`added-scenario.ts`), imports no other scenario, and runs where
 * `MCSCP_SCENARIOS` names it; what all share, such as cards, locks and the charge log, is around it.
 */
export interface Scenario {
  /** By which its operator stops it (`MCSCP_SERVICES_STOPPED`). */
  readonly name: string
  /** 特番 that is its own, where it is an added one. */
  readonly service?: string
  /** Whether a call is this scenario's. */
  readonly takes: (call: OfferedCall) => boolean
  /** User part of the media engine's address that hands the call to its dialogue. */
  readonly mediaUser: string
  /** Present where its calls use cards up. */
  readonly charging?: Charging
}

/** What a scenario adds to the charge transaction. */
export interface Charging {
  /** What its charges count as: by it month's totals, traffic and log are kept apart. */
  readonly kind: ScenarioKind
  /** Opens its part of the store, in the writer's thread. */
  openCredit(store: Database, policy: CreditPolicy): Credit
}

/** What decides a credit, from settings. */
export interface CreditPolicy {
  /** What one unit (度数) costs a Pricall subscriber. */
  readonly unit: Yen
}

/**
 * What becomes of a used card's amount, written in the transaction that uses the card up; answers what
 * the caller is told.
 */
export type Credit = (charge: CreditedCharge) => ChargeAnswer

/** A charge of any scenario. Those of the network's two kinds are charge records, which go on to CRS. */
export type ScenarioCharge = Omit<ChargeRecord, 'kind'> & { readonly kind: ScenarioKind }

/** A charge that was just written. */
export interface CreditedCharge {
  readonly record: ScenarioCharge
  /** Its place in the node's charge log, or in that of added scenarios. */
  readonly sequence: number
  /** The month's total, this card included. */
  readonly registered: Yen
}
