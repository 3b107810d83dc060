import type { EpochMs } from '../../../domain/clock.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import type { Units } from '../../../domain/units.js'
import type { RefusedContractCalls } from './refused-contracts.js'
import type { AddedUnits, NewUnits } from './unit-accounts.js'

/** Everything that the store of the MSCP and of the switch's counts is asked. What an answer speaks of is on disk. */
export type UnitQuestions = {
  /** Throws `UNITS_DIFFER`. */
  add: { ask: NewUnits & { readonly at: EpochMs }; answer: AddedUnits }
  left: { ask: Msisdn; answer: Units }
  /** `null`: there was no unit to take. */
  debit: { ask: Msisdn; answer: Units | null }
  countRefusedContracts: { ask: readonly RefusedContractCalls[]; answer: 'done' }
  /** By quarter-hour, from a moment on, at most `max`. */
  refusedContracts: { ask: { from: EpochMs; max: number }; answer: RefusedContractCalls[] }
  additions: { ask: { after: number; max: number }; answer: AddedUnits[] }
}

/** The MSCP's units as the rest of the switch sees them. */
export interface UnitStore {
  ask<N extends keyof UnitQuestions>(
    name: N,
    ask: UnitQuestions[N]['ask'],
  ): Promise<UnitQuestions[N]['answer']>
}
