import type { ComponentChildren } from 'preact'
import type { Text } from '../../traffic/columns.js'
import type { LiveState, TrafficView } from '../../traffic/messages.js'
import { choose } from '../shell/address.js'
import { language, say } from '../shell/language.js'
import { TEXTS } from './texts.js'
import '../parts/choice.css'

/** How long a row may be, in words. */
const SPAN_TEXTS: Readonly<Record<TrafficView['by'], Text>> = {
  'quarter-hour': TEXTS.byQuarterHour,
  hour: TEXTS.byHour,
  day: TEXTS.byDay,
}

/** The network's own kinds in words; one that an operator added is told by its name. */
const KIND_TEXTS: Readonly<Record<string, Text | undefined>> = {
  mobilers: TEXTS.mobilers,
  pricall: TEXTS.pricall,
}

interface ChoiceProps {
  readonly view: TrafficView | undefined
  readonly state: LiveState | undefined
  readonly query: URLSearchParams
  readonly children: ComponentChildren
}

/** Which day, in what rows, of which node and kind; and the table as a file. */
export function TrafficChoice({ view, state, query, children }: ChoiceProps) {
  const day = view?.day ?? ''
  const after = view && state && (view.dayAfter >= state.today ? 'today' : view.dayAfter)
  const kinds = (view?.kinds ?? []).map(kind => {
    const words = KIND_TEXTS[kind]
    return [kind, words ? say(words) : kind] as const
  })
  const csv = new URLSearchParams({
    ...Object.fromEntries(query),
    ...(view && { day, by: view.by, node: view.node, kind: view.kind }),
    language: language(),
  })
  return (
    <form class="choice traffic-choice" onSubmit={event => event.preventDefault()}>
      <fieldset class="field" aria-label={say(TEXTS.day)}>
        <span class="name">{say(TEXTS.day)}</span>
        <Step name="day-before" words={TEXTS.dayBefore} mark="‹" to={view?.dayBefore} />
        <input
          type="date"
          id="day"
          aria-label={say(TEXTS.day)}
          value={day}
          required
          onChange={({ currentTarget: { value } }) => value && choose({ day: value })}
        />
        <Step
          name="day-after"
          words={TEXTS.dayAfter}
          mark="›"
          to={view && state && view.dayAfter <= state.today ? after : undefined}
        />
        <button
          type="button"
          id="today"
          disabled={(query.get('day') ?? 'today') === 'today'}
          onClick={() => choose({ day: undefined })}
        >
          {say(TEXTS.today)}
        </button>
      </fieldset>
      <Choice
        name="by"
        words={TEXTS.by}
        value={view?.by}
        options={Object.entries(SPAN_TEXTS).map(([span, words]) => [span, say(words)] as const)}
      />
      <Choice
        name="node"
        words={TEXTS.node}
        tellsItself
        value={view?.node}
        options={[
          ['all', say(TEXTS.allNodes)],
          ...(view?.nodes ?? []).map(node => [node, node] as const),
        ]}
      />
      <Choice
        name="kind"
        words={TEXTS.kind}
        tellsItself
        value={view?.kind}
        options={[['all', say(TEXTS.allKinds)], ...kinds]}
      />
      <a id="csv" class="button" href={`/traffic.csv?${csv}`} download>
        {say(TEXTS.csv)}
      </a>
      <span class="last">{children}</span>
    </form>
  )
}

interface StepProps {
  readonly name: string
  readonly words: Text
  readonly mark: string
  /** Where it leads; nowhere where `undefined`. */
  readonly to: string | undefined
}

function Step({ name, words, mark, to }: StepProps) {
  return (
    <button
      type="button"
      id={name}
      title={say(words)}
      aria-label={say(words)}
      disabled={to === undefined}
      onClick={() => choose({ day: to === 'today' ? undefined : to })}
    >
      {mark}
    </button>
  )
}

interface SelectProps {
  readonly name: 'by' | 'node' | 'kind'
  readonly words: Text
  /** Whether what is chosen says what it is: the name is for who hears the page. */
  readonly tellsItself?: boolean
  readonly value: string | undefined
  readonly options: readonly (readonly [value: string, words: string])[]
}

function Choice({ name, words, tellsItself = false, value, options }: SelectProps) {
  return (
    <label class="field">
      <span class={tellsItself ? 'name unseen' : 'name'}>{say(words)}</span>
      <select
        id={name}
        value={value}
        onChange={({ currentTarget }) => choose({ [name]: currentTarget.value })}
      >
        {options.map(([of, label]) => (
          <option key={of} value={of}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}
