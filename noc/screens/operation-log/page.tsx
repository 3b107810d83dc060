import { useEffect, useState } from 'preact/hooks'
import { OUTCOME_TEXTS } from '../../entries/outcomes.js'
import { ask, Refusal } from '../parts/ask.js'
import { fieldMoment, fieldText, timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { language, say } from '../shell/language.js'
import { may } from '../shell/me.js'
import { SavedSearches } from './saved-searches.js'
import { TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'

/** One card number that was keyed (`GET /api/entries`); never the number itself. Moments are ms. */
interface EntryLine {
  readonly at: number
  readonly token: string
  readonly entry: number
  readonly callId: string
  readonly msisdn: string
  readonly kind: string
  readonly outcome: string
  readonly serial?: string
  readonly faceValue?: number
  readonly locked: boolean
}

interface EntryPage {
  readonly lines: readonly EntryLine[]
  readonly next?: string
}

/** What can be asked for, by the names that the address and the server give it. */
const CRITERIA = ['msisdn', 'serial', 'call', 'from', 'to', 'outcome'] as const

/** 操作ログ (Table 5, ログ): every card number that was keyed, newest first, by what the address asks for. */
export function OperationLogPage({ me }: PageProps) {
  const { query } = useAddress()
  const seesNumbers = may(me, 'numbers.see')
  const asked = new URLSearchParams(
    CRITERIA.flatMap(name => {
      const value = query.get(name)
      return value ? [[name, value]] : []
    }),
  )
  return (
    <>
      <Criteria query={query} seesNumbers={seesNumbers} />
      <SavedSearches account={me.account} asked={`${asked}`}>
        <a
          id="csv"
          class="button"
          href={`/entries.csv?${new URLSearchParams([...asked, ['language', language()]])}`}
          download
        >
          {say(TEXTS.csv)}
        </a>
      </SavedSearches>
      <Lines asked={`${asked}`} />
      {!seesNumbers && <p class="notes">{say(TEXTS.masked)}</p>}
    </>
  )
}

function Criteria({ query, seesNumbers }: { query: URLSearchParams; seesNumbers: boolean }) {
  const search = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const fields = new FormData(event.currentTarget)
    const said = (name: string) => `${fields.get(name) ?? ''}`.trim() || undefined
    const moment = (name: string) => fieldMoment(said(name) ?? '')?.toString()
    choose({
      ...{ msisdn: said('msisdn'), serial: said('serial'), call: said('call') },
      ...{ from: moment('from'), to: moment('to'), outcome: said('outcome') },
    })
  }
  const shown = (name: string) => query.get(name) ?? ''
  const at = (name: string) => {
    const value = Number(query.get(name))
    return value > 0 ? fieldText(value) : ''
  }
  return (
    // The key makes the fields say what the address says after it was changed elsewhere.
    <form class="choice" key={`${query}`} onSubmit={search}>
      {seesNumbers && (
        <Field name="msisdn" words={TEXTS.number} value={shown('msisdn')} size={12} />
      )}
      <Field name="serial" words={TEXTS.serial} value={shown('serial')} size={13} />
      <Field name="call" words={TEXTS.call} value={shown('call')} size={16} />
      <MomentField name="from" words={TEXTS.from} value={at('from')} />
      <MomentField name="to" words={TEXTS.to} value={at('to')} />
      <label class="field">
        <span class="name">{say(TEXTS.outcome)}</span>
        <select name="outcome" defaultValue={shown('outcome')}>
          <option value="">{say(TEXTS.any)}</option>
          {Object.entries(OUTCOME_TEXTS).map(([outcome, words]) => (
            <option key={outcome} value={outcome} selected={outcome === shown('outcome')}>
              {say(words)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="primary">
        {say(TEXTS.search)}
      </button>
      <button
        type="button"
        onClick={() => choose(Object.fromEntries(CRITERIA.map(name => [name, undefined])))}
      >
        {say(TEXTS.clear)}
      </button>
    </form>
  )
}

interface FieldProps {
  readonly name: (typeof CRITERIA)[number]
  readonly words: (typeof TEXTS)[keyof typeof TEXTS]
  readonly value: string
}

const Field = ({ name, words, value, size }: FieldProps & { readonly size: number }) => (
  <label class="field">
    <span class="name">{say(words)}</span>
    <input name={name} type="search" size={size} maxLength={256} defaultValue={value} />
  </label>
)

const MomentField = ({ name, words, value }: FieldProps) => (
  <label class="field">
    <span class="name">{say(words)}</span>
    <input name={name} type="datetime-local" defaultValue={value} />
  </label>
)

/** The lines that match, a page at a time below one another. */
function Lines({ asked }: { asked: string }) {
  const [pages, setPages] = useState<readonly EntryPage[]>([])
  const [refusal, setRefusal] = useState<Refusal>()
  const more = async (before: readonly EntryPage[], current: () => boolean) => {
    const after = before.at(-1)?.next
    const query = new URLSearchParams(asked)
    if (after !== undefined) query.set('after', after)
    setRefusal(undefined)
    try {
      const page = await ask<EntryPage>(`/api/entries?${query}`)
      if (current()) setPages([...before, page])
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (current()) setRefusal(error)
    }
  }
  useEffect(() => {
    let current = true
    setPages([])
    void more([], () => current)
    return () => {
      current = false
    }
  }, [asked])
  const again = () => void more(pages, () => true)
  const lines = pages.flatMap(page => page.lines)
  if (pages.length === 0) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  if (lines.length === 0) {
    return (
      <Empty title={TEXTS.noneTitle}>
        <p>{say(TEXTS.noneText)}</p>
      </Empty>
    )
  }
  return (
    <>
      <EntryTable lines={lines} />
      {refusal && <Failure refusal={refusal} again={again} />}
      {pages.at(-1)?.next !== undefined && (
        <p>
          <button type="button" onClick={again}>
            {say(TEXTS.more)}
          </button>
        </p>
      )}
    </>
  )
}

function EntryTable({ lines }: { lines: readonly EntryLine[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <section class="table" tabIndex={0} aria-label={say(TEXTS.list)}>
      <table>
        <thead>
          <tr>
            <th class="word">{say(TEXTS.at)}</th>
            <th class="word">{say(TEXTS.number)}</th>
            <th class="word">{say(TEXTS.outcome)}</th>
            <th class="word">{say(TEXTS.serial)}</th>
            <th>{say(TEXTS.value)}</th>
            <th class="word">{say(TEXTS.kind)}</th>
            <th class="word">{say(TEXTS.call)}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(line => (
            <tr key={`${line.token} ${line.entry}`} data-outcome={line.outcome}>
              <td class="word">{timeText(line.at)}</td>
              <td class="word">{line.msisdn}</td>
              <td class="word">
                {say(OUTCOME_TEXTS[line.outcome] ?? { ja: line.outcome, en: line.outcome })}
                {line.locked && <b class="by"> {say(TEXTS.lockedHere)}</b>}
              </td>
              <td class="word">{line.serial ?? ''}</td>
              <td>
                {line.faceValue === undefined
                  ? ''
                  : `${line.faceValue.toLocaleString('en')} ${say(TEXTS.yen)}`}
              </td>
              <td class="word">{line.kind}</td>
              <td class="word">{line.callId}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
