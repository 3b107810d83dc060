import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import { writeQuarterHourFile } from '../quarter-hour/file.js'
import type { BackgroundOptions, BackgroundQuestions } from './background-questions.js'
import { ChargeLog } from './charge-log.js'

// This module is a thread: it reads scp's store beside its writer.
answerQuestions<BackgroundQuestions>(options => {
  const { path, place, checkpointMs } = options as BackgroundOptions
  const store = openStoreToCheckpoint(path)
  const log = new ChargeLog(store)
  const timer = setInterval(() => checkpoint(store), checkpointMs)
  return {
    answers: { writeFile: closed => writeQuarterHourFile(log, place, closed) },
    close: () => {
      clearInterval(timer)
      store.close()
    },
  }
})
