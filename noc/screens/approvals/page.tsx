import { useState } from 'preact/hooks'
import { ask } from '../parts/ask.js'
import { timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { type Performed, ReasonDialog } from '../parts/reason-dialog.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import type { Me } from '../shell/me.js'
import { type Approval, mayDecide } from './answers.js'
import { STATE_TEXTS, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import './approvals.css'

/** How often the list is asked for, in ms. */
const EVERY_MS = 3_000

type Decision = 'approve' | 'refuse' | 'withdraw'

interface Deciding {
  readonly decision: Decision
  readonly on: Approval
}

/** 承認: what waits for a second person with another role, and what was decided. */
export function ApprovalsPage({ me }: PageProps) {
  const { query } = useAddress()
  const all = query.get('show') === 'all'
  const { answer, refusal, again } = useAnswer<{ approvals: readonly Approval[] }>(
    `/api/office/approvals?all=${all}`,
    EVERY_MS,
  )
  const [deciding, setDeciding] = useState<Deciding>()
  return (
    <>
      <form class="choice" onSubmit={event => event.preventDefault()}>
        <fieldset class="tabs" aria-label={say(TEXTS.which)}>
          {[false, true].map(of => (
            <button
              key={`${of}`}
              type="button"
              aria-pressed={all === of}
              onClick={() => choose({ show: of ? 'all' : undefined })}
            >
              {say(of ? TEXTS.all : TEXTS.waiting)}
            </button>
          ))}
        </fieldset>
      </form>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer?.approvals.length === 0 && <Empty title={TEXTS.noneTitle} />}
      {answer && answer.approvals.length > 0 && (
        <List approvals={answer.approvals} me={me} decide={setDeciding} />
      )}
      {deciding && (
        <Decide
          {...deciding}
          done={() => {
            setDeciding(undefined)
            again()
          }}
        />
      )}
    </>
  )
}

interface ListProps {
  readonly approvals: readonly Approval[]
  readonly me: Me
  readonly decide: (deciding: Deciding) => void
}

const List = ({ approvals, me, decide }: ListProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
  <section class="table" tabIndex={0} aria-label={say(TEXTS.list)}>
    <table>
      <thead>
        <tr>
          <th>{say(TEXTS.number)}</th>
          <th class="word">{say(TEXTS.what)}</th>
          <th class="word">{say(TEXTS.asked)}</th>
          <th class="word">{say(TEXTS.until)}</th>
          <th class="word">{say(TEXTS.state)}</th>
          <th class="word" />
        </tr>
      </thead>
      <tbody>
        {approvals.map(on => (
          <tr key={on.approval} data-approval={on.approval}>
            <td>{on.approval}</td>
            <td class="word long">
              {on.describe}
              <div class="by">{on.reason}</div>
            </td>
            <td class="word">
              {on.requester.name} <span class="by">{on.requester.role}</span>
              <div class="by">{timeText(on.askedAt)}</div>
            </td>
            <td class="word">{timeText(on.expiresAt)}</td>
            <td class="word">
              {say(STATE_TEXTS[on.state] ?? { ja: on.state, en: on.state })}
              {on.decidedBy && (
                <div class="by">
                  {on.decidedBy.name}: {on.decisionReason}
                </div>
              )}
            </td>
            <td class="word">
              {on.state === 'waiting' && <Choices on={on} me={me} decide={decide} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

/** One's own request can be withdrawn, another's be decided about by who has another role. */
function Choices({ on, me, decide }: { on: Approval; me: Me; decide: ListProps['decide'] }) {
  const own = on.requester.name === me.account
  const decisions: readonly Decision[] = own
    ? ['withdraw']
    : mayDecide(on, me)
      ? ['approve', 'refuse']
      : []
  return (
    <span class="acts">
      {decisions.map(decision => (
        <button key={decision} type="button" class="quiet" onClick={() => decide({ decision, on })}>
          {say(TEXTS[decision])}
        </button>
      ))}
    </span>
  )
}

function Decide({ decision, on, done }: Deciding & { readonly done: () => void }) {
  const { approval, describe, reason, requester, payload, sha256, changed } = on
  const perform = (reason: string): Promise<Performed> =>
    ask(`/api/office/approvals/${approval}/decision`, { sha256, decision, reason })
  const words = TEXTS[decision]
  return (
    <ReasonDialog title={words} confirm={words} perform={perform} done={done}>
      <p class="names">{describe}</p>
      <p>
        {requester.name}: {reason}
      </p>
      <pre class="payload">{JSON.stringify(payload, undefined, 1)}</pre>
      <p class="by sha256">{sha256}</p>
      <p>{say(changed ? TEXTS.changed : TEXTS.binds)}</p>
    </ReasonDialog>
  )
}
