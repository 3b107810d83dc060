import type { Database } from '../../platform/store.js'
import type { Answering } from '../../platform/writer-thread.js'
import { ClosedFiles } from '../hourly/file.js'
import { AcceptedFiles } from './accepted-files.js'
import { ClosedRecords } from './closed-records.js'
import { countedIn } from './counted.js'
import { hourlySums } from './day-sums.js'
import { Offers } from './offers.js'
import type { BackgroundQuestions } from './questions.js'

/** Answers what is read beside the writer. `folder`: of the files that billing fetches. */
export function readingAnswers(
  store: Database,
  folder: string,
): Answering<BackgroundQuestions>['answers'] {
  const files = new ClosedFiles(folder, new ClosedRecords(store))
  const accepted = new AcceptedFiles(store)
  const offers = new Offers(store)
  const counted = countedIn(store)
  const bytesOf = (sequence: number): Uint8Array | undefined => {
    const written = offers.file(sequence)
    return written && files.read(written.closed, written.fileSha256)
  }
  return {
    accepted: asked => accepted.read(asked),
    writeFiles: closed => files.write(closed),
    readAnswer: trigger => offers.answer(trigger),
    answered: () => offers.answered(),
    hourlySums: day => hourlySums(store, day),
    files: () => offers.files(),
    offered: sequence => offers.one(sequence),
    readFile: bytesOf,
    readTogether: ({ firstSequence, lastSequence }) => {
      const parts: Uint8Array[] = []
      for (let sequence = firstSequence; sequence <= lastSequence; sequence++) {
        const bytes = bytesOf(sequence)
        if (!bytes) return undefined
        parts.push(bytes)
      }
      return Buffer.concat(parts)
    },
    counted: () => counted(),
  }
}
