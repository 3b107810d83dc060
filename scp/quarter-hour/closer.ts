import type { NetworkClock } from '../../platform/clock.js'
import { Deadline, type Later, nodeLater } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import { together } from '../../platform/together.js'
import type { ClosedDay, WrittenDayClose } from '../store/day-closes.js'
import type { ClosedQuarterHour, WrittenFile } from '../store/quarter-hours.js'
import type { ScpStore } from '../store/questions.js'

/** Quarter-hours closed in one work of the writer, so that charges go on between them after a long stop. */
const CLOSED_AT_ONCE = 64

/** Files written together, with one flush of their folder and one commit. */
const WRITTEN_AT_ONCE = 64

/** What the alarms are about. */
const WHAT = 'quarter-hour file delayed'

/** Pause before files are tried again that could not be written, in ms. */
const RETRY_MS = 5_000

/** How far the calendar clock may fall back without an alarm, in ms (fault test XK3). */
const BEHIND_MAX_MS = 1_000

export interface CloserOptions {
  readonly store: ScpStore
  readonly clock: NetworkClock
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Write files; both are safe to repeat. */
  readonly write: (closed: readonly ClosedQuarterHour[]) => Promise<readonly WrittenFile[]>
  readonly writeDayCloses: (closed: readonly ClosedDay[]) => Promise<readonly WrittenDayClose[]>
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
  readonly #rounds

  constructor(options: CloserOptions) {
    this.#options = options
    const { clock, log, later = nodeLater } = options
    this.#deadline = new Deadline(clock, () => void this.run(), later)
    const work = () => this.#catchUp()
    this.#rounds = new Rounds({ work, what: WHAT, retryMs: RETRY_MS, later, log })
  }

  /** Closes and writes what is due, then waits for the next deadline. Resolves when all is written. */
  run(): Promise<void> {
    return this.#rounds.run()
  }

  /** Starts nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#deadline.clear()
    await this.#rounds.close()
  }

  /** The clock may run so fast that a quarter-hour ends while files are written: then once more. */
  async #catchUp(): Promise<undefined> {
    const openUntil = await this.#closeEnded()
    if (!this.#rounds.closing) this.#deadline.set(openUntil)
    await this.#writeClosed()
  }

  async #closeEnded() {
    const { store, log } = this.#options
    for (;;) {
      const answer = await store.ask('closeQuarterHours', { max: CLOSED_AT_ONCE })
      const { closed, openUntil, clockBehindMs } = answer
      if (clockBehindMs > BEHIND_MAX_MS) log.error({ clockBehindMs }, 'calendar clock fell back')
      if (closed < CLOSED_AT_ONCE || this.#rounds.closing) return openUntil
    }
  }

  /** A day's close is written with its last quarter-hours: nothing that follows on the road waits for it. */
  async #writeClosed(): Promise<void> {
    while (!this.#rounds.closing) {
      const files = await this.#writeFiles()
      const dayCloses = await this.#writeDayCloses()
      if (files + dayCloses > 0) this.#options.onWritten?.()
      if (Math.max(files, dayCloses) < WRITTEN_AT_ONCE) return
    }
  }

  async #writeFiles(): Promise<number> {
    const { store, write, log } = this.#options
    const unwritten = await store.ask('unwrittenQuarterHours', { max: WRITTEN_AT_ONCE })
    await together(unwritten, async some => {
      const files = await write(some)
      await store.ask('recordWrittenFiles', files)
      for (const [place, { number, recordCount: records }] of some.entries()) {
        log.info({ number, records, sumYen: files[place]?.sum }, 'quarter-hour file written')
      }
    })
    return unwritten.length
  }

  async #writeDayCloses(): Promise<number> {
    const { store, writeDayCloses, log } = this.#options
    const unwritten = await store.ask('unwrittenDayCloses', { max: WRITTEN_AT_ONCE })
    await together(unwritten, async some => {
      const files = await writeDayCloses(some)
      await store.ask('recordWrittenDayCloses', files)
      for (const [place, { day, recordCount: records, auditHash }] of some.entries()) {
        log.info({ day, records, sumYen: files[place]?.sum, auditHash }, 'day closed')
      }
    })
    return unwritten.length
  }
}
