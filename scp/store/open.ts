import type { Clock } from '../../domain/clock.js'
import { clockForThread } from '../../platform/clock.js'
import { WriterThread } from '../../platform/writer-thread.js'
import type { ChargePolicy } from './charges.js'
import type { StoreQuestions } from './questions.js'
import type { WriterThreadOptions } from './writer.js'

/** What scp's store is opened with. */
export interface OpenStoreOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: ChargePolicy
  /** Told when the store's thread ends unasked: the program must end too. */
  readonly onDeath: (error: Error) => void
}

/** Opens scp's store in a thread of its own, its one writer. */
export function openStoreThread(options: OpenStoreOptions): Promise<WriterThread<StoreQuestions>> {
  const { path, clock, policy, onDeath } = options
  const given: WriterThreadOptions = { path, clock: clockForThread(clock), policy }
  return WriterThread.start<StoreQuestions>(new URL('./writer.js', import.meta.url), given, onDeath)
}
