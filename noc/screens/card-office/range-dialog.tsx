import { useState } from 'preact/hooks'
import type { RangeActName } from '../../office/card-office-acts.js'
import { STATE_TEXTS } from '../../office/card-words.js'
import { cardsText, yenText } from '../parts/amounts.js'
import { Failure } from '../parts/notices.js'
import { performAct, ReasonDialog } from '../parts/reason-dialog.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import type { CardsEffect, Counts } from './answers.js'
import { RANGE_ACT_TEXTS, TEXTS, wordText } from './texts.js'

const SERIAL = /^[A-Z]{3}\d{9}$/

/** What is wanted of which cards, before anything of it was changed in the dialog. */
export interface WantedOfRange {
  readonly act: RangeActName
  readonly firstSerial: string
  readonly lastSerial: string
}

/** An act on cards by their serial numbers: what scp says it would do stands there before it is confirmed. */
export function RangeDialog({ act, done, ...wanted }: WantedOfRange & { done: () => void }) {
  const [firstSerial, setFirst] = useState(wanted.firstSerial)
  const [lastSerial, setLast] = useState(wanted.lastSerial)
  const [usableThrough, setThrough] = useState('')
  const extends_ = act === 'extend'
  const payload = { firstSerial, lastSerial, ...(extends_ ? { usableThrough } : {}) }
  const whole = [firstSerial, lastSerial].every(one => SERIAL.test(one))
  const complete = whole && (!extends_ || usableThrough !== '')
  const { answer, refusal } = useAnswer<CardsEffect>(
    complete ? `/api/office/card-effects?${new URLSearchParams({ act, ...payload })}` : undefined,
  )
  const words = RANGE_ACT_TEXTS[act]
  return (
    <ReasonDialog
      title={words}
      confirm={words}
      perform={performAct(`${act}_cards`, payload)}
      ready={complete && answer !== undefined}
      done={done}
    >
      <div class="pair">
        <SerialField name="firstSerial" words={TEXTS.first} value={firstSerial} set={setFirst} />
        <SerialField name="lastSerial" words={TEXTS.last} value={lastSerial} set={setLast} />
      </div>
      {extends_ && (
        <label>
          <span>{say(TEXTS.usableThrough)}</span>
          <input
            name="usableThrough"
            type="date"
            required
            value={usableThrough}
            onInput={({ currentTarget }) => setThrough(currentTarget.value)}
          />
        </label>
      )}
      <div class="weighed" aria-live="polite">
        {complete && refusal && <Failure refusal={refusal} />}
        {complete && !refusal && <Effect effect={answer} />}
      </div>
    </ReasonDialog>
  )
}

interface SerialFieldProps {
  readonly name: string
  readonly words: typeof TEXTS.first
  readonly value: string
  readonly set: (value: string) => void
}

const SerialField = ({ name, words, value, set }: SerialFieldProps) => (
  <label>
    <span>{say(words)}</span>
    <input
      name={name}
      value={value}
      maxLength={12}
      pattern={SERIAL.source}
      required
      autocomplete="off"
      onInput={({ currentTarget }) => set(currentTarget.value.trim().toUpperCase())}
    />
  </label>
)

function Effect({ effect }: { effect: CardsEffect | undefined }) {
  if (!effect) return <p>{say(TEXTS.weighing)} …</p>
  const { changed, faceValue, was, left, needsApproval } = effect
  return (
    <>
      <p>
        <b>{cardsText(changed)}</b> × {yenText(faceValue)} = <b>{yenText(changed * faceValue)}</b> (
        {countsText(was)})
      </p>
      {Object.keys(left).length > 0 && (
        <p>
          {say(TEXTS.left)}: {countsText(left)}
        </p>
      )}
      <p>{say(needsApproval ? TEXTS.needsApproval : TEXTS.atOnce)}</p>
    </>
  )
}

const countsText = (counts: Counts): string =>
  Object.entries(counts)
    .map(([state, cards]) => `${say(wordText(STATE_TEXTS, state))} ${cardsText(cards)}`)
    .join(', ')
