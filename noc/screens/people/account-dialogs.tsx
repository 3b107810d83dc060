import { useState } from 'preact/hooks'
import { ACCOUNT_NAME } from '../../accounts/permission-group.js'
import { ask } from '../parts/ask.js'
import { useModal } from '../parts/modal.js'
import { type Performed, ReasonDialog } from '../parts/reason-dialog.js'
import { say } from '../shell/language.js'
import { groupText } from '../shell/me.js'
import type { Account, Drawn, Group } from './answers.js'
import { ACCOUNT_EFFECTS, ACCOUNT_TEXTS, TEXTS } from './texts.js'

/** What is wanted of an account, or that there be a new one. */
export type WantedOfAccount =
  | { readonly deed: 'add'; readonly of?: undefined }
  | {
      readonly deed: 'group' | 'password' | 'rename' | 'disable' | 'enable'
      readonly of: Account
    }

type AccountDialogProps = WantedOfAccount & {
  readonly groups: readonly Group[]
  /** Told the password that was drawn, where one was. */
  readonly told: (drawn: Drawn) => void
  readonly done: () => void
}

/** Something that is done to an account, with its effect. */
export function AccountDialog({ deed, of, groups, told, done }: AccountDialogProps) {
  const [name, setName] = useState('')
  const [group, setGroup] = useState(of?.group ?? 'viewer')
  const words = ACCOUNT_TEXTS[deed]
  const perform = async (reason: string): Promise<Performed> => {
    const [path, body] = asked({ deed, name, group, account: of?.name ?? '' })
    const answer = await ask<Performed & { password?: string }>(`/api/people/accounts${path}`, {
      ...body,
      reason,
    })
    const { password } = answer
    if (password !== undefined) told({ name: of?.name ?? name, password })
    return answer
  }
  return (
    <ReasonDialog title={words} confirm={words} perform={perform} done={done}>
      {of && <p class="names">{of.name}</p>}
      {(deed === 'add' || deed === 'rename') && (
        <label>
          <span>{say(deed === 'add' ? TEXTS.accountName : TEXTS.newName)}</span>
          <input
            name="name"
            value={name}
            required
            pattern={ACCOUNT_NAME.slice(1, -1)}
            maxLength={32}
            title={say(TEXTS.nameForm)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={({ currentTarget }) => setName(currentTarget.value.trim())}
          />
        </label>
      )}
      {(deed === 'add' || deed === 'group') && (
        <label>
          <span>{say(TEXTS.group)}</span>
          <select
            name="group"
            value={group}
            onChange={({ currentTarget }) => setGroup(currentTarget.value)}
          >
            {groups.map(one => (
              <option key={one.name} value={one.name}>
                {say(groupText(one.name))}
              </option>
            ))}
          </select>
        </label>
      )}
      <p>{say(ACCOUNT_EFFECTS[deed])}</p>
    </ReasonDialog>
  )
}

interface Asked {
  readonly deed: WantedOfAccount['deed']
  readonly account: string
  readonly name: string
  readonly group: string
}

/** The route of each deed, below that of all accounts, and what is sent. */
function asked({ deed, account, name, group }: Asked): readonly [path: string, body: object] {
  const of = `/${encodeURIComponent(account)}`
  switch (deed) {
    case 'add':
      return ['', { name, group }]
    case 'rename':
      return [`${of}/name`, { to: name }]
    case 'group':
      return [`${of}/group`, { group }]
    case 'password':
      return [`${of}/password`, {}]
    case 'disable':
      return [`${of}/disabling`, {}]
    case 'enable':
      return [`${of}/enabling`, {}]
  }
}

/** The password of an account, which is shown this once. */
export function PasswordDialog({ name, password, done }: Drawn & { readonly done: () => void }) {
  const dialog = useModal(done)
  return (
    <dialog ref={dialog} class="reason" aria-labelledby="password-title">
      <h2 id="password-title">
        {say(TEXTS.passwordOf)} {name}
      </h2>
      <form onSubmit={event => event.preventDefault()}>
        <label>
          <span>{say(TEXTS.password)}</span>
          <input
            class="drawn"
            name="password"
            readOnly
            value={password}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        </label>
        <p>{say(TEXTS.passwordOnce)}</p>
        <div class="buttons">
          <button type="button" class="primary" onClick={done}>
            {say(TEXTS.close)}
          </button>
        </div>
      </form>
    </dialog>
  )
}
