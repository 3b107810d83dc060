import type { EpochMs } from '../domain/clock.js'
import type { JstDay } from '../domain/jst.js'
import type { Msisdn } from '../domain/msisdn.js'
import type { Yen } from '../domain/yen.js'
import type { HoldReason } from './store/held-charges.js'

/** A charge as the daily report has it (requirement B-09). */
export interface ReportedError {
  readonly msisdn: Msisdn
  readonly serial: string
  readonly faceValue: Yen
  readonly chargedAt: EpochMs
  readonly node: string
  readonly reason: HoldReason
  readonly firstSeenAt: EpochMs
  /** How often it was tried again. */
  readonly retries: number
  /** Days in the error bin, 0 on the day that it came. */
  readonly age: number
}

/** 日次エラーリスト: what was in the error bin at the end of a day. It never changes. */
export interface ErrorReport {
  readonly day: JstDay
  readonly madeAt: EpochMs
  readonly errors: readonly ReportedError[]
}

/** A report in a list. */
export interface ErrorReportSummary {
  readonly day: JstDay
  readonly madeAt: EpochMs
  readonly count: number
  readonly sum: Yen
  /** When the terminal that asks opened it first; `undefined`: it is unread there. */
  readonly openedAt: EpochMs | undefined
}

/** A terminal to which reports are distributed, by the name that it gives itself. */
export type TerminalId = string & { readonly kind: 'terminal' }

export const parseTerminalId = (text: string): TerminalId | undefined =>
  /^[A-Za-z0-9._-]{1,32}$/.test(text) ? (text as TerminalId) : undefined
