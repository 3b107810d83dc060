/** What a person wrote beside an alarm; moments are ms. */
export interface AlarmNote {
  readonly at: number
  readonly account: string
  readonly text: string
}

/** An alarm as `GET /api/alarms` tells it (noc/store/alarm-book.ts); moments are ms. */
export interface Alarm {
  readonly alarm: number
  readonly program: string
  readonly code: string
  readonly subject: string
  readonly severity: Severity
  readonly raisedAt: number
  readonly lastAt: number
  readonly count: number
  readonly facts: Readonly<Record<string, string | number>>
  readonly clearedAt?: number
  readonly acknowledged?: { readonly at: number; readonly by: string }
  readonly notes: readonly AlarmNote[]
}

export type Severity = 'critical' | 'major' | 'minor'

/** One alarm, or a storm of one code. */
export interface AlarmLine {
  readonly code: string
  readonly severity: Severity
  /** Newest first. */
  readonly alarms: readonly [Alarm, ...Alarm[]]
  readonly count: number
}

export interface StandingAlarms {
  readonly lines: readonly AlarmLine[]
}

/** Alarms that are over, newest first; `next` where there are more. */
export interface AlarmHistory {
  readonly alarms: readonly Alarm[]
  readonly next?: number
}
