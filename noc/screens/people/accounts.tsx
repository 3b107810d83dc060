import { useState } from 'preact/hooks'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { groupText, type Me, may } from '../shell/me.js'
import { AccountDialog, PasswordDialog, type WantedOfAccount } from './account-dialogs.js'
import type { Account, Drawn, Group } from './answers.js'
import { ACCOUNT_TEXTS, TABS, TEXTS } from './texts.js'

/** What is offered, to whom, and when: of an account that is disabled, that is not, or either way. */
const OFFERED = [
  { deed: 'group', by: 'accounts.assign', when: undefined },
  { deed: 'password', by: 'accounts.change', when: undefined },
  { deed: 'rename', by: 'accounts.change', when: undefined },
  { deed: 'disable', by: 'accounts.change', when: false },
  { deed: 'enable', by: 'accounts.change', when: true },
] as const

/** Every account with its permission group, and what may be done to it. */
export function Accounts({ me }: { me: Me }) {
  const accounts = useAnswer<{ accounts: readonly Account[] }>('/api/people/accounts')
  const groups = useAnswer<{ groups: readonly Group[] }>('/api/people/groups')
  const [wanted, setWanted] = useState<WantedOfAccount>()
  const [drawn, setDrawn] = useState<Drawn>()
  const refusal = accounts.refusal ?? groups.refusal
  const again = () => {
    accounts.again()
    groups.again()
  }
  if (!accounts.answer || !groups.answer) {
    return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  }
  return (
    <div class="whole">
      {refusal && <Failure refusal={refusal} again={again} />}
      <SimpleTable
        title={TABS.accounts}
        none={TEXTS.none}
        beside={
          may(me, 'accounts.add') && (
            <button type="button" class="primary" onClick={() => setWanted({ deed: 'add' })}>
              {say(ACCOUNT_TEXTS.add)} …
            </button>
          )
        }
        columns={[
          { words: TEXTS.account, isWord: true },
          { words: TEXTS.group, isWord: true },
          { words: TEXTS.state, isWord: true },
          { words: TEXTS.madeAt, isWord: true },
          { words: TEXTS.deeds, isWord: true },
        ]}
        rows={accounts.answer.accounts.map(of => ({
          name: of.name,
          cells: [
            of.name,
            say(groupText(of.group)),
            <State key="state" of={of} />,
            of.madeAt === 0 ? '–' : timeText(of.madeAt),
            <span key="deeds" class="acts">
              {OFFERED.filter(
                ({ by, when }) =>
                  may(me, by) && (when === undefined || when === (of.disabledAt !== null)),
              ).map(({ deed }) => (
                <button
                  key={deed}
                  type="button"
                  class="quiet"
                  data-deed={deed}
                  aria-label={`${say(ACCOUNT_TEXTS[deed])}: ${of.name}`}
                  onClick={() => setWanted({ deed, of })}
                >
                  {say(ACCOUNT_TEXTS[deed])} …
                </button>
              ))}
            </span>,
          ],
        }))}
      />
      <p class="notes">{say(TEXTS.accountsNote)}</p>
      {wanted && (
        <AccountDialog
          {...wanted}
          groups={groups.answer.groups}
          told={setDrawn}
          done={() => {
            setWanted(undefined)
            again()
          }}
        />
      )}
      {drawn && !wanted && <PasswordDialog {...drawn} done={() => setDrawn(undefined)} />}
    </div>
  )
}

const State = ({ of: { disabledAt } }: { of: Account }) =>
  disabledAt === null ? (
    <span class="state" data-state="live">
      {say(TEXTS.enabled)}
    </span>
  ) : (
    <span class="state" data-state="lost">
      {say(TEXTS.disabled)} <span class="by">{timeText(disabledAt)}</span>
    </span>
  )
