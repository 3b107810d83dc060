import type { FunctionName } from '../../accounts/functions.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import { Accounts } from './accounts.js'
import { CARD_OFFICE_LOG, LogOfActs, PEOPLE_LOG } from './audit.js'
import { Groups } from './groups.js'
import { Sessions } from './sessions.js'
import { TABS, type Tab, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'
import './people.css'

/** What lets each list be seen. */
const BY: Readonly<Record<Tab, FunctionName>> = {
  sessions: 'sessions.see',
  accounts: 'accounts.see',
  groups: 'accounts.see',
  changes: 'accounts.see',
  audit: 'audit.see',
}

const NAMES = Object.keys(TABS) as readonly Tab[]

/** 利用者と記録 (P-12): who is logged in, accounts, what each group may do, and what was done, in two logs. */
export function PeoplePage({ me }: PageProps) {
  const { query } = useAddress()
  const names = NAMES.filter(name => may(me, BY[name]))
  const tab = names.find(name => name === query.get('show')) ?? names[0]
  const before = query.get('before')
  return (
    <>
      <div class="choice">
        <fieldset class="tabs" aria-label={say(TEXTS.which)}>
          {names.map(name => (
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
      {tab === 'sessions' && <Sessions me={me} />}
      {tab === 'accounts' && <Accounts me={me} />}
      {tab === 'groups' && <Groups me={me} />}
      {tab === 'changes' && <LogOfActs key={tab} of={PEOPLE_LOG} before={before} />}
      {tab === 'audit' && <LogOfActs key={tab} of={CARD_OFFICE_LOG} before={before} />}
    </>
  )
}
