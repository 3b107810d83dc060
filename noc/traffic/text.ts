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
    ...columns.map(({ id }) => cellOf(values[id])),
  ]
  const lines = [
    [periodName(view, language), ...columns.map(({ heading }) => heading[language])],
    ...view.rows.map(row => line(row.open ? `${row.time} *` : row.time, row.values)),
    line(TOTAL[language], view.total),
  ]
  const widths = lines.reduce<number[]>(
    (most, cells) => cells.map((cell, place) => Math.max(width(cell), most[place] ?? 0)),
    [],
  )
  const aligned = (cells: readonly string[]) =>
    cells
      .map((cell, place) => {
        const space = ' '.repeat((widths[place] ?? 0) - width(cell))
        return place === 0 ? `${cell}${space}` : `${space}${cell}`
      })
      .join('  ')
  return `${lines.map(cells => aligned(cells).trimEnd()).join('\n')}\n`
}

/** Columns of a terminal that a text takes: kana and kanji take two. */
const width = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (/[\u3000-\u9fff\uff00-\uffef]/.test(letter) ? 2 : 1), 0)
