import { channel } from 'node:diagnostics_channel'
import { type AlarmCode, type Severity, subjectOf } from './alarm-codes.js'
import type { Logger } from './log.js'

/** What an alarm tells of its case, as fields of the log. */
export type AlarmFacts = Readonly<Record<string, unknown>>

/** What is told of an alarm within a program, for its journal (alarm-journal.ts). */
export type AlarmTold = {
  readonly code: AlarmCode
  readonly subject: string
  readonly facts: AlarmFacts
} & ({ readonly type: 'raised'; readonly severity: Severity } | { readonly type: 'cleared' })

/** Where a program's alarms are told, whoever raises them; nobody need listen. */
export const alarmsTold = channel('mcscp.alarms')

/** Tells operations of a fault that nobody waits for an answer about: one line, by its code. */
export function raiseAlarm(
  log: Pick<Logger, 'error'>,
  code: AlarmCode,
  severity: Severity,
  facts: AlarmFacts,
): void {
  log.error({ ...facts, alarm: code, severity }, 'alarm raised')
  tell({ type: 'raised', code, severity, subject: subjectOf(code, facts), facts })
}

/** Tells that what an alarm was about is over. */
export function clearAlarm(log: Pick<Logger, 'info'>, code: AlarmCode, facts: AlarmFacts): void {
  log.info({ ...facts, alarm: code }, 'alarm cleared')
  settleAlarms([code], facts)
}

/**
 * Tells that there is no cause for such alarms, whether one stands or not: an earlier run of the program
 * may have raised it and been killed before it was over.
 */
export function settleAlarms(codes: readonly AlarmCode[], facts: AlarmFacts): void {
  for (const code of codes) tell({ type: 'cleared', code, subject: subjectOf(code, facts), facts })
}

const tell = (told: AlarmTold): void => alarmsTold.publish(told)
