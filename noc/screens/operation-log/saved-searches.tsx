import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { followLink } from '../shell/address.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** A search that somebody comes back to: what stands in the address, under a name. */
interface SavedSearch {
  readonly name: string
  readonly query: string
}

/** Most searches of one person, and the longest name. */
const SEARCHES_MAX = 30
const NAME_MAX = 40

interface SavedSearchesProps {
  readonly account: string
  /** The search that is seen now; empty where nothing was asked for. */
  readonly asked: string
  readonly children: ComponentChildren
}

/** The searches that who is logged in saved in this browser, and a way to save the one that is seen. */
export function SavedSearches({ account, asked, children }: SavedSearchesProps) {
  const [searches, setSearches] = useState(() => savedOf(account))
  const [naming, setNaming] = useState(false)
  const put = (changed: readonly SavedSearch[]) => {
    localStorage.setItem(placeOf(account), JSON.stringify(changed))
    setSearches(changed)
    setNaming(false)
  }
  const others = (name: string) => searches.filter(one => one.name !== name)
  return (
    <div class="choice saved">
      {searches.length > 0 && (
        <ul aria-label={say(TEXTS.saved)}>
          {searches.map(({ name, query }) => (
            <li key={name} data-search={name}>
              <a
                class="button"
                href={`/entries?${query}`}
                aria-current={query === asked ? 'true' : undefined}
                onClick={followLink}
              >
                {name}
              </a>
              <button
                type="button"
                class="quiet"
                title={say(TEXTS.forget)}
                aria-label={`${say(TEXTS.forget)}: ${name}`}
                onClick={() => put(others(name))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      {naming ? (
        <NameForm
          save={name => put([...others(name), { name, query: asked }].slice(-SEARCHES_MAX))}
          cancel={() => setNaming(false)}
        />
      ) : (
        <button
          type="button"
          class="quiet"
          id="save-search"
          disabled={asked === ''}
          onClick={() => setNaming(true)}
        >
          {say(TEXTS.save)}
        </button>
      )}
      <span class="last">{children}</span>
    </div>
  )
}

interface NameFormProps {
  readonly save: (name: string) => void
  readonly cancel: () => void
}

function NameForm({ save, cancel }: NameFormProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      class="field"
      onSubmit={event => {
        event.preventDefault()
        const name = field.current?.value.trim() ?? ''
        if (name !== '') save(name)
      }}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <input ref={field} maxLength={NAME_MAX} aria-label={say(TEXTS.name)} required />
      <button type="submit" class="quiet">
        {say(TEXTS.keep)}
      </button>
      <button type="button" class="quiet" onClick={cancel}>
        {say(TEXTS.cancel)}
      </button>
    </form>
  )
}

const placeOf = (account: string): string => `mcscp-searches-${account}`

/** What is kept; nothing where it is not of our form. */
function savedOf(account: string): readonly SavedSearch[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(placeOf(account)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isSavedSearch) : []
  } catch {
    return []
  }
}

function isSavedSearch(kept: unknown): kept is SavedSearch {
  const { name, query } = Object(kept)
  return typeof name === 'string' && typeof query === 'string'
}
