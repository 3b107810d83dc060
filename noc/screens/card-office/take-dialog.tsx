import { askForFile } from '../parts/ask.js'
import { type Performed, ReasonDialog } from '../parts/reason-dialog.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** A print file that somebody wants. */
export interface WantedFile {
  readonly batch: number
  readonly file: string
}

/** Takes a print file, encrypted as it lies there. */
export function TakeDialog({ batch, file, done }: WantedFile & { done: () => void }) {
  const perform = async (reason: string): Promise<Performed> => {
    await askForFile('/api/office/print-files', { batch, file, reason }, file)
    return { outcome: 'performed' }
  }
  return (
    <ReasonDialog title={TEXTS.take} confirm={TEXTS.take} perform={perform} done={done}>
      <p class="names">{file}</p>
      <p>{say(TEXTS.takeEffect)}</p>
    </ReasonDialog>
  )
}
