import type { Clock } from '../../domain/clock.js'
import { jstDay, jstText } from '../../domain/jst.js'
import type { TrafficHistory } from '../store/traffic-history.js'
import type { TrafficState } from './collector.js'
import { DaySums } from './day-sums.js'
import type { LiveChoice, LiveMessage, LiveState, TrafficView, ViewMessage } from './messages.js'
import { viewOf } from './view.js'

/** Most tables that are kept; more people than that do not look at different ones. */
const KEPT_MAX = 64

export interface LiveTrafficOptions {
  readonly history: TrafficHistory
  readonly clock: Clock
  readonly state: () => TrafficState
}

interface Watched {
  readonly choice: LiveChoice
  readonly watchers: Set<(message: LiveMessage) => void>
  view: TrafficView
}

/** A table as it was made of one state of the history. */
interface Kept {
  readonly version: number
  readonly view: Promise<TrafficView>
}

/** The table as it changes, made once for all who look at the same. */
export class LiveTraffic {
  readonly #options: LiveTrafficOptions
  readonly #days: DaySums
  readonly #watched = new Map<string, Watched>()
  readonly #kept = new Map<string, Kept>()
  readonly #written = new WeakMap<TrafficView, string>()
  #telling: Promise<void> | undefined

  constructor(options: LiveTrafficOptions) {
    this.#options = options
    this.#days = new DaySums(options.history)
  }

  /** The table as it is now. */
  async now(choice: LiveChoice): Promise<ViewMessage> {
    return { view: await this.#viewOf(choice), state: this.#state() }
  }

  /** The same, as JSON; the table is written once, however many ask for it. */
  async written(choice: LiveChoice): Promise<string> {
    const view = await this.#viewOf(choice)
    const table = this.#written.get(view) ?? JSON.stringify(view)
    this.#written.set(view, table)
    return `{"view":${table},"state":${JSON.stringify(this.#state())}}`
  }

  /** Tells the table, and each change of it, until the answer is called. */
  async watch(choice: LiveChoice, told: (message: LiveMessage) => void): Promise<() => void> {
    const key = JSON.stringify([choice.day, choice.by, choice.node, choice.kind])
    const { view, state } = await this.now(choice)
    // Looked for only now: whoever watched the same may have left meanwhile.
    const watched: Watched = this.#watched.get(key) ?? { choice, watchers: new Set(), view }
    this.#watched.set(key, watched)
    told({ type: 'view', view: watched.view, state })
    watched.watchers.add(told)
    return () => {
      watched.watchers.delete(told)
      if (watched.watchers.size === 0) this.#watched.delete(key)
    }
  }

  /** Something may have changed; told again while that is being found out, it is found out once. */
  changed(): Promise<void> {
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined
    })
    return this.#telling
  }

  async #tell(): Promise<void> {
    for (const watched of [...this.#watched.values()]) {
      if (watched.watchers.size === 0) continue
      const { view, state } = await this.now(watched.choice)
      const message = messageOf(watched.view, view, state)
      watched.view = view
      for (const tell of [...watched.watchers]) tell(message)
    }
  }

  /** The table of a choice, made anew when the history has changed. */
  #viewOf(choice: LiveChoice): Promise<TrafficView> {
    const { history, clock } = this.#options
    const day = choice.day === 'today' ? jstDay(clock.now()) : choice.day
    const key = JSON.stringify([day, choice.by, choice.node, choice.kind])
    const { version } = history
    const before = this.#kept.get(key)
    if (before?.version === version) return before.view
    const view = viewOf({ ...choice, day }, history, this.#days)
    this.#kept.delete(key)
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size >= KEPT_MAX) this.#kept.delete(oldest)
    this.#kept.set(key, { version, view })
    // What could not be read now is read anew by whoever asks next.
    view.catch(() => this.#kept.delete(key))
    return view
  }

  #state(): LiveState {
    const { asOf, ...state } = this.#options.state()
    const today = jstDay(this.#options.clock.now())
    if (asOf === undefined) return { ...state, today }
    return { ...state, today, asOf: jstText(asOf).slice(0, 19).replace('T', ' ') }
  }
}

/** Rows are only ever added and changed, unless another table is looked at. */
function messageOf(before: TrafficView, view: TrafficView, state: LiveState): LiveMessage {
  if (before === view) return { type: 'change', rows: [], total: view.total, state }
  const { rows: _before, total: _total, ...was } = before
  const { rows, total, ...is } = view
  if (JSON.stringify(was) !== JSON.stringify(is)) return { type: 'view', view, state }
  const known = new Map(before.rows.map(row => [row.beganAt, JSON.stringify(row)]))
  const changed = rows.filter(row => known.get(row.beganAt) !== JSON.stringify(row))
  return { type: 'change', rows: changed, total, state }
}
