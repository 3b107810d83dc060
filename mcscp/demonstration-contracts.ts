import { existsSync } from 'node:fs'
import { demonstrationContracts } from '../billing/config.js'
import { CHARGE_KIND_OF, type ContractClass } from '../domain/contract-class.js'
import { writeDurably } from '../platform/durable-file.js'
import type { Home } from '../platform/home.js'
import type { Program } from '../platform/program.js'
import { readSettings } from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'
import {
  DEMONSTRATION_RANGES,
  demonstrationNumbers,
} from '../switch-sim/mls/subscribers/demonstration.js'

/** First day of the service (requirement S-06): the contracts are as old as any charge. */
const VALID_FROM = '2000-12-01'

/** The plan of every class, by the tables of fees that come with the product: so each has invoices. */
const PLAN = 'digital-800-a'

/** Classes that have a plan of their own. */
const PLAN_OF: Partial<Record<ContractClass, string>> = { dotchimo: 'dotchimo' }

/**
 * billing, with the switch's demonstration subscribers laid before it as a table of contracts. Switch and
 * billing know nothing of each other; billing takes the table in at its first start in simulation.
 */
export const withDemonstrationContracts = (billing: Program): Program => ({
  name: billing.name,
  start(surroundings) {
    const { simulation } = readSettings({ simulation: simulationSetting }, surroundings.given)
    if (simulation) layContracts(surroundings.home)
    return billing.start(surroundings)
  },
})

function layContracts(home: Home): void {
  const file = demonstrationContracts(home)
  if (!existsSync(file)) writeDurably(file, contractsCsv())
}

/** A contract for each number that Mobilers may be charged to; of the others billing hears nothing (N-01). */
function contractsCsv(): string {
  const lines = DEMONSTRATION_RANGES.flatMap(({ contractClass }) =>
    CHARGE_KIND_OF[contractClass] === 'mobilers'
      ? demonstrationNumbers(contractClass).map(
          number =>
            `D${number},${number},${contractClass},${PLAN_OF[contractClass] ?? PLAN},${VALID_FROM}`,
        )
      : [],
  )
  return ['contract,msisdn,contract_class,plan,valid_from', ...lines, ''].join('\n')
}
