import type { CallRefusal } from '../../domain/call-refusal.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Scenario } from '../scenarios/scenario.js'
import { scenarioOf } from '../scenarios/scenarios.js'
import type { CallerFinding } from './asserted-caller.js'

/** All that decides whether a call is let in. */
export interface AdmissionFacts {
  readonly caller: CallerFinding
  readonly at: EpochMs
  readonly calls: number
}

export interface AdmissionPolicy {
  /** The service's first moment (requirement S-06). */
  readonly serviceStart: EpochMs
  /** Whether the tables in force serve a number by a charge kind (requirement M-05). */
  readonly isServed: (
    caller: { readonly number: Msisdn; readonly kind: ChargeKind },
    at: EpochMs,
  ) => boolean
  /** Names of the scenarios that their operator has stopped (requirement M-06). */
  readonly stopped: ReadonlySet<string>
  readonly scenarios: readonly Scenario[]
  /** Most calls at once; one more is refused before any work is done (requirement M-05). */
  readonly callsMax: number
}

export type Admission =
  | { readonly outcome: 'refused'; readonly refusal: CallRefusal }
  | { readonly outcome: 'admitted'; readonly scenario: Scenario }

/** Step ⑧: lets a call in by its service and charge kind, or says why not; in the order of `CALL_REFUSALS`. */
export function admit({ caller, at, calls }: AdmissionFacts, policy: AdmissionPolicy): Admission {
  if (caller.outcome === 'no_caller') return refused('no-identity')
  if (at < policy.serviceStart) return refused('not-in-service')
  if (!policy.isServed(caller, at)) return refused('not-served')
  const scenario = scenarioOf(caller, policy.scenarios)
  if (!scenario || policy.stopped.has(scenario.name)) return refused('service-stopped')
  if (calls >= policy.callsMax) return refused('congestion')
  return { outcome: 'admitted', scenario }
}

const refused = (refusal: CallRefusal): Admission => ({ outcome: 'refused', refusal })

/** The SIP status of each refusal; the switch reads the reason and plays its announcement. */
// biome-ignore format: table
export const REFUSAL_STATUS: Readonly<Record<CallRefusal, number>> = {
  'no-identity':     403,
  'not-in-service':  480,
  'not-served':      403,
  'service-stopped': 480,
  congestion:        503,
}
