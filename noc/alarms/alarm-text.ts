import type { EpochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { Alarm } from '../store/alarm-book.js'
import type { AlarmLine } from './folded.js'

/** A moment by Japan's clock, to the second. */
export const timeOf = (at: EpochMs): string => jstText(at).slice(0, 19).replace('T', ' ')

const HEADING = ['number', 'severity', 'raised', 'program', 'code', 'count', 'about']

/** Alarms as a table for a terminal, a line each; a storm is one line. */
export function alarmTable(lines: readonly AlarmLine[]): string {
  const rows = [HEADING, ...lines.map(cellsOf)]
  const widths = HEADING.map((_, column) =>
    Math.max(...rows.map(row => (row[column] ?? '').length)),
  )
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellsOf({ code, severity, alarms, count }: AlarmLine): string[] {
  const [newest] = alarms
  const about = alarms.length > 1 ? `${alarms.length} of these at once` : aboutText(newest)
  const numbers = alarms.length > 1 ? `${alarms.at(-1)?.alarm}–${newest.alarm}` : `${newest.alarm}`
  return [numbers, severity, timeOf(newest.raisedAt), newest.program, code, `${count}`, about]
}

function aboutText({ subject, facts, clearedAt, acknowledged, notes }: Alarm): string {
  const parts = [
    subject,
    typeof facts.why === 'string' ? facts.why : '',
    clearedAt === undefined ? '' : `over at ${timeOf(clearedAt)}`,
    acknowledged ? `seen by ${acknowledged.by} at ${timeOf(acknowledged.at)}` : '',
    ...notes.map(({ account, text }) => `${account}: ${text}`),
  ]
  return parts.filter(part => part !== '').join('; ')
}
