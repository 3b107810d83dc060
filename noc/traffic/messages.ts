import type { ScenarioKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import type { JstDay } from '../../domain/jst.js'
import type { Span } from './slots.js'

/**
 * What is looked at: a day of Japan by quarter-hour or by hour, or its month by day; of one node and charge
 * kind or of all.
 */
export interface ViewChoice {
  readonly day: JstDay
  readonly by: Span
  readonly node: string | 'all'
  readonly kind: ScenarioKind | 'all'
}

/** What is looked at; `today` goes on with the days. */
export type LiveChoice = Omit<ViewChoice, 'day'> & { readonly day: JstDay | 'today' }

/** The values of a row by the ids of `columns.ts`; `null` where there is nothing to tell. */
export type ViewValues = Readonly<Record<string, number | null>>

export interface ViewRow {
  /** When it began, in ms, and as `10:15`, or `2001-01-15` where it is a day. */
  readonly beganAt: EpochMs
  readonly time: string
  /** Whether it can still change. */
  readonly open: boolean
  readonly values: ViewValues
}

/** The table of a day or month: its rows, oldest first, and their sum. */
export interface TrafficView extends ViewChoice {
  /** The half-open time that it is of. */
  readonly from: EpochMs
  readonly to: EpochMs
  /** A day in the table before and one in the table after. */
  readonly dayBefore: JstDay
  readonly dayAfter: JstDay
  readonly nodes: readonly string[]
  /** Charge kinds to choose from: those of the network, and added ones of which that day tells. */
  readonly kinds: readonly ScenarioKind[]
  readonly denominations: readonly number[]
  readonly rows: readonly ViewRow[]
  readonly total: ViewValues
}

/** How things stand, for people. */
export interface LiveState {
  /** Today by the network's clock. */
  readonly today: JstDay
  /** `2001-01-15 10:15:07` by the network's clock; absent when scp has told nothing yet. */
  readonly asOf?: string
  /** Whether scp gave no answer when it was asked last. */
  readonly stale: boolean
  readonly callsInProgress: number
  readonly nowLocked: number
}

/** What a watcher is sent first, and where another table is looked at. */
export interface ViewMessage {
  readonly view: TrafficView
  readonly state: LiveState
}

/** What changed of it: rows that are new or different, and the sum. */
export interface ChangeMessage {
  readonly rows: readonly ViewRow[]
  readonly total: ViewValues
  readonly state: LiveState
}

export type LiveMessage =
  | ({ readonly type: 'view' } & ViewMessage)
  | ({ readonly type: 'change' } & ChangeMessage)
