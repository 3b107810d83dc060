import { useEffect, useRef, useState } from 'preact/hooks'
import { epochMs } from '../../../domain/clock.js'
import { DAY_MS, jstDay } from '../../../domain/jst.js'
import type { Text } from '../../traffic/columns.js'
import type { TrafficView, ViewMessage } from '../../traffic/messages.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { useKept } from '../shell/kept.js'
import { chosenLanguage, say } from '../shell/language.js'
import { onTheme } from '../shell/theme.js'
import { TrafficChart } from './chart.js'
import { CHARTS, chartNamed } from './charts.js'
import { TEXTS } from './texts.js'

/** Days that a day is held against, by how many days they lie before it. */
const AGAINST: Readonly<Record<string, { readonly days: number; readonly name: Text }>> = {
  yesterday: { days: 1, name: TEXTS.dayEarlier },
  'last-week': { days: 7, name: TEXTS.weekEarlier },
}

/** The chart that is chosen of a table, with what another day had. */
export function ChartPlace({ view, query }: { view: TrafficView; query: URLSearchParams }) {
  const place = useRef<HTMLDivElement>(null)
  const legend = useRef<HTMLDivElement>(null)
  const chart = useRef<TrafficChart | undefined>(undefined)
  const [zoomed, setZoomed] = useState(false)
  const language = useKept(chosenLanguage)
  const name = chartNamed(query.get('chart'))
  const against = useAgainst(view, query.get('against'))
  useEffect(() => {
    if (!place.current || !legend.current) return
    const drawn = new TrafficChart(place.current, legend.current, setZoomed)
    chart.current = drawn
    const leave = onTheme(() => drawn.draw())
    return () => {
      leave()
      drawn.remove()
    }
  }, [])
  useEffect(() => {
    chart.current?.show({ view, chart: CHARTS[name], against })
  }, [view, name, against?.view, against?.name])
  useEffect(() => chart.current?.draw(), [language])
  const save = async () => {
    const picture = await chart.current?.picture(`${say(CHARTS[name].title)}  ${view.day}`)
    if (picture) download(picture, `charge-traffic_${name}_${view.day}_by-${view.by}.png`)
  }
  return (
    <>
      <fieldset class="drawing" aria-label={say(TEXTS.whichChart)}>
        <span class="tabs">
          {Object.entries(CHARTS).map(([one, { title }]) => (
            <button
              key={one}
              type="button"
              class="quiet"
              data-chart={one}
              aria-pressed={one === name}
              onClick={() => choose({ chart: one === 'flow' ? undefined : one })}
            >
              {say(title)}
            </button>
          ))}
        </span>
        <Against view={view} chosen={query.get('against')} />
        <span class="last acts">
          <Act name="zoom-in" words={TEXTS.zoomIn} mark="+" act={() => chart.current?.zoom('in')} />
          <Act
            name="zoom-out"
            words={TEXTS.zoomOut}
            mark="−"
            act={zoomed ? () => chart.current?.zoom('out') : undefined}
          />
          <button type="button" class="quiet" id="png" onClick={save}>
            {say(TEXTS.png)}
          </button>
          <button type="button" class="quiet" id="wall" onClick={() => choose({ wall: 'on' })}>
            {say(TEXTS.wall)}
          </button>
        </span>
      </fieldset>
      <div class="legend" ref={legend} />
      <div class="plot" ref={place} data-chart={name} data-zoomed={zoomed} />
    </>
  )
}

interface ActProps {
  readonly name: string
  readonly words: Text
  readonly mark: string
  /** Absent: there is nothing to do. */
  readonly act: (() => void) | undefined
}

function Act({ name, words, mark, act }: ActProps) {
  return (
    <button
      type="button"
      class="quiet"
      id={name}
      title={say(words)}
      aria-label={say(words)}
      disabled={!act}
      onClick={act}
    >
      {mark}
    </button>
  )
}

/** What a day is held against; a month is held against nothing. */
function Against({ view, chosen }: { view: TrafficView; chosen: string | null }) {
  if (view.by === 'day') return null
  return (
    <label class="field">
      <span class="name">{say(TEXTS.against)}</span>
      <select
        id="against"
        value={chosen ?? ''}
        onChange={({ currentTarget: { value } }) =>
          choose({ against: value === '' ? undefined : value })
        }
      >
        <option value="">{say(TEXTS.againstNothing)}</option>
        {Object.entries(AGAINST).map(([value, { name }]) => (
          <option key={value} value={value}>
            {say(name)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The table of the day that this one is held against, of the same node and kind. */
function useAgainst({ by, from, node, kind }: TrafficView, chosen: string | null) {
  const wanted = by === 'day' || chosen === null ? undefined : AGAINST[chosen]
  const query =
    wanted &&
    new URLSearchParams({ day: jstDay(epochMs(from - wanted.days * DAY_MS)), by, node, kind })
  const { answer } = useAnswer<ViewMessage>(query && `/api/traffic?${query}`)
  return wanted && answer ? { view: answer.view, name: say(wanted.name) } : undefined
}

/** Hands a file to the browser. */
function download(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
