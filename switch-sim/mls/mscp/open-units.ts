import { moduleUrl } from '../../../platform/product-files.js'
import { WriterThread } from '../../../platform/writer-thread.js'
import type { UnitQuestions } from './unit-questions.js'

/** Opens the MSCP's store of units in a thread of its own. `onDeath`: the program must end too. */
export const openUnits = (
  path: string,
  onDeath: (error: Error) => void,
): Promise<WriterThread<UnitQuestions>> =>
  WriterThread.start<UnitQuestions>(moduleUrl('switch-sim/mls/mscp/unit-writer'), path, onDeath)
