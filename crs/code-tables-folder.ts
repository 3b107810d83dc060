import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../platform/fault.js'
import type { Home } from '../platform/home.js'
import { PRODUCT_FOLDER } from '../platform/product-files.js'
import { CODE_TABLE_FILES, type CodeTableFile, readCodeTables } from './rules/code-table-reading.js'
import type { CodeTables } from './rules/code-tables.js'

/** Where the tables lie that come with the product. */
const OWN_TABLES = join(PRODUCT_FOLDER, 'crs/tables')

/**
 * The code tables in force: of each, the operator's when there is one in the home's folder, else the
 * product's. Throws one `CODE_TABLE_INVALID` that lists every mistake in any.
 */
export function loadCodeTables(home: Home): CodeTables {
  const read = readCodeTables({
    'charge-kinds': textOf(home, 'charge-kinds'),
    'face-values': textOf(home, 'face-values'),
    nodes: textOf(home, 'nodes'),
    companies: textOf(home, 'companies'),
  })
  const strangers = strangersIn(home)
  const mistakes = read.outcome === 'wrong' ? [...read.mistakes, ...strangers] : strangers
  if (read.outcome === 'wrong' || mistakes.length > 0) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    const list = mistakes.map(mistake => `  ${mistake}`).join('\n')
    throw new Fault('CODE_TABLE_INVALID', `The code tables have ${count}:\n${list}`)
  }
  return read.tables
}

function textOf(home: Home, file: CodeTableFile) {
  const operators = join(home.codeTables, `${file}.csv`)
  const path = existsSync(operators) ? operators : join(OWN_TABLES, `${file}.csv`)
  return { path, text: readFileSync(path, 'utf8') }
}

/** Files in the operator's folder that take no table's place, as one whose name is misspelt. */
const strangersIn = ({ codeTables }: Home): string[] =>
  (existsSync(codeTables) ? readdirSync(codeTables) : [])
    .filter(name => !CODE_TABLE_FILES.some(file => name === `${file}.csv`))
    .map(name => `${join(codeTables, name)}: no table has that name`)
