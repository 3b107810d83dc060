import { type AlarmFacts, clearAlarm, raiseAlarm, settleAlarms } from './alarm.js'
import { type AlarmCode, alarmOf, HINDRANCES } from './alarm-codes.js'
import { Fault } from './fault.js'
import type { Logger } from './log.js'

/** The alarm of whatever fault keeps a program from one piece of its work until it passes. */
export class Hindrance {
  readonly #log: Pick<Logger, 'info' | 'error'>
  readonly #about: AlarmFacts
  #stands: AlarmCode | undefined

  /** `what`: which work, in words, such as `hourly file delayed`. */
  constructor(log: Pick<Logger, 'info' | 'error'>, what: string) {
    this.#log = log
    this.#about = { what }
  }

  /** A fault hinders; another one than before is another alarm. What is no fault is thrown on. */
  by(error: unknown): void {
    if (!(error instanceof Fault)) throw error
    const code = alarmOf(error.code)
    if (this.#stands === code) return
    this.#stands = code
    // Another content under a closed file's name is tampering or damage; a full disk is not.
    const severity = code === 'CLOSED_FILE_CHANGED' ? 'critical' : 'major'
    raiseAlarm(this.#log, code, severity, { ...this.#about, err: error })
  }

  /** The work was done: neither this run's alarm stands, nor one that an earlier run left. */
  over(): void {
    settleAlarms(
      HINDRANCES.filter(code => code !== this.#stands),
      this.#about,
    )
    if (this.#stands) clearAlarm(this.#log, this.#stands, this.#about)
    this.#stands = undefined
  }
}
