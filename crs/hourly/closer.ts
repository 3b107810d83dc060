import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { type AlarmCode, alarmOf, HINDRANCES } from '../../platform/alarm-codes.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
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
  readonly #later: Later
  #callOffRetry: (() => void) | undefined
  #running: Promise<void> | undefined
  /** Something was delivered while it ran. */
  #again = false
  #ended = false
  /** The alarm of the fault that keeps files from being written. */
  #hindered: AlarmCode | undefined

  constructor(options: HourCloserOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
  }

  /** Closes and writes what is due. Resolves when all that was delivered before the call is on disk. */
  run(): Promise<void> {
    this.#again = true
    this.#running ??= this.#untilDone().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Starts nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOffRetry?.()
    await this.#running
  }

  async #untilDone(): Promise<void> {
    this.#callOffRetry?.()
    try {
      while (this.#again && !this.#ended) {
        this.#again = false
        await this.#closeDue()
        await this.#writeClosed()
      }
      this.#unhindered()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#hinderedBy(error)
      if (!this.#ended) this.#callOffRetry = this.#later(() => void this.run(), RETRY_MS)
    }
  }

  async #closeDue(): Promise<void> {
    for (;;) {
      const { closed } = await this.#options.store.ask('closeDue', { max: CLOSED_AT_ONCE })
      if (closed < CLOSED_AT_ONCE || this.#ended) return
      await this.#writeClosed()
    }
  }

  async #writeClosed(): Promise<void> {
    const { store } = this.#options
    while (!this.#ended) {
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

  /** Another content under a closed file's name is tampering or damage; a full disk is not. */
  #hinderedBy(fault: Fault): void {
    const code = alarmOf(fault.code)
    if (this.#hindered === code) return
    this.#hindered = code
    const severity = fault.code === 'CLOSED_FILE_CHANGED' ? 'critical' : 'major'
    raiseAlarm(this.#options.log, code, severity, { err: fault, what: WHAT })
  }

  #unhindered(): void {
    if (this.#ended) return
    settleAlarms(
      HINDRANCES.filter(code => code !== this.#hindered),
      { what: WHAT },
    )
    if (this.#hindered === undefined) return
    clearAlarm(this.#options.log, this.#hindered, { what: WHAT })
    this.#hindered = undefined
  }
}
