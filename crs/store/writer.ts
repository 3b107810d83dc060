import { type ClockForThread, clockOfThread } from '../../platform/clock.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import { openCrsStore } from './answering.js'
import type { CrsPolicy, StoreQuestions } from './questions.js'

/** What the writer's thread is started with. */
export interface WriterThreadOptions {
  readonly path: string
  readonly clock: ClockForThread
  readonly policy: CrsPolicy
}

// This module is a thread: it owns CRS's store.
answerQuestions<StoreQuestions>(options => {
  const { path, clock, policy } = options as WriterThreadOptions
  // Ends the thread, and with it the program, which starts again from what is on disk.
  const onBroken = (fault: Error) => {
    throw fault
  }
  return openCrsStore({ path, clock: clockOfThread(clock), policy, onBroken })
})
