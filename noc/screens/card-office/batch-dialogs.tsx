import { useState } from 'preact/hooks'
import type { BatchActName } from '../../office/card-office-acts.js'
import { cardsText, yenText } from '../parts/amounts.js'
import { performAct, ReasonDialog } from '../parts/reason-dialog.js'
import { say } from '../shell/language.js'
import type { Batch } from './answers.js'
import { BATCH_ACT_TEXTS, TEXTS } from './texts.js'

/** What is wanted of a batch. */
export interface WantedOfBatch {
  readonly act: BatchActName
  readonly of: Batch
}

const EFFECTS = {
  generate: TEXTS.generateEffect,
  export: TEXTS.exportEffect,
  freeze: TEXTS.freezeEffect,
  unfreeze: TEXTS.unfreezeEffect,
} as const

/** Which acts always wait for a second person (docs/office.md). */
const APPROVED: readonly BatchActName[] = ['generate', 'export', 'unfreeze']

interface BatchDialogProps extends WantedOfBatch {
  readonly cardMakerKey: string | null
  readonly done: () => void
}

/** An act on a whole batch, with its effect. */
export function BatchDialog({ act, of, cardMakerKey, done }: BatchDialogProps) {
  const [recipient, setRecipient] = useState(cardMakerKey ?? '')
  const [handedTo, setHandedTo] = useState('')
  const { batch } = of
  const payloads = { generate: { batch, recipient }, export: { batch, handedTo } }
  const payload = act === 'generate' || act === 'export' ? payloads[act] : { batch }
  const words = BATCH_ACT_TEXTS[act]
  return (
    <ReasonDialog
      title={words}
      confirm={words}
      perform={performAct(`${act}_batch`, payload)}
      done={done}
    >
      <Named of={of} />
      <p>{say(EFFECTS[act])}</p>
      {act === 'generate' && (
        <label>
          <span>{say(TEXTS.recipient)}</span>
          <input
            name="recipient"
            class="key"
            value={recipient}
            required
            pattern="age1[0-9a-z]{58}"
            autocomplete="off"
            onInput={({ currentTarget }) => setRecipient(currentTarget.value.trim())}
          />
        </label>
      )}
      {act === 'export' && (
        <label>
          <span>{say(TEXTS.handedTo)}</span>
          <input
            name="handedTo"
            value={handedTo}
            required
            maxLength={100}
            autocomplete="off"
            onInput={({ currentTarget }) => setHandedTo(currentTarget.value)}
          />
        </label>
      )}
      <p>{say(APPROVED.includes(act) ? TEXTS.needsApproval : TEXTS.atOnce)}</p>
    </ReasonDialog>
  )
}

/** Which batch it is, and what it is worth. */
const Named = ({ of: { batch, firstSerial, lastSerial, count, faceValue } }: { of: Batch }) => (
  <p class="names">
    {say(TEXTS.ofBatch)} {batch}: {firstSerial} – {lastSerial}
    {'\n'}
    {cardsText(count)} × {yenText(faceValue)} = {yenText(count * faceValue)}
  </p>
)

/** What the card office asks of a new batch. */
const FIELDS = [
  { name: 'count', words: TEXTS.count, type: 'number', required: true, min: 1, max: 10_000_000 },
  {
    name: 'faceValue',
    words: TEXTS.faceValue,
    type: 'number',
    required: true,
    min: 1,
    max: 9_999_999,
  },
  { name: 'distributor', words: TEXTS.distributor, type: 'text', required: false },
  { name: 'design', words: TEXTS.design, type: 'text', required: false },
  { name: 'usableThrough', words: TEXTS.usableThrough, type: 'date', required: false },
  { name: 'firstSerial', words: TEXTS.firstOfMaker, type: 'text', required: false },
] as const

/** Most letters of a word on cards or lists. */
const WORD_MAX = 60

/** Plans a batch: it gets its serial numbers. */
export function PlanDialog({ done }: { done: () => void }) {
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({})
  const {
    count = '',
    faceValue = '',
    distributor = '',
    design = '',
    usableThrough = '',
    firstSerial = '',
  } = said
  const payload = {
    ...{ count: Number(count), faceValue: Number(faceValue), distributor, design },
    ...(usableThrough === '' ? {} : { usableThrough }),
    ...(firstSerial === '' ? {} : { firstSerial: firstSerial.trim().toUpperCase() }),
  }
  return (
    <ReasonDialog
      title={TEXTS.newBatch}
      confirm={TEXTS.newBatch}
      perform={performAct('plan_batch', payload)}
      done={done}
    >
      <div class="pair">
        {FIELDS.map(({ name, words, ...field }) => (
          <label key={name}>
            <span>{say(words)}</span>
            <input
              name={name}
              value={said[name] ?? ''}
              maxLength={WORD_MAX}
              autocomplete="off"
              {...field}
              onInput={({ currentTarget }) => setSaid({ ...said, [name]: currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <p>{say(TEXTS.planEffect)}</p>
      {Number(count) > 0 && Number(faceValue) > 0 && (
        <p class="names">
          {cardsText(Number(count))} × {yenText(Number(faceValue))} ={' '}
          {yenText(Number(count) * Number(faceValue))}
        </p>
      )}
    </ReasonDialog>
  )
}
