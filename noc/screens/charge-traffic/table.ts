import type { Column, ColumnForm, ColumnGroup } from '../../traffic/columns.js'
import { columnGroups } from '../../traffic/columns.js'
import type { TrafficView, ViewRow, ViewValues } from '../../traffic/messages.js'
import { language, say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** A value as the table writes it; a dash where there is nothing to tell. */
export function formatted(value: number | null | undefined, form: ColumnForm): string {
  if (value === null || value === undefined) return '–'
  switch (form) {
    case 'count':
    case 'yen':
      return value.toLocaleString('en')
    case 'seconds':
    case 'ratio':
      return value.toFixed(1)
    case 'share':
      return (value * 100).toFixed(1)
  }
}

/** The table: rows of quarter-hours, newest first, under their headings and their sum. */
export class TrafficTable {
  readonly #head: HTMLTableSectionElement
  readonly #body: HTMLTableSectionElement
  #columns: readonly Column[] = []
  #firsts = new Set<string>()
  #total: HTMLTableRowElement | undefined
  readonly #rows = new Map<number, HTMLTableRowElement>()

  constructor(table: HTMLTableElement) {
    this.#head = table.tHead ?? table.createTHead()
    this.#body = table.tBodies[0] ?? table.createTBody()
  }

  /** Shows another table. */
  show(view: TrafficView): void {
    const groups = columnGroups(view.denominations)
    this.#columns = groups.flatMap(({ columns }) => columns)
    // The first group begins at the line beside the times.
    this.#firsts = new Set(groups.slice(1).map(({ columns }) => columns[0]?.id ?? ''))
    this.#rows.clear()
    const total = this.#newRow(say(TEXTS.total))
    this.#total = total
    this.#fill(total, view.total)
    this.#head.replaceChildren(...headings(groups), total)
    this.#body.replaceChildren()
    for (const row of view.rows) this.#put(row)
  }

  /** Shows what changed of it, and lets it be seen for a moment. */
  change(rows: readonly ViewRow[], total: ViewValues): void {
    if (this.#total) this.#fill(this.#total, total)
    for (const row of rows) {
      for (const cell of this.#put(row)) {
        cell.classList.remove('changed')
        // The animation begins anew only when it was away for a moment.
        void cell.offsetWidth
        cell.classList.add('changed')
      }
    }
  }

  #put({ beganAt, time, open, values }: ViewRow): HTMLElement[] {
    let row = this.#rows.get(beganAt)
    if (!row) {
      row = this.#newRow(time)
      this.#rows.set(beganAt, row)
      this.#body.prepend(row)
    }
    row.dataset.time = time
    row.classList.toggle('open', open)
    const [first] = row.cells
    if (first) first.title = open ? say(TEXTS.open) : ''
    return this.#fill(row, values)
  }

  #newRow(heading: string): HTMLTableRowElement {
    const row = document.createElement('tr')
    const first = document.createElement('th')
    first.scope = 'row'
    first.className = 'time'
    first.textContent = heading
    row.append(first)
    for (const { id } of this.#columns) {
      const cell = row.insertCell()
      cell.dataset.column = id
      if (this.#firsts.has(id)) cell.className = 'first'
    }
    return row
  }

  /** Writes a row's values; answers the cells that were written anew. */
  #fill(row: HTMLTableRowElement, values: ViewValues): HTMLElement[] {
    return this.#columns.flatMap(({ id, form }, index) => {
      const cell = row.cells[index + 1]
      const text = formatted(values[id], form)
      if (!cell || cell.textContent === text) return []
      cell.textContent = text
      cell.classList.toggle('nothing', !values[id])
      return [cell]
    })
  }
}

/** Three lines of headings: groups, what stands over some columns, the columns. */
function headings(groups: readonly ColumnGroup[]): HTMLTableRowElement[] {
  const lines = [0, 1, 2].map(() => document.createElement('tr'))
  const [top, middle, low] = lines
  top?.append(heading(say(TEXTS.time), { rowSpan: 3, className: 'time' }))
  for (const { id, heading: name, columns } of groups) {
    const line = id === groups[0]?.id ? '' : 'first'
    top?.append(heading(say(name), { colSpan: columns.length, className: `group ${line}` }))
    columns.forEach((column, index) => {
      const first = index === 0 ? line : ''
      const title = column.about[language()]
      const label = say(column.heading)
      if (!column.over) {
        middle?.append(heading(label, { rowSpan: 2, className: first, title }))
        return
      }
      low?.append(heading(label, { className: first, title }))
      if (columns[index - 1]?.over?.ja === column.over.ja) return
      const under = columns.filter(({ over }) => over?.ja === column.over?.ja).length
      middle?.append(heading(say(column.over), { colSpan: under, className: `over ${first}` }))
    })
  }
  return lines
}

interface HeadingOptions {
  readonly rowSpan?: number
  readonly colSpan?: number
  readonly className?: string
  readonly title?: string
}

function heading(
  text: string,
  { rowSpan = 1, colSpan = 1, className = '', title = '' }: HeadingOptions,
) {
  const cell = document.createElement('th')
  cell.scope = colSpan > 1 ? 'colgroup' : 'col'
  cell.textContent = text
  Object.assign(cell, { rowSpan, colSpan, className, title })
  return cell
}
