import type { ColumnForm, Text } from '../traffic/columns.js'
import type {
  ChangeMessage,
  LiveState,
  TrafficView,
  ViewMessage,
  ViewRow,
} from '../traffic/messages.js'
import { language, say, speak } from './language.js'
import { Live } from './live.js'
import { TrafficChart } from './traffic-chart.js'
import { formatted, TrafficTable } from './traffic-table.js'
import { TEXTS } from './traffic-texts.js'

/** The charge-traffic page: what is chosen stands in the address, what is shown comes from the server. */

function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${id}`)
}

const dayInput = element('day', HTMLInputElement)
const bySelect = element('by', HTMLSelectElement)
const nodeSelect = element('node', HTMLSelectElement)
const kindSelect = element('kind', HTMLSelectElement)
const csvLink = element('csv', HTMLAnchorElement)
const figures = element('figures', HTMLElement)
const stateText = element('state', HTMLElement)
const empty = element('empty', HTMLElement)
const chartPlace = element('chart', HTMLElement)
const tableElement = document.querySelector('table')
if (!tableElement) throw new Error('the page has no table')

const table = new TrafficTable(tableElement)
const chart = new TrafficChart(chartPlace, element('legend', HTMLElement))
const live = new Live({ view: showView, change: showChange, lost: () => showState('lost') })

let view: TrafficView | undefined
let state: LiveState | undefined

/** What is chosen, as the address has it. */
const chosen = () => {
  const asked = new URLSearchParams(location.search)
  return {
    day: asked.get('day') ?? 'today',
    by: asked.get('by') ?? 'quarter-hour',
    node: asked.get('node') ?? 'all',
    kind: asked.get('kind') ?? 'all',
  }
}

function choose(change: Partial<ReturnType<typeof chosen>>): void {
  const asked = new URLSearchParams({ ...chosen(), ...change })
  history.replaceState(undefined, '', `?${asked}`)
  follow()
}

/** Looks at what the address says. */
function follow(): void {
  live.choose(`${new URLSearchParams(chosen())}`)
}

function showView(message: ViewMessage): void {
  view = message.view
  state = message.state
  table.show(view)
  showRest()
}

function showChange({ rows, total, state: now }: ChangeMessage): void {
  if (!view) return
  const changed = new Map(rows.map(row => [row.beganAt, row]))
  const kept: ViewRow[] = view.rows.map(row => changed.get(row.beganAt) ?? row)
  const last = view.rows.at(-1)?.beganAt ?? 0
  view = { ...view, rows: [...kept, ...rows.filter(row => row.beganAt > last)], total }
  state = now
  table.change(rows, total)
  showRest()
}

/** Everything but the table. */
function showRest(): void {
  if (!view || !state) return
  dayInput.value = view.day
  element('today', HTMLButtonElement).disabled = chosen().day === 'today'
  element('day-after', HTMLButtonElement).disabled = view.dayAfter > state.today
  showOptions(view)
  csvLink.href = `/traffic.csv?${new URLSearchParams({ ...chosen(), day: view.day, language: language() })}`
  showFigures(view, state)
  const nothing = !view.total.offered && !view.total.total_yen
  empty.hidden = !nothing
  element('try', HTMLElement).hidden = view.day > state.today || view.dayAfter <= state.today
  chartPlace.hidden = nothing
  element('legend', HTMLElement).hidden = nothing
  if (!nothing) chart.show(view)
  showState(state.stale ? 'stale' : 'live')
}

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

function showOptions({ nodes, node, kinds, kind, by }: TrafficView): void {
  const spans = Object.entries(SPAN_TEXTS).map(([name, words]) => [name, say(words)] as const)
  options(bySelect, spans, by)
  const known = nodes.map(name => [name, name] as const)
  options(nodeSelect, [['all', say(TEXTS.allNodes)], ...known], node)
  const named = kinds.map(name => {
    const words = KIND_TEXTS[name]
    return [name, words ? say(words) : name] as const
  })
  options(kindSelect, [['all', say(TEXTS.allKinds)], ...named], kind)
}

/** Left alone where nothing differs, so that a list that is open stays so. */
function options(
  select: HTMLSelectElement,
  list: readonly (readonly [value: string, label: string])[],
  value: string,
): void {
  const now = [...select.options].map(option => [option.value, option.label])
  if (JSON.stringify(now) !== JSON.stringify(list)) {
    select.replaceChildren(...list.map(([of, label]) => new Option(label, of)))
  }
  if (select.value !== value) select.value = value
}

function showFigures({ total }: TrafficView, { callsInProgress, nowLocked }: LiveState): void {
  const list: [
    id: string,
    name: Text,
    value: number | null | undefined,
    form: ColumnForm,
    unit: string,
  ][] = [
    ['in-progress', TEXTS.callsInProgress, callsInProgress, 'count', ''],
    ['locked', TEXTS.nowLocked, nowLocked, 'count', ''],
    ['offered', TEXTS.offered, total.offered, 'count', ''],
    ['answered', TEXTS.answered, total.answered, 'count', ''],
    ['accepted', TEXTS.accepted, total.accepted, 'count', ''],
    ['completion', TEXTS.completion, total.completion, 'share', '%'],
    ['yen', TEXTS.totalYen, total.total_yen, 'yen', language() === 'ja' ? '円' : 'yen'],
  ]
  const nodes = list.map(([id, name, value, form, unit]) => {
    const figure = document.createElement('div')
    figure.dataset.figure = id
    const [label, number, of] = ['dt', 'dd', 'small'].map(tag => document.createElement(tag))
    if (!label || !number || !of) return figure
    label.textContent = say(name)
    number.textContent = formatted(value, form)
    of.textContent = unit
    if (unit && value !== null && value !== undefined) number.append(of)
    figure.append(label, number)
    return figure
  })
  const shown = document.createElement('dl')
  shown.append(...nodes)
  figures.replaceChildren(shown)
}

function showState(how: 'waiting' | 'live' | 'stale' | 'lost'): void {
  const asOf = state?.asOf
  const words = how === 'stale' && !asOf ? TEXTS.never : TEXTS[how]
  stateText.dataset.state = how
  stateText.textContent =
    how === 'live' || how === 'stale' ? `${say(words)} ${asOf ?? ''}` : say(words)
}

dayInput.addEventListener('change', () => dayInput.value && choose({ day: dayInput.value }))
bySelect.addEventListener('change', () => choose({ by: bySelect.value }))
nodeSelect.addEventListener('change', () => choose({ node: nodeSelect.value }))
kindSelect.addEventListener('change', () => choose({ kind: kindSelect.value }))
element('today', HTMLButtonElement).addEventListener('click', () => choose({ day: 'today' }))
element('day-before', HTMLButtonElement).addEventListener('click', () => {
  if (view) choose({ day: view.dayBefore })
})
element('day-after', HTMLButtonElement).addEventListener('click', () => {
  if (view && state) choose({ day: view.dayAfter >= state.today ? 'today' : view.dayAfter })
})
element('choice', HTMLFormElement).addEventListener('submit', event => event.preventDefault())

showState('waiting')
speak(TEXTS, () => {
  document.title = `${say(TEXTS.title)} · mcscp`
  if (!view) return
  table.show(view)
  showRest()
  if (!chartPlace.hidden) chart.draw()
})
follow()
