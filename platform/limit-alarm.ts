import { type AlarmFacts, clearAlarm, raiseAlarm, settleAlarms } from './alarm.js'
import type { AlarmCode, Severity } from './alarm-codes.js'
import type { Logger } from './log.js'

export interface LimitAlarmOptions {
  readonly log: Logger
  readonly code: AlarmCode
  readonly severity: Severity
  /** What the alarm is about, as its code asks for. */
  readonly about: AlarmFacts
}

/** An alarm that stands while a measured value is beyond its limit: raised once, cleared once. */
export class LimitAlarm {
  readonly #options: LimitAlarmOptions
  /** Before the first look, an earlier run's may stand. */
  #stands: boolean | undefined

  constructor(options: LimitAlarmOptions) {
    this.#options = options
  }

  /** Looks at a value: `beyond` its limit, back `within` it, or neither, where the alarm stays as it is. */
  judge(value: 'beyond' | 'within' | 'between', facts: AlarmFacts): void {
    const { log, code, severity, about } = this.#options
    if (value === 'beyond' && !this.#stands) {
      this.#stands = true
      raiseAlarm(log, code, severity, { ...about, ...facts })
    } else if (value === 'within' && this.#stands !== false) {
      if (this.#stands) clearAlarm(log, code, { ...about, ...facts })
      else settleAlarms([code], about)
      this.#stands = false
    }
  }
}
