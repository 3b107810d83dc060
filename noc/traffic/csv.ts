import { columnGroups, type ScreenLanguage, type Text } from './columns.js'
import type { TrafficView, ViewValues } from './messages.js'

const FIRST: Text = { ja: '時刻', en: 'Time' }
const TOTAL: Text = { ja: '計', en: 'Total' }

/**
 * The table of a day as CSV (RFC 4180), with the byte-order mark by which spreadsheets know UTF-8. Its
 * numbers are as they are counted: no separators, shares from 0 to 1.
 */
export function trafficCsv(view: TrafficView, language: ScreenLanguage): string {
  const columns = columnGroups(view.denominations).flatMap(group =>
    group.columns.map(column => ({ ...column, group })),
  )
  const headings = columns.map(({ group, over, heading }) =>
    [group.heading, over, heading].flatMap(text => text?.[language] ?? []).join(' '),
  )
  const line = (first: string, values: ViewValues) =>
    [first, ...columns.map(({ id }) => cell(values[id]))].map(quoted).join(',')
  return `\ufeff${[
    [`${view.day} ${FIRST[language]}`, ...headings].map(quoted).join(','),
    ...view.rows.map(row => line(row.time, row.values)),
    line(TOTAL[language], view.total),
    '',
  ].join('\r\n')}`
}

/** At most three decimals: more would be none that were measured. */
const cell = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : `${Math.round(value * 1000) / 1000}`

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
