import type { Clock } from '../../domain/clock.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { CrsStore } from '../store/questions.js'

/** Pause between two looks, in ms of the machine's own time. */
const LOOK_MS = 10_000

export interface LateDeliveriesOptions {
  readonly store: CrsStore
  readonly clock: Clock
  readonly log: Logger
  /** How long after its end a quarter-hour may be missing, in ms of the network's clock. */
  readonly lateMs: number
  readonly later?: Later
}

/** What was seen of a node at the last look. */
interface Seen {
  readonly lastNumber: number
  readonly alarmed: boolean
}

/**
 * Raises an alarm for a node whose files are overdue, and clears it once they came (requirement C-08). Late
 * is who is behind the network's clock and has sent nothing between two looks: so a clock that is moved
 * on, and a node that catches up, raise none.
 */
export class LateDeliveries {
  readonly #options: LateDeliveriesOptions
  readonly #later: Later
  readonly #startedAt
  readonly #seen = new Map<string, Seen>()
  #callOff: (() => void) | undefined
  #ended = false

  constructor(options: LateDeliveriesOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    this.#startedAt = options.clock.now()
    this.#lookAgain()
  }

  close(): void {
    this.#ended = true
    this.#callOff?.()
  }

  #lookAgain(): void {
    if (this.#ended) return
    this.#callOff = this.#later(() => {
      void this.#look().finally(() => this.#lookAgain())
    }, LOOK_MS)
  }

  async #look(): Promise<void> {
    const { store, clock, lateMs } = this.#options
    try {
      const deliveries = await store.ask('deliveries', undefined)
      for (const [node, delivered] of deliveries) {
        const due = (delivered?.until ?? this.#startedAt) + QUARTER_HOUR_MS
        this.#judge(node, delivered?.lastNumber ?? 0, clock.now() > due + lateMs)
      }
    } catch (error) {
      // The store's own fault is told by whoever writes; this look is made again.
      if (!(error instanceof Fault)) throw error
    }
  }

  #judge(node: string, lastNumber: number, overdue: boolean): void {
    const { log } = this.#options
    const before = this.#seen.get(node)
    const silent = before?.lastNumber === lastNumber
    let alarmed = before?.alarmed ?? false
    if (overdue && silent && !alarmed) {
      alarmed = true
      raiseAlarm(log, 'DELIVERY_LATE', 'major', { node, lastNumber })
    } else if (!overdue && alarmed) {
      alarmed = false
      clearAlarm(log, 'DELIVERY_LATE', { node, lastNumber })
    } else if (!overdue) settleAlarms(['DELIVERY_LATE'], { node })
    this.#seen.set(node, { lastNumber, alarmed })
  }
}
