import { type AlarmCode, SEVERITIES, type Severity } from '../../platform/alarm-codes.js'
import type { Alarm } from '../store/alarm-book.js'

/** Alarms of one code raised within this time are a storm, in ms. */
const STORM_WITHIN_MS = 60_000

/** From how many alarms on a storm is one line. */
const STORM_FROM = 5

/** A line of the list: one alarm, or a storm of one code. */
export interface AlarmLine {
  readonly code: AlarmCode
  /** The most urgent of its alarms. */
  readonly severity: Severity
  /** Newest first. */
  readonly alarms: readonly [Alarm, ...Alarm[]]
  /** How often they were raised, together. */
  readonly count: number
}

/** Alarms, newest first, as lines: those of one code and program raised within a minute of one another are one. */
export function folded(alarms: readonly Alarm[]): AlarmLine[] {
  const storms: [Alarm, ...Alarm[]][] = []
  const newest = new Map<string, [Alarm, ...Alarm[]]>()
  for (const alarm of alarms) {
    const of = `${alarm.program} ${alarm.code}`
    const storm = newest.get(of)
    if (storm && (storm.at(-1)?.raisedAt ?? 0) - alarm.raisedAt <= STORM_WITHIN_MS) {
      storm.push(alarm)
    } else {
      const begun: [Alarm, ...Alarm[]] = [alarm]
      newest.set(of, begun)
      storms.push(begun)
    }
  }
  return storms
    .flatMap(storm => (storm.length < STORM_FROM ? storm.map(one => [one] as [Alarm]) : [storm]))
    .map(lineOf)
}

function lineOf(alarms: readonly [Alarm, ...Alarm[]]): AlarmLine {
  const [{ code }] = alarms
  const severity = SEVERITIES.find(one => alarms.some(alarm => alarm.severity === one)) ?? 'minor'
  return { code, severity, alarms, count: alarms.reduce((sum, { count }) => sum + count, 0) }
}
