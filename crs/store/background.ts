import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import type { BackgroundQuestions } from './questions.js'
import { readingAnswers } from './reading.js'

/** What the background thread is started with. */
export interface BackgroundOptions {
  readonly path: string
  /** Folder of the files that billing fetches. */
  readonly folder: string
  /** Pause between two checkpoints, in ms. */
  readonly checkpointMs: number
}

// This module is a thread: it reads CRS's store beside its writer.
answerQuestions<BackgroundQuestions>(options => {
  const { path, folder, checkpointMs } = options as BackgroundOptions
  const store = openStoreToCheckpoint(path)
  const timer = setInterval(() => checkpoint(store), checkpointMs)
  return {
    answers: readingAnswers(store, folder),
    close: () => {
      clearInterval(timer)
      store.close()
    },
  }
})
