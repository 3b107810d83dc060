import { useState } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { brokenText, TABS, TEXTS, wholeText } from './texts.js'

/** Entries in one answer. */
const SHOWN = 100

/** A log of acts: where it is asked for, and what stands over it. */
interface ActLog {
  readonly path: string
  readonly title: Text
}

/** What was done in the card office. */
export const CARD_OFFICE_LOG: ActLog = { path: '/api/office/audit', title: TABS.audit }

/** What was done to accounts, groups and sessions. */
export const PEOPLE_LOG: ActLog = { path: '/api/people/log', title: TABS.changes }

/** An answer of either. */
interface Audit {
  readonly entries: readonly {
    readonly sequence: number
    readonly at: number
    readonly person: string
    readonly role: string
    readonly act: string
    readonly outcome: string
    readonly subject: string
    readonly reason: string
    readonly approver?: string | null
    /** Why it was rejected. */
    readonly because: string | null
  }[]
}

/** Whether a log is whole. */
type Check =
  | { readonly outcome: 'whole'; readonly entries: number; readonly lastHash: string }
  | { readonly outcome: 'missing' | 'altered' | 'cut'; readonly sequence: number }

/** 監査記録: what was done, and whether nothing of it was changed or taken away. */
export function LogOfActs({ of, before }: { of: ActLog; before: string | null }) {
  const place = before === null ? '' : `&before=${encodeURIComponent(before)}`
  const { answer, refusal, again } = useAnswer<Audit>(`${of.path}?max=${SHOWN}${place}`)
  const [verifying, setVerifying] = useState(0)
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const last = answer.entries.at(-1)
  return (
    <div class="whole">
      {verifying > 0 && <Verified key={verifying} path={of.path} />}
      <SimpleTable
        title={of.title}
        none={TEXTS.none}
        beside={
          <button type="button" onClick={() => setVerifying(verifying + 1)}>
            {say(TEXTS.verify)}
          </button>
        }
        columns={[
          { words: TEXTS.number },
          { words: TEXTS.at, isWord: true },
          { words: TEXTS.person, isWord: true },
          { words: TEXTS.act, isWord: true },
          { words: TEXTS.outcome, isWord: true },
          { words: TEXTS.subject, isWord: true },
          { words: TEXTS.reason, isWord: true },
        ]}
        rows={answer.entries.map(one => ({
          name: `${one.sequence}`,
          cells: [
            one.sequence,
            timeText(one.at),
            `${one.person} (${one.role})${one.approver ? ` + ${one.approver}` : ''}`,
            one.act,
            one.because === null ? one.outcome : `${one.outcome} (${one.because})`,
            one.subject,
            one.reason,
          ],
        }))}
      />
      {last && answer.entries.length === SHOWN && (
        <p>
          <button type="button" onClick={() => choose({ before: `${last.sequence}` })}>
            {say(TEXTS.older)}
          </button>
        </p>
      )}
    </div>
  )
}

/** Computes the chain anew, once. */
function Verified({ path }: { path: string }) {
  const { answer, refusal } = useAnswer<Check>(`${path}/check`)
  if (!answer) return refusal ? <Failure refusal={refusal} /> : <Waiting />
  const whole = answer.outcome === 'whole'
  return (
    <p class={whole ? 'told' : 'failure'} role="status" data-check={answer.outcome}>
      {say(whole ? wholeText(answer.entries, answer.lastHash) : brokenText(answer.sequence))}
    </p>
  )
}
