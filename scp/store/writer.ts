import { type ClockForThread, clockOfThread } from '../../platform/clock.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import type { OfficePolicy } from '../office/act.js'
import type { ListedScenario } from '../scenarios/scenario-list.js'
import { loadScenarios } from '../scenarios/scenarios.js'
import { openScpStore } from './answering.js'
import type { ChargePolicy } from './charges.js'
import type { StoreQuestions } from './questions.js'

/** What the writer's thread is started with. */
export interface WriterThreadOptions {
  readonly path: string
  readonly clock: ClockForThread
  readonly policy: ChargePolicy
  readonly office: OfficePolicy
  readonly scenarios: readonly ListedScenario[]
}

// This module is a thread: it owns scp's store.
answerQuestions<StoreQuestions>(async options => {
  const { path, clock, policy, office, scenarios: listed } = options as WriterThreadOptions
  // Ends the thread, and with it the program, which starts again from what is on disk.
  const onBroken = (fault: Error) => {
    throw fault
  }
  const scenarios = await loadScenarios(listed)
  return openScpStore({ path, clock: clockOfThread(clock), policy, office, scenarios, onBroken })
})
