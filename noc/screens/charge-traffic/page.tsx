import { useEffect, useRef, useState } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import type {
  ChangeMessage,
  LiveState,
  TrafficView,
  ViewMessage,
  ViewRow,
} from '../../traffic/messages.js'
import { LiveStream } from '../parts/live-stream.js'
import { Empty } from '../parts/notices.js'
import { useAddress } from '../shell/address.js'
import { useKept } from '../shell/kept.js'
import { chosenLanguage, say } from '../shell/language.js'
import { ChartPlace } from './chart-place.js'
import { TrafficChoice } from './choice.js'
import { Figures } from './figures.js'
import { TrafficTable } from './table.js'
import { TEXTS } from './texts.js'
import { useWall, WallWay } from './wall.js'
import '../parts/table.css'
import './charge-traffic.css'

/** How the table is fed: nothing has come yet, it is live, scp does not answer, or noc does not. */
type Feed = 'waiting' | 'live' | 'stale' | 'lost'

/** What came last: the table, how things stand, and what of the table is new (all of it where `undefined`). */
interface Shown extends ViewMessage {
  readonly changed: readonly ViewRow[] | undefined
}

/** チャージトラヒック (Figure 6): what is chosen stands in the address, what is shown comes from the server. */
export function ChargeTrafficPage() {
  const { query } = useAddress()
  const { shown, feed } = useLive(chosenIn(query))
  const wall = useWall(query)
  return (
    <>
      <TrafficChoice view={shown?.view} state={shown?.state} query={query}>
        <FeedState feed={feed} asOf={shown?.state.asOf} />
      </TrafficChoice>
      {shown && <Figures total={shown.view.total} state={shown.state} />}
      <section class="chart" aria-label={say(TEXTS.chart)}>
        {shown && isNothing(shown.view) && !query.has('wall') ? (
          <NoCalls {...shown} />
        ) : (
          shown && <ChartPlace view={shown.view} query={query} />
        )}
      </section>
      {wall ? (
        <WallWay />
      ) : (
        <>
          <TablePlace shown={shown} />
          <p class="notes">{say(TEXTS.notes)}</p>
        </>
      )}
    </>
  )
}

/** What is chosen, as the address has it, and as the server is asked. */
function chosenIn(query: URLSearchParams): string {
  const of = (name: string, otherwise: string) => query.get(name) ?? otherwise
  return `${new URLSearchParams({
    day: of('day', 'today'),
    by: of('by', 'quarter-hour'),
    node: of('node', 'all'),
    kind: of('kind', 'all'),
  })}`
}

/** The table that is chosen, as it changes. */
function useLive(chosen: string): { shown: Shown | undefined; feed: Feed } {
  const [shown, setShown] = useState<Shown>()
  const [lost, setLost] = useState(false)
  const live = useRef<LiveStream | undefined>(undefined)
  useEffect(() => {
    const listening = new LiveStream({
      events: {
        view(message: ViewMessage) {
          setLost(false)
          setShown({ ...message, changed: undefined })
        },
        change(message: ChangeMessage) {
          setLost(false)
          setShown(before => before && changedBy(before, message))
        },
      },
      lost: () => setLost(true),
    })
    live.current = listening
    return () => listening.close()
  }, [])
  useEffect(() => live.current?.listen(`/api/traffic/live?${chosen}`), [chosen])
  const feed = lost ? 'lost' : !shown ? 'waiting' : shown.state.stale ? 'stale' : 'live'
  return { shown, feed }
}

function changedBy({ view }: Shown, { rows, total, state }: ChangeMessage): Shown {
  const changed = new Map(rows.map(row => [row.beganAt, row]))
  const kept = view.rows.map(row => changed.get(row.beganAt) ?? row)
  const last = view.rows.at(-1)?.beganAt ?? 0
  const fresh = rows.filter(row => row.beganAt > last)
  return { view: { ...view, rows: [...kept, ...fresh], total }, state, changed: rows }
}

const FEED_TEXTS: Readonly<Record<Feed, Text>> = {
  waiting: TEXTS.waiting,
  live: TEXTS.live,
  stale: TEXTS.stale,
  lost: TEXTS.lost,
}

function FeedState({ feed, asOf = '' }: { feed: Feed; asOf: LiveState['asOf'] }) {
  const words = feed === 'stale' && asOf === '' ? TEXTS.never : FEED_TEXTS[feed]
  const told = feed === 'live' || feed === 'stale'
  return (
    <p id="state" class="state" role="status" data-state={feed}>
      {told ? `${say(words)} ${asOf}` : say(words)}
    </p>
  )
}

const isNothing = ({ total }: TrafficView) => !total.offered && !total.total_yen

const TRY = [
  'node dist/mcscp/main.js cards issue --count 50 --face-value 1000',
  'node dist/mcscp/main.js load --calls 50',
]

function NoCalls({ view, state }: ViewMessage) {
  const isToday = view.day <= state.today && view.dayAfter > state.today
  return (
    <div id="empty">
      <Empty title={TEXTS.emptyTitle}>
        <p>{say(TEXTS.emptyText)}</p>
        {isToday && (
          <>
            <p>{say(TEXTS.emptyTry)}</p>
            {TRY.map(command => (
              <p key={command}>
                <code>{command}</code>
              </p>
            ))}
          </>
        )}
      </Empty>
    </div>
  )
}

/** The table, which is written cell by cell, since a watcher's page is changed each second. */
function TablePlace({ shown }: { shown: Shown | undefined }) {
  const place = useRef<HTMLTableElement>(null)
  const table = useRef<TrafficTable | undefined>(undefined)
  const language = useKept(chosenLanguage)
  const written = useRef('')
  useEffect(() => {
    if (!place.current || !shown) return
    table.current ??= new TrafficTable(place.current)
    const whole = shown.changed === undefined || written.current !== language
    written.current = language
    if (whole) table.current.show(shown.view)
    else table.current.change(shown.changed ?? [], shown.view.total)
  }, [shown, language])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <section class="table" tabIndex={0} aria-label={say(TEXTS.table)}>
      <table class="traffic" ref={place}>
        <thead />
        <tbody />
      </table>
    </section>
  )
}
