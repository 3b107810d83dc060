import { useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../domain/role.js'
import { ask } from '../parts/ask.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { ReasonDialog } from '../parts/reason-dialog.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { ROLE_NAMES } from '../shell/me.js'
import { AuditLog } from './audit.js'
import { TABS, type Tab, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'

/** How often sessions are asked for, in ms. */
const EVERY_MS = 5_000

const NAMES = Object.keys(TABS) as readonly Tab[]

/** 利用者と記録: who is logged in, accounts, what each group may do, and the audit log. */
export function PeoplePage({ me }: PageProps) {
  const { query } = useAddress()
  const tab = NAMES.find(name => name === query.get('show')) ?? 'sessions'
  return (
    <>
      <div class="choice">
        <fieldset class="tabs" aria-label={say(TEXTS.which)}>
          {NAMES.map(name => (
            <button
              key={name}
              type="button"
              aria-pressed={tab === name}
              data-tab={name}
              onClick={() => choose({ show: name, before: undefined })}
            >
              {say(TABS[name])}
            </button>
          ))}
        </fieldset>
      </div>
      {tab === 'sessions' && <Sessions mayEnd={me.role === 'supervisor'} />}
      {tab === 'accounts' && <Accounts />}
      {tab === 'groups' && <Groups />}
      {tab === 'audit' && <AuditLog before={query.get('before')} />}
    </>
  )
}

/** `GET /api/people/sessions`; moments are ms of the machine's clock. */
interface Session {
  readonly session: string
  readonly account: string
  readonly role: Role
  readonly beganAt: number
  readonly usedAt: number
  readonly own: boolean
}

function Sessions({ mayEnd }: { mayEnd: boolean }) {
  const { answer, refusal, again } = useAnswer<{ sessions: readonly Session[] }>(
    '/api/people/sessions',
    EVERY_MS,
  )
  const [ending, setEnding] = useState<Session>()
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const end = async ({ session }: Session) => {
    await ask(`/api/people/sessions/${session}/end`, {})
    return { outcome: 'performed' } as const
  }
  return (
    <div class="whole">
      <SimpleTable
        title={TABS.sessions}
        none={TEXTS.none}
        columns={[
          { words: TEXTS.account, isWord: true },
          { words: TEXTS.group, isWord: true },
          { words: TEXTS.began, isWord: true },
          { words: TEXTS.used, isWord: true },
          { words: { ja: '', en: '' }, isWord: true },
        ]}
        rows={answer.sessions.map(one => ({
          name: one.session,
          cells: [
            one.account,
            say(ROLE_NAMES[one.role]),
            timeText(one.beganAt),
            timeText(one.usedAt),
            one.own ? (
              <span class="by">{say(TEXTS.own)}</span>
            ) : (
              mayEnd && (
                <button
                  type="button"
                  class="quiet"
                  data-account={one.account}
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
          reasoned={false}
          perform={() => end(ending)}
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

function Accounts() {
  const { answer, refusal, again } = useAnswer<{
    accounts: readonly { readonly name: string; readonly role: Role }[]
  }>('/api/people/accounts')
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  return (
    <div class="whole">
      <SimpleTable
        title={TABS.accounts}
        none={TEXTS.none}
        columns={[
          { words: TEXTS.account, isWord: true },
          { words: TEXTS.group, isWord: true },
        ]}
        rows={answer.accounts.map(({ name, role }) => ({
          name,
          cells: [name, say(ROLE_NAMES[role])],
        }))}
      />
      <p class="notes">{say(TEXTS.accountsNote)}</p>
    </div>
  )
}

/** `GET /api/people/functions`: every function, and who may ask it. */
interface Functions {
  readonly functions: readonly {
    readonly method: string
    readonly url: string
    readonly roles: readonly string[]
  }[]
}

function Groups() {
  const { answer, refusal, again } = useAnswer<Functions>('/api/people/functions')
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  return (
    <div class="whole">
      <SimpleTable
        title={TABS.groups}
        none={TEXTS.none}
        columns={[
          { words: TEXTS.function, isWord: true },
          ...ROLES.map(role => ({ words: ROLE_NAMES[role], isWord: true })),
        ]}
        rows={answer.functions.map(({ method, url, roles }) => ({
          name: `${method} ${url}`,
          cells: [
            <code key="function">
              {method} {url}
            </code>,
            ...ROLES.map(role => (roles.includes(role) ? '✓' : '–')),
          ],
        }))}
      />
    </div>
  )
}
