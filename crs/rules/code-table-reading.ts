import { isChargeKind } from '../../domain/charge-kind.js'
import { parseCompany } from '../../domain/company.js'
import { parseJstDay } from '../../domain/jst.js'
import { isNodeName } from '../../domain/line-file.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { type CodeTables, type NumberRange, overlaps } from './code-tables.js'

/** The four tables, by the names of their files. */
export const CODE_TABLE_FILES = ['charge-kinds', 'face-values', 'nodes', 'companies'] as const
export type CodeTableFile = (typeof CODE_TABLE_FILES)[number]

/** The text of one table, and what to call it in a message. */
export interface CodeTableText {
  readonly path: string
  readonly text: string
}

/** What reading the tables came to: all of them, or every mistake in any. */
export type CodeTableReading =
  | { readonly outcome: 'whole'; readonly tables: CodeTables }
  | { readonly outcome: 'wrong'; readonly mistakes: readonly string[] }

/** A row with its line, its fields trimmed. */
interface Row {
  readonly line: number
  readonly fields: readonly string[]
}

/** What a reader of rows tells of a mistake. */
type Complain = (line: number, why: string) => void

/**
 * Reads the code tables (docs/crs.md): CSV without quotes, lines that begin with `#` are remarks, the first
 * other line names the columns.
 */
export function readCodeTables(
  texts: Readonly<Record<CodeTableFile, CodeTableText>>,
): CodeTableReading {
  const found: { readonly path: string; readonly line: number; readonly why: string }[] = []
  const rows = (file: CodeTableFile, columns: string): [readonly Row[], Complain] => {
    const { path, text } = texts[file]
    const complain: Complain = (line, why) => found.push({ path, line, why })
    return [readRows(text, columns, complain), complain]
  }
  const tables: CodeTables = {
    chargeKinds: readCodes(...rows('charge-kinds', 'charge_kind,code'), 2, kind =>
      isChargeKind(kind) ? undefined : 'it names no charge kind',
    ),
    faceValues: readCodes(...rows('face-values', 'face_value_yen,code'), 2, value =>
      /^[1-9]\d{0,6}$/.test(value) ? undefined : 'it names no amount of 1 to 9999999 yen',
    ),
    nodes: readCodes(...rows('nodes', 'node,code'), 3, node =>
      isNodeName(node) ? undefined : 'it names no node',
    ),
    numberRanges: readRanges(...rows('companies', 'first,last,from,until,company')),
  }
  if (found.length === 0) return { outcome: 'whole', tables }
  const mistakes = CODE_TABLE_FILES.flatMap(file => {
    const own = found.filter(({ path }) => path === texts[file].path)
    return own
      .sort((a, b) => a.line - b.line)
      .map(({ path, line, why }) => `${path}, line ${line}: ${why}`)
  })
  return { outcome: 'wrong', mistakes }
}

function readRows(text: string, columns: string, complain: Complain): readonly Row[] {
  const [head, ...rows] = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter(row => row.text !== '' && !row.text.startsWith('#'))
    .map(row => ({ line: row.line, fields: row.text.split(',').map(field => field.trim()) }))
  if (head?.fields.join(',') !== columns) {
    complain(head?.line ?? 1, `the first line must name the columns ${columns}`)
    return []
  }
  return rows.filter(({ line, fields }) => {
    const right = fields.length === head.fields.length
    if (!right) complain(line, `it must have ${head.fields.length} fields`)
    return right
  })
}

function readCodes(
  rows: readonly Row[],
  complain: Complain,
  length: number,
  mistakeIn: (key: string) => string | undefined,
): Readonly<Record<string, string>> {
  const codes = new Map<string, string>()
  for (const { line, fields } of rows) {
    const [key = '', code = ''] = fields
    const why =
      mistakeIn(key) ??
      (codes.has(key) ? `${key} stands above already` : undefined) ??
      (code.length === length && /^[0-9A-Z]+$/.test(code)
        ? undefined
        : `its code must be ${length} of 0-9 and A-Z`) ??
      ([...codes.values()].includes(code) ? `the code ${code} stands above already` : undefined)
    if (why) complain(line, why)
    else codes.set(key, code)
  }
  return Object.fromEntries(codes)
}

function readRanges(rows: readonly Row[], complain: Complain): readonly NumberRange[] {
  const lines = new Map<NumberRange, number>()
  for (const row of rows) {
    const range = readRange(row, complain)
    if (range) lines.set(range, row.line)
  }
  for (const [one, other] of overlaps([...lines.keys()])) {
    const [above = 0, below = 0] = [lines.get(one) ?? 0, lines.get(other) ?? 0].sort(
      (a, b) => a - b,
    )
    complain(below, `it claims numbers that line ${above} has for the same days`)
  }
  return [...lines.keys()]
}

function readRange({ line, fields }: Row, complain: Complain): NumberRange | undefined {
  const [firstText = '', lastText = '', fromText = '', untilText = '', companyText = ''] = fields
  const first = parseMsisdn(firstText)
  const last = parseMsisdn(lastText)
  const from = parseJstDay(fromText)
  const until = untilText === '' ? undefined : parseJstDay(untilText)
  const company = parseCompany(companyText)
  if (!first || !last) complain(line, 'first and last must be numbers as 09010000000')
  else if (last < first) complain(line, 'it ends before it begins')
  else if (!from) complain(line, 'from must be a day as 2000-12-01')
  else if (untilText !== '' && !until) complain(line, 'until must be a day, or empty')
  else if (until && until <= from) complain(line, 'it holds on no day')
  else if (!company) complain(line, 'the company must be 1 to 9')
  else return { first, last, from, until, company }
  return undefined
}
