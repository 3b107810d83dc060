import type { NetworkClock } from './clock.js'
import type { Home } from './home.js'
import type { Logger } from './log.js'
import type { Metrics } from './metrics/metrics.js'
import type { Given } from './settings.js'
import type { ProgramStatus } from './status.js'

/** What every program is handed at start. */
export interface Surroundings {
  readonly home: Home
  /** Settings as texts; the program reads its own with `readSettings`. */
  readonly given: Given
  /** The network's clock: what it shows may be moved and may run faster than ours. */
  readonly clock: NetworkClock
  readonly log: Logger
}

/** A program that has started. */
export interface Running {
  /** What it listens on, by name, for people and for the programs that start after it. */
  readonly listening: Readonly<Record<string, string>>
  /** How it is doing; told on its status socket. */
  status(): ProgramStatus
  /** Tells its own metrics besides those of every program. */
  readonly registerMetrics?: (metrics: Metrics) => void
  /** Ends in order: no new calls, calls end, writers flush, stores close. */
  close(): Promise<void>
}

/** One program of the network. */
export interface Program {
  readonly name: string
  start(surroundings: Surroundings): Promise<Running>
}
