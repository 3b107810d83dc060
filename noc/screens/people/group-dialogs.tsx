import { useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../domain/role.js'
import { AREAS, FUNCTION_NAMES, FUNCTIONS, type FunctionName } from '../../accounts/functions.js'
import { grantable } from '../../accounts/permission-group.js'
import { ask } from '../parts/ask.js'
import { type Performed, ReasonDialog } from '../parts/reason-dialog.js'
import { say } from '../shell/language.js'
import { ROLE_NAMES } from '../shell/me.js'
import type { Group } from './answers.js'
import { GROUP_TEXTS, TEXTS } from './texts.js'

interface GroupDialogProps {
  /** The group that is changed; absent: a new one. */
  readonly from: Group | undefined
  readonly groups: readonly Group[]
  readonly done: () => void
}

/** An own group, function by function; a new one begins with all that its role has. */
export function GroupDialog({ from, groups, done }: GroupDialogProps) {
  const [name, setName] = useState(from?.name ?? '')
  const [role, setRole] = useState<Role>(from?.role ?? 'viewer')
  const ofRole = (of: Role) => groups.find(one => one.name === of)?.functions ?? []
  const [chosen, setChosen] = useState<readonly FunctionName[]>(from?.functions ?? ofRole(role))
  const functions = FUNCTION_NAMES.filter(one => chosen.includes(one) && grantable(one, role))
  const words = from ? GROUP_TEXTS.change : GROUP_TEXTS.add
  const taken = from === undefined && groups.some(one => one.name === name)
  return (
    <ReasonDialog
      title={words}
      confirm={words}
      ready={!taken && functions.length > 0}
      perform={reason => ask<Performed>('/api/people/groups', { name, role, functions, reason })}
      done={done}
    >
      <div class="pair">
        <label>
          <span>{say(TEXTS.groupName)}</span>
          <input
            name="name"
            value={name}
            required
            readOnly={from !== undefined}
            maxLength={32}
            autocomplete="off"
            onInput={({ currentTarget }) => setName(currentTarget.value.trim())}
          />
        </label>
        <label>
          <span>{say(TEXTS.role)}</span>
          <select
            name="role"
            value={role}
            onChange={({ currentTarget: { value } }) => {
              const next = ROLES.find(one => one === value) ?? 'viewer'
              setRole(next)
              setChosen(ofRole(next))
            }}
          >
            {ROLES.map(one => (
              <option key={one} value={one}>
                {say(ROLE_NAMES[one])}
              </option>
            ))}
          </select>
        </label>
      </div>
      {taken && <p class="failure">{say(TEXTS.taken)}</p>}
      <p>{say(TEXTS.roleNote)}</p>
      <FunctionChoice role={role} chosen={chosen} choose={setChosen} />
      {from && from.accounts > 0 && <p>{say(TEXTS.groupEffect)}</p>}
    </ReasonDialog>
  )
}

interface FunctionChoiceProps {
  readonly role: Role
  readonly chosen: readonly FunctionName[]
  readonly choose: (functions: readonly FunctionName[]) => void
}

/** Each function to be granted one by one; those that are kept apart from the role cannot be. */
const FunctionChoice = ({ role, chosen, choose }: FunctionChoiceProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
  <section class="functions" tabIndex={0} aria-label={say(TEXTS.functions)}>
    {Object.entries(AREAS).map(([area, heading]) => (
      <fieldset key={area}>
        <legend>{say(heading)}</legend>
        {FUNCTION_NAMES.filter(name => FUNCTIONS[name].area === area).map(name => (
          <label key={name} class="check">
            <input
              type="checkbox"
              name={name}
              checked={chosen.includes(name) && grantable(name, role)}
              disabled={!grantable(name, role)}
              onChange={({ currentTarget }) =>
                choose(
                  currentTarget.checked ? [...chosen, name] : chosen.filter(one => one !== name),
                )
              }
            />
            <span>{say(FUNCTIONS[name].words)}</span>
          </label>
        ))}
      </fieldset>
    ))}
  </section>
)

export function RemoveGroupDialog({ of, done }: { of: Group; done: () => void }) {
  return (
    <ReasonDialog
      title={GROUP_TEXTS.remove}
      confirm={GROUP_TEXTS.remove}
      perform={reason => ask<Performed>('/api/people/groups/removal', { name: of.name, reason })}
      done={done}
    >
      <p class="names">{of.name}</p>
      <p>{say(TEXTS.removeEffect)}</p>
    </ReasonDialog>
  )
}
