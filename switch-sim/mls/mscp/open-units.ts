import { WriterThread } from '../../../platform/writer-thread.js'
import type { UnitQuestions } from './unit-questions.js'

/** Opens the MSCP's store of units in a thread of its own. `onDeath`: the program must end too. */
export const openUnits = (
  path: string,
  onDeath: (error: Error) => void,
): Promise<WriterThread<UnitQuestions>> =>
  WriterThread.start<UnitQuestions>(new URL('./unit-writer.js', import.meta.url), path, onDeath)
