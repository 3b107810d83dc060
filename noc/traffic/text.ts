import { textTable } from '../../platform/text-table.js'
import { columnGroups, type ScreenLanguage, type Text } from './columns.js'
import { cellOf, periodName, TOTAL } from './csv.js'
import type { TrafficView, ViewValues } from './messages.js'

/** The columns that fit a terminal. */
const MAIN = new Set([
  ...['offered', 'answered', 'congestion', 'peak', 'locked', 'at_cap', 'entries'],
  ...['accepted', 'total_yen', 'now_locked', 'crs_acknowledged', 'crs_waiting', 'completion'],
])

const NONE: Text = { ja: 'この期間の記録はありません。', en: 'Nothing was told of this time.' }

/** The main columns of the table for a terminal: its rows, oldest first, and their sum. */
export function trafficText(view: TrafficView, language: ScreenLanguage): string {
  if (view.rows.length === 0) return `${NONE[language]}\n`
  const columns = columnGroups(view.denominations)
    .flatMap(group => group.columns)
    .filter(({ id }) => MAIN.has(id))
  const line = (first: string, values: ViewValues) => [
    first,
    ...columns.map(({ id, form }) => cellOf(values[id], form)),
  ]
  const lines = [
    [periodName(view, language), ...columns.map(({ heading }) => heading[language])],
    ...view.rows.map(row => line(row.open ? `${row.time} *` : row.time, row.values)),
    line(TOTAL[language], view.total),
  ]
  return `${textTable(lines).join('\n')}\n`
}
