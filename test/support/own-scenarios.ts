import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'

/** The scenarios that the product brings along. */
export const SCENARIOS = await loadScenarios(ALL_OWN)
