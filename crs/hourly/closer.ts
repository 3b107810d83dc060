import { raiseAlarm } from '../../platform/alarm.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import { together } from '../../platform/together.js'
import type { Closed } from '../store/closes.js'
import type { CrsBackground, CrsStore } from '../store/questions.js'
import { closedFileName } from './file.js'

/** Closed in one work of the writer, and written together; nodes are answered in between. */
const CLOSED_AT_ONCE = 32

/** What the alarms are about. */
const WHAT = 'hourly file delayed'

/** Pause before files are tried again that could not be written, in ms. */
const RETRY_MS = 5_000

export interface HourCloserOptions {
  readonly store: CrsStore
  readonly background: CrsBackground
  readonly log: Logger
  readonly later?: Later
}

/**
 * Closes each hour and day when all nodes have delivered it, and writes its file; after a stop, all that
 * were missed, in order. Nothing it does delays what nodes deliver, nor what billing fetches.
 */
export class HourCloser {
  readonly #options: HourCloserOptions
  readonly #rounds

  constructor(options: HourCloserOptions) {
    this.#options = options
    const { log, later = nodeLater } = options
    const work = () => this.#closeAndWrite()
    this.#rounds = new Rounds({ work, what: WHAT, retryMs: RETRY_MS, later, log })
  }

  /** Closes and writes what is due. Resolves when all that was delivered before the call is on disk. */
  run(): Promise<void> {
    return this.#rounds.run()
  }

  /** Starts nothing more, and waits for what is under way. */
  close(): Promise<void> {
    return this.#rounds.close()
  }

  async #closeAndWrite(): Promise<undefined> {
    await this.#closeDue()
    await this.#writeClosed()
  }

  async #closeDue(): Promise<void> {
    for (;;) {
      const { closed } = await this.#options.store.ask('closeDue', { max: CLOSED_AT_ONCE })
      if (closed < CLOSED_AT_ONCE || this.#rounds.closing) return
      await this.#writeClosed()
    }
  }

  async #writeClosed(): Promise<void> {
    const { store } = this.#options
    while (!this.#rounds.closing) {
      const unwritten = await store.ask('unwritten', { max: CLOSED_AT_ONCE })
      await together(unwritten, some => this.#write(some))
      if (unwritten.length < CLOSED_AT_ONCE) return
    }
  }

  async #write(closed: readonly Closed[]): Promise<void> {
    const { store, background, log } = this.#options
    const files = await background.ask('writeFiles', closed)
    await store.ask('recordWritten', files)
    for (const [place, one] of closed.entries()) {
      const { length: bytes, unmapped: records = 0 } = files[place] ?? {}
      const file = closedFileName(one)
      log.info({ sequence: one.sequence, file, bytes }, 'hourly file written')
      if (records > 0) raiseAlarm(log, 'RECORD_UNMAPPED', 'major', { file, records })
    }
  }
}
