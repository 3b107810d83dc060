import type { FilePlace } from '../quarter-hour/file.js'
import type { LockPolicy } from '../rules/lock-policy.js'
import type { ClosedDay, WrittenDayClose } from './day-closes.js'
import type { Delivery } from './deliveries.js'
import type { ClosedQuarterHour, WrittenFile } from './quarter-hours.js'
import type { TrafficPeriod, TrafficReport } from './traffic-reader.js'

/** What the store's background thread is asked: work that reads much and must not hold the writer up. */
export type BackgroundQuestions = {
  /** Writes the file of a closed quarter-hour; safe to repeat. */
  writeFile: { ask: ClosedQuarterHour; answer: WrittenFile }
  /** The charge traffic of a period. */
  traffic: { ask: TrafficPeriod; answer: TrafficReport }
  /** Writes the file of a closed day; safe to repeat. */
  writeDayClose: { ask: ClosedDay; answer: WrittenDayClose }
  /** Reads a closed file, as it was written. */
  readFile: { ask: Delivery; answer: Uint8Array }
}

/** What the background thread is started with. */
export interface BackgroundOptions {
  readonly path: string
  readonly place: FilePlace
  /** When a lock has lapsed. */
  readonly lock: LockPolicy
  /** Pause between two checkpoints, in ms. */
  readonly checkpointMs: number
}
