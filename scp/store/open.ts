import type { Clock } from '../../domain/clock.js'
import { clockForThread } from '../../platform/clock.js'
import { moduleUrl } from '../../platform/product-files.js'
import { WriterThread } from '../../platform/writer-thread.js'
import type { OfficePolicy } from '../office/act.js'
import type { FilePlace } from '../quarter-hour/file.js'
import type { ListedScenario } from '../scenarios/scenario-list.js'
import type { BackgroundOptions, BackgroundQuestions } from './background-questions.js'
import type { ChargePolicy } from './charges.js'
import type { StoreQuestions } from './questions.js'
import type { WriterThreadOptions } from './writer.js'

/** What scp's store is opened with. */
export interface OpenStoreOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: ChargePolicy
  readonly office: OfficePolicy
  readonly scenarios: readonly ListedScenario[]
  /** Where quarter-hour files go. */
  readonly place: FilePlace
  /** Pause between two checkpoints, in ms. */
  readonly checkpointMs: number
  /** Told when a thread of the store ends unasked: the program must end too. */
  readonly onDeath: (error: Error) => void
}

/** scp's store at work: its one writer, and what reads beside it. */
export interface StoreThreads {
  readonly store: WriterThread<StoreQuestions>
  readonly background: WriterThread<BackgroundQuestions>
  close(): Promise<void>
}

/** Opens scp's store in threads of its own, so that no flush and no long read holds up a call. */
export async function openStoreThreads(options: OpenStoreOptions): Promise<StoreThreads> {
  const { path, clock, policy, office, scenarios, place, checkpointMs, onDeath } = options
  const writerOptions: WriterThreadOptions = {
    ...{ path, policy, office, scenarios },
    clock: clockForThread(clock),
  }
  const store = await WriterThread.start<StoreQuestions>(
    moduleUrl('scp/store/writer'),
    writerOptions,
    onDeath,
  )
  const backgroundOptions: BackgroundOptions = {
    path,
    place,
    locks: policy,
    checkpointMs,
  }
  const background = await WriterThread.start<BackgroundQuestions>(
    moduleUrl('scp/store/background'),
    backgroundOptions,
    onDeath,
  )
  return {
    store,
    background,
    close: async () => {
      await background.close()
      await store.close()
    },
  }
}
