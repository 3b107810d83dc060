import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import { writeDayCloseFile } from '../quarter-hour/day-close-file.js'
import { writeQuarterHourFile } from '../quarter-hour/file.js'
import { readClosedFile } from '../transfer/closed-file.js'
import type { BackgroundOptions, BackgroundQuestions } from './background-questions.js'
import { ChargeLog } from './charge-log.js'
import { Locks } from './locks.js'
import { TrafficReader } from './traffic-reader.js'

// This module is a thread: it reads scp's store beside its writer.
answerQuestions<BackgroundQuestions>(options => {
  const { path, place, lock, checkpointMs } = options as BackgroundOptions
  const store = openStoreToCheckpoint(path)
  const log = new ChargeLog(store)
  const traffic = new TrafficReader(store, new Locks(store, lock))
  const timer = setInterval(() => checkpoint(store), checkpointMs)
  return {
    answers: {
      writeFile: closed => writeQuarterHourFile(log, place, closed),
      traffic: period => traffic.read(period),
      writeDayClose: closed => writeDayCloseFile(log, place, closed),
      readFile: delivery => readClosedFile(log, place, delivery),
    },
    close: () => {
      clearInterval(timer)
      store.close()
    },
  }
})
