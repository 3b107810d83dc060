import { invalidSettings } from '../../platform/settings.js'
import { loadAddedScenario } from './added-scenario.js'
import type { OfferedCall, Scenario } from './scenario.js'
import type { ListedScenario, OwnScenario } from './scenario-list.js'

/** Each loaded only when it is to run, so that none needs another to be there (requirement M-08). */
const OWN: Readonly<Record<OwnScenario, () => Promise<Scenario>>> = {
  mobilers: async () => (await import('./mobilers/scenario.js')).mobilers,
  pricall: async () => (await import('./pricall/scenario.js')).pricall,
  balance: async () => (await import('./balance/scenario.js')).balance,
}

/**
 * Loads the scenarios that are to run, in each thread that needs them. Throws one `SETTINGS_INVALID` with
 * every mistake of their modules.
 */
export async function loadScenarios(listed: readonly ListedScenario[]): Promise<Scenario[]> {
  const loaded = await Promise.all(
    listed.map(({ name, file }) =>
      file === undefined ? OWN[name]() : loadAddedScenario(name, file),
    ),
  )
  const scenarios = loaded.flatMap(one => ('name' in one ? [one] : []))
  const mistakes = [
    ...loaded.flatMap(one => ('name' in one ? [] : one)),
    ...sharedNumbers(scenarios),
  ]
  if (mistakes.length > 0) throw invalidSettings(mistakes.map(one => `MCSCP_SCENARIOS: ${one}`))
  return scenarios
}

/** Ours share 1400: the caller's contract tells them apart. */
const sharedNumbers = (scenarios: readonly Scenario[]): string[] =>
  scenarios.flatMap(({ name, service }, place) => {
    const first = scenarios.slice(0, place).find(one => service && one.service === service)
    return first ? [`${name} wants ${service}, which is the number of ${first.name}`] : []
  })

/** The scenario that a call goes through. */
export const scenarioOf = (
  call: OfferedCall,
  scenarios: readonly Scenario[],
): Scenario | undefined => scenarios.find(({ takes }) => takes(call))
