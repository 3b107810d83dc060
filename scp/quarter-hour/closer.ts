import type { NetworkClock } from '../../platform/clock.js'
import { Deadline, type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { ClosedDay, WrittenDayClose } from '../store/day-closes.js'
import type { ClosedQuarterHour, WrittenFile } from '../store/quarter-hours.js'
import type { ScpStore } from '../store/questions.js'

/** Quarter-hours closed in one work of the writer, so that charges go on between them after a long stop. */
const CLOSED_AT_ONCE = 64

/** Files written between two looks at what else is unwritten. */
const WRITTEN_AT_ONCE = 16

/** Pause before files are tried again that could not be written, in ms. */
const RETRY_MS = 5_000

/** How far the calendar clock may fall back without an alarm, in ms (fault test XK3). */
const BEHIND_MAX_MS = 1_000

export interface CloserOptions {
  readonly store: ScpStore
  readonly clock: NetworkClock
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Write one file; both are safe to repeat. */
  readonly write: (closed: ClosedQuarterHour) => Promise<WrittenFile>
  readonly writeDayClose: (closed: ClosedDay) => Promise<WrittenDayClose>
  /** Told when files were written. */
  readonly onWritten?: () => void
  readonly later?: Later
}

/**
 * Closes each quarter-hour when its time has come, each day with its last one, and writes their files;
 * after a stop, all that were missed, in order. A folder that cannot be written delays files, never charges.
 */
export class QuarterHourCloser {
  readonly #options: CloserOptions
  readonly #deadline: Deadline
  readonly #later: Later
  #callOffRetry: (() => void) | undefined
  #running: Promise<void> | undefined
  /** Something came due that no round has seen yet. */
  #due = false
  #ended = false

  constructor(options: CloserOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    this.#deadline = new Deadline(options.clock, () => void this.run(), this.#later)
  }

  /** Closes and writes what is due, then waits for the next deadline. Resolves when all is written. */
  run(): Promise<void> {
    this.#due = true
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Starts nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#deadline.clear()
    this.#callOffRetry?.()
    await this.#running
  }

  /** The clock may run so fast that a quarter-hour ends while files are written: then once more. */
  async #rounds(): Promise<void> {
    while (this.#due && !this.#ended) {
      this.#due = false
      await this.#catchUp()
    }
  }

  async #catchUp(): Promise<void> {
    try {
      const openUntil = await this.#closeEnded()
      if (!this.#ended) this.#deadline.set(openUntil)
      await this.#writeClosed()
      await this.#writeDayCloses()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#options.log.error({ code: error.code, err: error }, 'quarter-hour file delayed')
      if (!this.#ended) this.#callOffRetry = this.#later(() => void this.run(), RETRY_MS)
    }
  }

  async #closeEnded() {
    const { store, log } = this.#options
    for (;;) {
      const answer = await store.ask('closeQuarterHours', { max: CLOSED_AT_ONCE })
      const { closed, openUntil, clockBehindMs } = answer
      if (clockBehindMs > BEHIND_MAX_MS) log.error({ clockBehindMs }, 'calendar clock fell back')
      if (closed < CLOSED_AT_ONCE || this.#ended) return openUntil
    }
  }

  async #writeClosed(): Promise<void> {
    const { store, write, log } = this.#options
    while (!this.#ended) {
      const unwritten = await store.ask('unwrittenQuarterHours', { max: WRITTEN_AT_ONCE })
      for (const closed of unwritten) {
        const written = await write(closed)
        await store.ask('recordWrittenFile', written)
        const { number, recordCount: records } = closed
        log.info({ number, records, sumYen: written.sum }, 'quarter-hour file written')
      }
      if (unwritten.length > 0) this.#options.onWritten?.()
      if (unwritten.length < WRITTEN_AT_ONCE) return
    }
  }

  async #writeDayCloses(): Promise<void> {
    const { store, writeDayClose, log, onWritten } = this.#options
    while (!this.#ended) {
      const unwritten = await store.ask('unwrittenDayCloses', { max: WRITTEN_AT_ONCE })
      for (const closed of unwritten) {
        const written = await writeDayClose(closed)
        await store.ask('recordWrittenDayClose', written)
        const { day, recordCount: records } = closed
        log.info({ day, records, sumYen: written.sum }, 'day closed')
      }
      if (unwritten.length > 0) onWritten?.()
      if (unwritten.length < WRITTEN_AT_ONCE) return
    }
  }
}
