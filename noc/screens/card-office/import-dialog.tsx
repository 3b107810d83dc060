import { useState } from 'preact/hooks'
import { countText } from '../parts/amounts.js'
import { askWith, Refusal } from '../parts/ask.js'
import { Failure } from '../parts/notices.js'
import { performAct, ReasonDialog } from '../parts/reason-dialog.js'
import { say } from '../shell/language.js'
import type { UploadedList } from './answers.js'
import { BadLines } from './imports.js'
import { TEXTS } from './texts.js'

/** Sends another maker's list, names its bad lines, and asks for the rest to be taken in. */
export function ImportDialog({ batch, done }: { batch: number; done: () => void }) {
  const [list, setList] = useState<UploadedList>()
  const [refusal, setRefusal] = useState<Refusal>()
  const send = async (file: File | undefined) => {
    setList(undefined)
    setRefusal(undefined)
    if (!file) return
    try {
      const path = `/api/office/card-imports?batch=${batch}`
      setList(await askWith<UploadedList>(path, await file.text(), 'text/csv'))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setRefusal(error)
    }
  }
  const { file = '', sha256 = '', cards = 0 } = list ?? {}
  return (
    <ReasonDialog
      title={TEXTS.importCards}
      confirm={TEXTS.importCards}
      ready={cards > 0}
      perform={performAct('import_cards', { batch, file, sha256 })}
      done={done}
    >
      <p class="names">
        {say(TEXTS.ofBatch)} {batch}
      </p>
      <p>{say(TEXTS.importEffect)}</p>
      <label>
        <span>{say(TEXTS.listFile)}</span>
        <input
          name="list"
          type="file"
          accept=".csv,text/csv"
          required
          onChange={({ currentTarget }) => send(currentTarget.files?.[0])}
        />
      </label>
      <div aria-live="polite">
        {refusal && <Failure refusal={refusal} />}
        {list && <Checked list={list} />}
      </div>
      <p>{say(TEXTS.needsApproval)}</p>
    </ReasonDialog>
  )
}

const Checked = ({ list: { cards, bad, sha256, lines } }: { list: UploadedList }) => (
  <div class="checked">
    <p>
      {say(TEXTS.goodLines)}: <b>{countText(cards)}</b>　{say(TEXTS.badLines)}:{' '}
      <b>{countText(bad)}</b>
    </p>
    <code class="key">{sha256}</code>
    <BadLines lines={lines} bad={bad} />
  </div>
)
