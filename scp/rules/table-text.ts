import { csvRows } from '../../platform/csv.js'

/** A line that cannot be taken over, with what it must be. */
export interface TableMistake {
  /** Counted from 1, remarks and empty lines included. */
  readonly line: number
  readonly why: string
}

/** What reading a table came to: all of it, or every mistake in it. */
export type TableReading<T> =
  | { readonly outcome: 'whole'; readonly table: T }
  | { readonly outcome: 'wrong'; readonly mistakes: readonly TableMistake[] }

/** A row with its line; its fields by their columns, trimmed. */
export interface TableRow<C extends string> {
  readonly line: number
  readonly fields: Readonly<Record<C, string>>
}

/** What a reader of rows tells of a mistake. */
export type Complain = (line: number, why: string) => void

/**
 * Reads a table (docs/tables.md): CSV of RFC 4180 in UTF-8, lines that begin with `#` are remarks, the
 * first other line names `columns` in their order. `read` makes the table of its rows, and complains of
 * each that is wrong; with one mistake nothing is taken over.
 */
export function readTableText<C extends string, T>(
  text: string,
  columns: readonly C[],
  read: (rows: readonly TableRow<C>[], complain: Complain) => T,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): TableReading<T> {
  const mistakes: TableMistake[] = []
  const complain: Complain = (line, why) => mistakes.push({ line, why })
  const rows = rowsOf(text, columns, complain)
  if (rows.length === 0 && mistakes.length === 0 && !mayBeEmpty)
    complain(1, 'it has no rows: add at least one')
  const table = read(rows, complain)
  if (mistakes.length === 0) return { outcome: 'whole', table }
  return { outcome: 'wrong', mistakes: mistakes.sort((a, b) => a.line - b.line) }
}

function rowsOf<C extends string>(
  text: string,
  columns: readonly C[],
  complain: Complain,
): TableRow<C>[] {
  const [head, ...others] = lines(text)
  const expected = columns.join(',')
  if (head?.fields?.join(',') !== expected) {
    complain(head?.line ?? 1, `the first line must name the columns ${expected}`)
    return []
  }
  return others.flatMap(({ line, fields }) => {
    if (!fields) complain(line, 'a quotation mark is not closed: close it')
    else if (fields.length !== columns.length) {
      complain(line, `it has ${fields.length} fields: it must have ${columns.length}, ${expected}`)
    } else return [{ line, fields: byColumn(columns, fields) }]
    return []
  })
}

/** All lines that are neither empty nor remarks. */
const lines = (text: string) =>
  csvRows(text)
    .map(({ line, fields }) => ({ line, fields: fields?.map(field => field.trim()) }))
    .filter(({ fields }) => fields?.join('') !== '' && !fields?.[0]?.startsWith('#'))

const byColumn = <C extends string>(columns: readonly C[], fields: readonly string[]) =>
  Object.fromEntries(columns.map((column, place) => [column, fields[place] ?? ''])) as Record<
    C,
    string
  >

/** What a new table changes: rows that are gone, and rows that are new. Order and remarks do not count. */
export interface TableDifference {
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** Compares the rows of two tables that were read before. */
export function differenceOf(before: string, after: string): TableDifference {
  const [old, fresh] = [rowTexts(before), rowTexts(after)]
  return {
    removed: [...old].filter(row => !fresh.has(row)),
    added: [...fresh].filter(row => !old.has(row)),
  }
}

const rowTexts = (text: string): ReadonlySet<string> =>
  new Set(
    lines(text)
      .slice(1)
      .map(({ fields = [] }) => fields.join(',')),
  )
