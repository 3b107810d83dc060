import type { FaultCode } from './fault-codes.js'
import type { Logger } from './log.js'

/** How urgent an alarm is (ITU-T X.733 §8.1.2.3). */
export type Severity =
  /** Money is not where it must be, or will not be: somebody must act now. */
  | 'critical'
  /** Something waits that must not wait for long. */
  | 'major'
  /** Somebody must see to it, in their own time. */
  | 'minor'

/** Tells operations of a fault that nobody waits for an answer about: one line, by its code. */
export const raiseAlarm = (
  log: Logger,
  code: FaultCode,
  severity: Severity,
  facts: Readonly<Record<string, unknown>>,
): void => log.error({ ...facts, alarm: code, severity }, 'alarm raised')

/** Tells that what an alarm was about is over. */
export const clearAlarm = (
  log: Logger,
  code: FaultCode,
  facts: Readonly<Record<string, unknown>>,
): void => log.info({ ...facts, alarm: code }, 'alarm cleared')
