import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'
import { ask, Refusal } from './ask.js'
import { useModal } from './modal.js'
import { timeText } from './moment.js'
import { Failure } from './notices.js'
import './reason-dialog.css'

const TEXTS = {
  reason: { ja: '理由(記録に残ります)', en: 'Reason, for the record' },
  cancel: { ja: '取消', en: 'Cancel' },
  close: { ja: '閉じる', en: 'Close' },
  waiting: { ja: '承認待ちになりました', en: 'It waits for approval' },
} as const satisfies Record<string, Text>

const waitsFor = (approval: number, until: number): Text => ({
  ja: `承認 ${approval} 番。別の人が、別の権限で ${timeText(until)} までに承認すると実行されます。`,
  en: `Approval ${approval}. It is done once another person with another role approves it, until ${timeText(until)}.`,
})

/** What became of what a person asked the card office for: it is done, or it waits for somebody else. */
export type Performed =
  | { readonly outcome: 'performed' | 'refused' | 'withdrawn' }
  | { readonly outcome: 'waiting'; readonly approval: number; readonly expiresAt: number }

/** Longest reason, in characters. */
const REASON_MAX = 160

export interface ReasonDialogProps {
  readonly title: Text
  /** Has it done, for the reason that was given. Throws `Refusal`. */
  readonly perform: (reason: string) => Promise<Performed>
  /** Says on the button what will be done. */
  readonly confirm: Text
  /** The effect, before it is confirmed. */
  readonly children: ComponentChildren
  /** Whether a reason is asked for; it is where nothing is said. */
  readonly reasoned?: boolean
  /** Whether it can be confirmed as it stands; it can where nothing is said. */
  readonly ready?: boolean
  /** Called when it is over, whether anything was done or not. */
  readonly done: () => void
}

/** Asks the card office for an act by its name (docs/office.md). */
export const performAct =
  (act: string, payload: unknown) =>
  (reason: string): Promise<Performed> =>
    ask(`/api/office/acts/${act}`, { reason, payload })

/** Shows an act's effect, asks for the reason, and has it done. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, perform, confirm, children, reasoned = true, ready = true, done } = props
  const dialog = useModal(done)
  const [refusal, setRefusal] = useState<Refusal>()
  const [asking, setAsking] = useState(false)
  const [waiting, setWaiting] = useState<Extract<Performed, { outcome: 'waiting' }>>()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement) || asking) return
    const reason = `${new FormData(event.currentTarget).get('reason') ?? ''}`.trim()
    setAsking(true)
    setRefusal(undefined)
    try {
      const answer = await perform(reason)
      if (answer.outcome === 'waiting') setWaiting(answer)
      else done()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setRefusal(error)
    }
    setAsking(false)
  }
  return (
    <dialog ref={dialog} class="reason" aria-labelledby="reason-title">
      <h2 id="reason-title">{say(waiting ? TEXTS.waiting : title)}</h2>
      {waiting ? (
        <>
          <p>{say(waitsFor(waiting.approval, waiting.expiresAt))}</p>
          <div class="buttons">
            <button type="button" class="primary" onClick={done}>
              {say(TEXTS.close)}
            </button>
          </div>
        </>
      ) : (
        <form onSubmit={submit}>
          <div class="effect">{children}</div>
          {reasoned && (
            <label>
              <span>{say(TEXTS.reason)}</span>
              <input name="reason" maxLength={REASON_MAX} required autocomplete="off" />
            </label>
          )}
          {refusal && <Failure refusal={refusal} />}
          <div class="buttons">
            <button type="button" onClick={done}>
              {say(TEXTS.cancel)}
            </button>
            <button type="submit" class="primary" disabled={asking || !ready}>
              {say(confirm)}
            </button>
          </div>
        </form>
      )}
    </dialog>
  )
}
