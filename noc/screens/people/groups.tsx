import { useState } from 'preact/hooks'
import { AREAS, FUNCTION_NAMES, FUNCTIONS, type FunctionName } from '../../accounts/functions.js'
import { countText } from '../parts/amounts.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { groupText, type Me, may, ROLE_NAMES } from '../shell/me.js'
import type { Group, Routes } from './answers.js'
import { GroupDialog, RemoveGroupDialog } from './group-dialogs.js'
import { GROUP_TEXTS, TABS, TEXTS } from './texts.js'

/** What is wanted of a group, or that there be a new one. */
type Wanted =
  | { readonly deed: 'put'; readonly from: Group | undefined }
  | { readonly deed: 'remove'; readonly of: Group }

/** Every permission group, and what each may do, function by function, with the routes of each function. */
export function Groups({ me }: { me: Me }) {
  const { answer, refusal, again } = useAnswer<{ groups: readonly Group[] }>('/api/people/groups')
  const routes = useAnswer<Routes>('/api/people/functions')
  const [wanted, setWanted] = useState<Wanted>()
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const done = () => {
    setWanted(undefined)
    again()
  }
  const mayChange = may(me, 'groups.change')
  return (
    <div class="whole">
      {refusal && <Failure refusal={refusal} again={again} />}
      <SimpleTable
        title={TABS.groups}
        none={TEXTS.none}
        beside={
          mayChange && (
            <button
              type="button"
              class="primary"
              onClick={() => setWanted({ deed: 'put', from: undefined })}
            >
              {say(GROUP_TEXTS.add)} …
            </button>
          )
        }
        columns={[
          { words: TEXTS.group, isWord: true },
          { words: TEXTS.role, isWord: true },
          { words: TEXTS.functions },
          { words: TEXTS.people },
          { words: TEXTS.deeds, isWord: true },
        ]}
        rows={answer.groups.map(of => ({
          name: of.name,
          cells: [
            say(groupText(of.name)),
            say(ROLE_NAMES[of.role]),
            countText(of.functions.length),
            countText(of.accounts),
            of.builtIn ? (
              <span class="by">{say(TEXTS.builtIn)}</span>
            ) : (
              mayChange && <Deeds of={of} want={setWanted} />
            ),
          ],
        }))}
      />
      <Matrix groups={answer.groups} routes={routes.answer} />
      {wanted?.deed === 'put' && (
        <GroupDialog from={wanted.from} groups={answer.groups} done={done} />
      )}
      {wanted?.deed === 'remove' && <RemoveGroupDialog of={wanted.of} done={done} />}
    </div>
  )
}

const Deeds = ({ of, want }: { of: Group; want: (wanted: Wanted) => void }) => (
  <span class="acts">
    <button
      type="button"
      class="quiet"
      aria-label={`${say(GROUP_TEXTS.change)}: ${of.name}`}
      onClick={() => want({ deed: 'put', from: of })}
    >
      {say(GROUP_TEXTS.change)} …
    </button>
    <button
      type="button"
      class="quiet"
      aria-label={`${say(GROUP_TEXTS.remove)}: ${of.name}`}
      onClick={() => want({ deed: 'remove', of })}
    >
      {say(GROUP_TEXTS.remove)} …
    </button>
  </span>
)

/** Function by function, which group has it, and which routes it opens. */
const Matrix = ({
  groups,
  routes,
}: {
  readonly groups: readonly Group[]
  readonly routes: Routes | undefined
}) => (
  <SimpleTable
    title={TEXTS.matrix}
    none={TEXTS.none}
    columns={[
      { words: TEXTS.function, isWord: true },
      ...groups.map(({ name }) => ({ words: groupText(name), isWord: true })),
      { words: TEXTS.routes, isWord: true },
    ]}
    rows={FUNCTION_NAMES.map(name => ({
      name,
      cells: [
        `${say(AREAS[FUNCTIONS[name].area])} ${say(FUNCTIONS[name].words)}`,
        ...groups.map(({ functions }) => (functions.includes(name) ? '✓' : '–')),
        <RoutesOf key="routes" name={name} routes={routes} />,
      ],
    }))}
  />
)

const RoutesOf = ({ name, routes }: { name: FunctionName; routes: Routes | undefined }) => (
  <span class="routes">
    {routes?.functions
      .filter(({ functions }) => functions.includes(name))
      .map(({ method, url }) => (
        <code key={`${method} ${url}`}>
          {method} {url}
        </code>
      ))}
  </span>
)
