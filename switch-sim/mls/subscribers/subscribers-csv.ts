import type { Language } from '../../../domain/charge-answer.js'
import { CONTRACT_CLASSES, isContractClass } from '../../../domain/contract-class.js'
import { parseMsisdn } from '../../../domain/msisdn.js'
import { type BadLine, csvRows } from '../../../platform/csv.js'
import { Fault } from '../../../platform/fault.js'
import { ha1OfPassword, type Subscriber } from './subscriber.js'

export interface SubscribersRead {
  readonly subscribers: readonly Subscriber[]
  readonly bad: readonly BadLine[]
}

const COLUMNS = [
  'msisdn',
  'contract_class',
  'language',
  'password',
  'ha1_sha256',
  'ha1_md5',
] as const

type Column = (typeof COLUMNS)[number]

/** Columns a file must have; beside them a password, or both secrets. */
const REQUIRED: readonly Column[] = ['msisdn', 'contract_class']

/**
 * Reads a table of subscribers (RFC 4180, UTF-8, header line first): `msisdn`, `contract_class`,
 * `language` (`ja` where it is empty), and `password` or `ha1_sha256` with `ha1_md5`. Lines that cannot
 * be used are named, the rest are kept. Throws `FILE_MALFORMED` when the header line is none of ours.
 */
export function readSubscribersCsv(text: string): SubscribersRead {
  const [header, ...rows] = csvRows(text)
  const columns = columnsOf(header?.fields ?? [])
  const subscribers = new Map<string, Subscriber>()
  const bad: BadLine[] = []
  for (const { line, fields } of rows) {
    if (fields?.length === 1 && fields[0] === '') continue
    const read = subscriberOf(fields, columns)
    if (typeof read === 'string') bad.push({ line, problem: read })
    else if (subscribers.has(read.msisdn)) {
      bad.push({ line, problem: `${read.msisdn} stands on an earlier line already` })
    } else subscribers.set(read.msisdn, read)
  }
  return { subscribers: [...subscribers.values()], bad }
}

/** Writes a table that `readSubscribersCsv` reads back as it was: with secrets, not passwords. */
export function* formatSubscribersCsv(subscribers: Iterable<Subscriber>): IterableIterator<string> {
  yield 'msisdn,contract_class,language,ha1_sha256,ha1_md5\n'
  for (const { msisdn, contractClass, language, ha1 } of subscribers) {
    yield `${[msisdn, contractClass, language, ha1.sha256, ha1.md5].join(',')}\n`
  }
}

type Columns = ReadonlyMap<Column, number>

function columnsOf(header: readonly string[]): Columns {
  const named = header.map(name => name.trim().toLowerCase())
  const unknown = named.filter(name => !(COLUMNS as readonly string[]).includes(name))
  const columns: Columns = new Map(
    COLUMNS.filter(column => named.includes(column)).map(column => [column, named.indexOf(column)]),
  )
  const missing = REQUIRED.filter(column => !columns.has(column))
  const secret = columns.has('password') || (columns.has('ha1_sha256') && columns.has('ha1_md5'))
  const twice = named.length !== new Set(named).size
  if (unknown.length > 0 || missing.length > 0 || !secret || twice) {
    throw new Fault(
      'FILE_MALFORMED',
      `Line 1 must name the columns msisdn, contract_class, language and password (or ha1_sha256 and ha1_md5), each once; it names: ${named.join(', ')}.`,
    )
  }
  return columns
}

function subscriberOf(fields: readonly string[] | undefined, columns: Columns) {
  if (!fields) return 'a quotation mark is not closed'
  if (fields.length !== columns.size) {
    return `has ${fields.length} columns, line 1 has ${columns.size}`
  }
  const field = (column: Column): string => fields[columns.get(column) ?? -1]?.trim() ?? ''
  const msisdn = parseMsisdn(field('msisdn'))
  if (!msisdn) return `'${field('msisdn')}' is no number: 11 digits, beginning 070, 080 or 090`
  const contractClass = field('contract_class')
  if (!isContractClass(contractClass)) {
    return `'${contractClass}' is no class of contract: ${CONTRACT_CLASSES.join(', ')}`
  }
  const language = languageOf(field('language'))
  if (!language) return 'the language is neither ja nor en'
  // A password is taken as it stands, blanks at its ends too.
  const password = fields[columns.get('password') ?? -1] ?? ''
  const sha256 = field('ha1_sha256').toLowerCase()
  const md5 = field('ha1_md5').toLowerCase()
  if (password !== '') {
    return { msisdn, contractClass, language, ha1: ha1OfPassword(msisdn, password) }
  }
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^[0-9a-f]{32}$/.test(md5)) {
    return 'has neither a password nor both secrets (64 and 32 hexadecimal digits)'
  }
  return { msisdn, contractClass, language, ha1: { sha256, md5 } }
}

const languageOf = (text: string): Language | undefined =>
  text === '' || text === 'ja' ? 'ja' : text === 'en' ? 'en' : undefined
