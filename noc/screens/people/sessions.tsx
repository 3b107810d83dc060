import { useState } from 'preact/hooks'
import { ask } from '../parts/ask.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { type Performed, ReasonDialog } from '../parts/reason-dialog.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { groupText, type Me, may } from '../shell/me.js'
import type { Session } from './answers.js'
import { TABS, TEXTS } from './texts.js'

/** How often sessions are asked for, in ms. */
const EVERY_MS = 5_000

/** Who is logged in, and a way to end it. */
export function Sessions({ me }: { me: Me }) {
  const { answer, refusal, again } = useAnswer<{ sessions: readonly Session[] }>(
    '/api/people/sessions',
    EVERY_MS,
  )
  const [ending, setEnding] = useState<Session>()
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  return (
    <div class="whole">
      {refusal && <Failure refusal={refusal} again={again} />}
      <SimpleTable
        title={TABS.sessions}
        none={TEXTS.none}
        columns={[
          { words: TEXTS.account, isWord: true },
          { words: TEXTS.group, isWord: true },
          { words: TEXTS.began, isWord: true },
          { words: TEXTS.used, isWord: true },
          { words: TEXTS.deeds, isWord: true },
        ]}
        rows={answer.sessions.map(one => ({
          name: one.session,
          cells: [
            one.account,
            say(groupText(one.group)),
            timeText(one.beganAt),
            timeText(one.usedAt),
            one.own ? (
              <span class="by">{say(TEXTS.own)}</span>
            ) : (
              may(me, 'sessions.end') && (
                <button
                  type="button"
                  class="quiet"
                  data-account={one.account}
                  aria-label={`${say(TEXTS.end)}: ${one.account}`}
                  onClick={() => setEnding(one)}
                >
                  {say(TEXTS.end)} …
                </button>
              )
            ),
          ],
        }))}
      />
      {ending && (
        <ReasonDialog
          title={TEXTS.end}
          confirm={TEXTS.end}
          perform={reason =>
            ask<Performed>(`/api/people/sessions/${ending.session}/end`, { reason })
          }
          done={() => {
            setEnding(undefined)
            again()
          }}
        >
          <p class="names">{ending.account}</p>
          <p>{say(TEXTS.endEffect)}</p>
        </ReasonDialog>
      )}
    </div>
  )
}
