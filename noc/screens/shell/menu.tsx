import { useEffect } from 'preact/hooks'
import { PAGE_GROUPS, PAGES, type Page } from '../../pages.js'
import type { Text } from '../../traffic/columns.js'
import type { StandingAlarms } from '../alarms/answers.js'
import { useAlarmSound } from '../alarms/sound.js'
import { useAnswer } from '../parts/use-answer.js'
import { followLink } from './address.js'
import { Kept, useKept } from './kept.js'
import { say } from './language.js'
import { type Me, may } from './me.js'
import { TEXTS } from './shell-texts.js'

const menu = new Kept('mcscp-menu', ['open', 'folded'])

/** How often the number of alarms is asked for, in ms. */
const ALARMS_EVERY_MS = 3_000

/** The pages that who is logged in may see, under their headings; and how many alarms wait for somebody. */
export function Menu({ me, path }: { me: Me; path: string }) {
  const state = useKept(menu)
  const { answer } = useAnswer<StandingAlarms>(
    may(me, 'alarms.see') ? '/api/alarms' : undefined,
    ALARMS_EVERY_MS,
  )
  useAlarmSound(answer)
  const waiting = answer?.lines.filter(({ alarms }) => alarms.some(one => !one.acknowledged)) ?? []
  const worst = waiting.some(({ severity }) => severity === 'critical') ? 'critical' : 'major'
  const here = Object.values<Page>(PAGES).find(page => page.path === path)
  useEffect(() => {
    const count = waiting.length > 0 ? `(${waiting.length}) ` : ''
    document.title = `${count}${say(here?.title ?? TEXTS.nothingHere)} · mcscp`
  })
  const fold = say(state === 'open' ? TEXTS.menuFold : TEXTS.menuUnfold)
  return (
    <nav class="menu" data-menu={state} aria-label={say(TEXTS.menu)}>
      <div class="brand">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span>MCSCP</span>
        <button
          type="button"
          class="quiet"
          aria-expanded={state === 'open'}
          aria-label={fold}
          title={fold}
          onClick={() => menu.next()}
        >
          <span aria-hidden="true">{state === 'open' ? '«' : '»'}</span>
        </button>
      </div>
      {Object.entries<Text>(PAGE_GROUPS).map(([group, heading]) => {
        const pages = Object.entries<Page>(PAGES).filter(
          ([, page]) =>
            page.group === group && may(me, ...page.by) && (me.hasPhone || !page.needsPhone),
        )
        if (pages.length === 0) return undefined
        return (
          <section key={group}>
            <h2>{say(heading)}</h2>
            <ul>
              {pages.map(([name, page]) => (
                <li key={name}>
                  <a
                    href={page.path}
                    data-page={name}
                    aria-current={page.path === path ? 'page' : undefined}
                    onClick={followLink}
                  >
                    <span>{say(page.title)}</span>
                    {name === 'alarms' && waiting.length > 0 && (
                      <b class="badge" data-severity={worst}>
                        {waiting.length}
                      </b>
                    )}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </nav>
  )
}
