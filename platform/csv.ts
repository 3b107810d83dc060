import { Fault } from './fault.js'

/** One line of a table, cut into its fields. */
export interface CsvRow {
  /** Counted from 1, the header line included. */
  readonly line: number
  /** `undefined` when a quoted field is not closed. */
  readonly fields: readonly string[] | undefined
}

/** One line that was left out, and why. */
export interface BadLine {
  /** Counted from 1, the header line included. */
  readonly line: number
  readonly problem: string
}

/** Cuts a table into its fields (RFC 4180, UTF-8), one record a line: no value here holds a line end. */
export function csvRows(text: string): CsvRow[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((content, index) => ({ line: index + 1, fields: csvFields(content) }))
}

/** Cuts one record into its fields (RFC 4180); `undefined` when a quoted field is not closed. */
export function csvFields(line: string): string[] | undefined {
  const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  const fields: string[] = []
  for (;;) {
    const match = FIELD.exec(line)
    if (!match) return undefined
    fields.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
    if (match[3] === '') return fields
  }
}

/** A table whose lines were read: those that can be used, and those that were left out. */
export interface Table<T> {
  readonly rows: readonly { readonly line: number; readonly value: T }[]
  readonly bad: readonly BadLine[]
}

/**
 * Reads a table whose header line names `columns`, each once, in any order, and no others. `read` makes a
 * value of a line's fields, or says what is wrong with them; such lines are named, the rest are kept.
 * Empty lines are passed over. Throws `FILE_MALFORMED` when the header line is another.
 */
export function readTable<C extends string, T extends object>(
  text: string,
  columns: readonly C[],
  read: (field: (column: C) => string) => T | string,
): Table<T> {
  const [header, ...lines] = csvRows(text)
  const named = header?.fields?.map(name => name.trim().toLowerCase()) ?? []
  if ([...named].sort().join() !== [...columns].sort().join()) {
    throw new Fault(
      'FILE_MALFORMED',
      `Line 1 must name the columns ${columns.join(', ')}, each once; it names: ${named.join(', ')}.`,
    )
  }
  const rows: { line: number; value: T }[] = []
  const bad: BadLine[] = []
  for (const { line, fields } of lines) {
    if (fields?.length === 1 && fields[0] === '') continue
    const value = fitting(fields, named.length)
    const one =
      typeof value === 'string' ? value : read(column => value[named.indexOf(column)] ?? '')
    if (typeof one === 'string') bad.push({ line, problem: one })
    else rows.push({ line, value: one })
  }
  return { rows, bad }
}

function fitting(fields: readonly string[] | undefined, width: number): string[] | string {
  if (!fields) return 'a quotation mark is not closed'
  if (fields.length !== width) return `has ${fields.length} columns, line 1 has ${width}`
  return fields.map(field => field.trim())
}
