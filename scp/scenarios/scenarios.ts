import { balance } from './balance/scenario.js'
import { mobilers } from './mobilers/scenario.js'
import { pricall } from './pricall/scenario.js'
import type { OfferedCall, Scenario } from './scenario.js'

/** The scenarios there are. A call that none takes is refused as a stopped service. */
export const SCENARIOS: readonly Scenario[] = [mobilers, pricall, balance]

/** The scenario that a call goes through. */
export const scenarioOf = (
  call: OfferedCall,
  scenarios: readonly Scenario[],
): Scenario | undefined => scenarios.find(({ takes }) => takes(call))
