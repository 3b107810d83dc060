import type { Clock } from '../../domain/clock.js'
import { clockForThread } from '../../platform/clock.js'
import { moduleUrl } from '../../platform/product-files.js'
import { WriterThread } from '../../platform/writer-thread.js'
import type { BackgroundOptions } from './background.js'
import type { BackgroundQuestions, CrsPolicy, StoreQuestions } from './questions.js'
import type { WriterThreadOptions } from './writer.js'

/** What CRS's store is opened with. */
export interface OpenStoreOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: CrsPolicy
  /** Folder of the files that billing fetches. */
  readonly folder: string
  /** Pause between two checkpoints, in ms. */
  readonly checkpointMs: number
  /** Told when a thread of the store ends unasked: the program must end too. */
  readonly onDeath: (error: Error) => void
}

/** CRS's store at work: its one writer, and what reads beside it. */
export interface StoreThreads {
  readonly store: WriterThread<StoreQuestions>
  readonly background: WriterThread<BackgroundQuestions>
  close(): Promise<void>
}

/** Opens CRS's store in threads of its own, so that no flush and no long read holds up a connection. */
export async function openStoreThreads(options: OpenStoreOptions): Promise<StoreThreads> {
  const { path, clock, policy, folder, checkpointMs, onDeath } = options
  const writerOptions: WriterThreadOptions = { path, clock: clockForThread(clock), policy }
  const store = await WriterThread.start<StoreQuestions>(
    moduleUrl('crs/store/writer'),
    writerOptions,
    onDeath,
  )
  const backgroundOptions: BackgroundOptions = { path, folder, checkpointMs }
  const background = await WriterThread.start<BackgroundQuestions>(
    moduleUrl('crs/store/background'),
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
