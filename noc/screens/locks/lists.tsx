import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import { timeText } from '../parts/moment.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import type { LockedCard, LockedHandset } from './answers.js'
import { REASON_TEXTS, TEXTS } from './texts.js'

interface Releasing {
  /** Whether who looks may release one, and several at once. */
  readonly mayOne: boolean
  readonly maySeveral: boolean
  readonly release: (names: readonly string[]) => void
}

/** Handsets that may not charge, the latest first. */
export function LockedHandsets({
  handsets,
  ...releasing
}: Releasing & { readonly handsets: readonly LockedHandset[] }) {
  return (
    <List
      {...releasing}
      title={TEXTS.handsets}
      headings={[TEXTS.number, TEXTS.since, TEXTS.why, TEXTS.wrong, TEXTS.until]}
      rows={handsets.map(({ msisdn, lockedAt, reason, consecutive, until }) => ({
        name: msisdn,
        cells: [
          timeText(lockedAt),
          say(REASON_TEXTS[reason] ?? { ja: reason, en: reason }),
          `${consecutive}`,
          until === null ? say(TEXTS.never) : timeText(until),
        ],
      }))}
    />
  )
}

/** Cards that many handsets probed, the latest first. */
export function LockedCards({
  cards,
  ...releasing
}: Releasing & { readonly cards: readonly LockedCard[] }) {
  return (
    <List
      {...releasing}
      title={TEXTS.cards}
      headings={[TEXTS.serial, TEXTS.since, TEXTS.probed]}
      rows={cards.map(({ serial, lockedAt, handsets }) => ({
        name: serial,
        cells: [timeText(lockedAt), `${handsets}`],
      }))}
    />
  )
}

interface ListProps extends Releasing {
  readonly title: Text
  readonly headings: readonly Text[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly ComponentChildren[] }[]
}

/** A list of what is locked, of which some can be chosen and released together. */
function List({ title, headings, rows, mayOne, maySeveral, release }: ListProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const there = rows.map(({ name }) => name).filter(name => chosen.has(name))
  const toggle = (name: string) => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    setChosen(next)
  }
  return (
    <section class="locked" aria-label={say(title)}>
      <header>
        <h2>
          {say(title)} <small>{rows.length.toLocaleString('en')}</small>
        </h2>
        {maySeveral && (
          <button type="button" disabled={there.length === 0} onClick={() => release(there)}>
            {say(TEXTS.unlockAll)} {there.length > 0 && `(${there.length})`}
          </button>
        )}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1) */}
      <div class="table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {maySeveral && <th class="word" aria-label={say(TEXTS.choose)} />}
              {headings.map(heading => (
                <th class="word" key={heading.en}>
                  {say(heading)}
                </th>
              ))}
              <th class="word" />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name} data-name={name}>
                {maySeveral && (
                  <td class="word">
                    <input
                      type="checkbox"
                      aria-label={`${say(TEXTS.choose)} ${name}`}
                      checked={chosen.has(name)}
                      onChange={() => toggle(name)}
                    />
                  </td>
                )}
                <td class="word">{name}</td>
                {cells.map((cell, at) => (
                  <td class="word" key={at}>
                    {cell}
                  </td>
                ))}
                <td class="word">
                  <span class="acts">
                    <button type="button" class="quiet" onClick={() => choose({ of: name })}>
                      {say(TEXTS.history)}
                    </button>
                    {mayOne && (
                      <button type="button" class="quiet" onClick={() => release([name])}>
                        {say(TEXTS.unlock)}
                      </button>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
