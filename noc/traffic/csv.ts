import { type ColumnForm, columnGroups, type ScreenLanguage, type Text } from './columns.js'
import type { TrafficView, ViewValues } from './messages.js'

const TIME: Text = { ja: '時刻', en: 'Time' }
const DAY: Text = { ja: '日', en: 'Day' }
/** What stands before the sum. */
export const TOTAL: Text = { ja: '計', en: 'Total' }

/**
 * The table of a day or month as CSV (RFC 4180), with the byte-order mark by which spreadsheets know UTF-8. Its
 * numbers are as they are counted, without separators; shares in per cent, as their headings say.
 */
export function trafficCsv(view: TrafficView, language: ScreenLanguage): string {
  const columns = columnGroups(view.denominations).flatMap(group =>
    group.columns.map(column => ({ ...column, group })),
  )
  const headings = columns.map(({ group, over, heading }) =>
    [group.heading, over, heading].flatMap(text => text?.[language] ?? []).join(' '),
  )
  const line = (first: string, values: ViewValues) =>
    [first, ...columns.map(({ id, form }) => cellOf(values[id], form))].map(quoted).join(',')
  return `\ufeff${[
    [periodName(view, language), ...headings].map(quoted).join(','),
    ...view.rows.map(row => line(row.time, row.values)),
    line(TOTAL[language], view.total),
    '',
  ].join('\r\n')}`
}

/** Heading of the first column: the day or month, and what stands below. */
export const periodName = (
  { day, by }: Pick<TrafficView, 'day' | 'by'>,
  language: ScreenLanguage,
): string => (by === 'day' ? `${day.slice(0, 7)} ${DAY[language]}` : `${day} ${TIME[language]}`)

/** A value as it was counted, a share in per cent. At most three decimals: more would be none that were measured. */
export function cellOf(value: number | null | undefined, form: ColumnForm): string {
  if (value === null || value === undefined) return ''
  const counted = form === 'share' ? value * 100 : value
  return `${Math.round(counted * 1000) / 1000}`
}

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
