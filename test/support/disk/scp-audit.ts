import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Statement } from 'better-sqlite3'
import { decodeDayClose } from '../../../domain/day-close.js'
import { decodeQuarterHourFile } from '../../../domain/quarter-hour-file.js'
import { sha256 } from '../../../platform/sha256.js'
import { type Database, openStore } from '../../../platform/store.js'
import { MIGRATIONS } from '../../../scp/store/migrations.js'

/** What scp told the world. */
export interface ToldByScp {
  /** Serials, as the store keys them, of cards whose charge was told. */
  readonly charged: readonly number[]
  /** Serials of cards that were told not to be charged. */
  readonly refused: readonly number[]
  /** Wrong entries that were answered, by number as the store keys it; none of these ever succeeded. */
  readonly wrong: ReadonlyMap<number, number>
}

/** What an audit found. */
export interface ScpAudit {
  /** Charges that were told and that the store does not know: I3. */
  readonly lost: readonly number[]
  /** Everything else that is not as it must be, in words. */
  readonly wrong: readonly string[]
}

/**
 * Opens scp's store as a start does, and holds it, its quarter-hour files and its day closes against each
 * other and against what was told: I1 to I7 as far as one store knows them.
 */
export function auditScp(folder: string, files: string, told: ToldByScp): ScpAudit {
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  try {
    const numbers = (sql: string) => store.prepare(sql).pluck().all().map(Number)
    const charged = new Set(numbers('SELECT serial FROM charge_record'))
    const wrong = [...booksWrong(store, told, charged), ...filesWrong(store, files)]
    const whole = store.pragma('integrity_check', { simple: true })
    if (whole !== 'ok') wrong.push(`integrity: ${whole}`)
    return { lost: told.charged.filter(serial => !charged.has(serial)), wrong }
  } finally {
    store.close()
  }
}

const statements = new WeakMap<Database, Map<string, Statement>>()

/** A statement that is asked again and again in one store: preparing it takes longer than asking. */
export function prepared(store: Database, sql: string): Statement {
  const known = statements.get(store) ?? new Map<string, Statement>()
  statements.set(store, known)
  const statement = known.get(sql) ?? store.prepare(sql).pluck()
  known.set(sql, statement)
  return statement
}

/** Pairs that must be equal, each with the invariant it is. */
const BOOKS = [
  [
    'I1, I2: yen of used cards, and of records',
    `SELECT coalesce(sum(face_value), 0) FROM card JOIN batch USING (batch) WHERE used_by IS NOT NULL`,
    'SELECT coalesce(sum(face_value), 0) FROM charge_record',
  ],
  [
    'I1: records, and serials in them',
    'SELECT count(*) FROM charge_record',
    'SELECT count(DISTINCT serial) FROM charge_record',
  ],
  [
    'I2: yen of records, and of month totals',
    'SELECT coalesce(sum(face_value), 0) FROM charge_record',
    'SELECT coalesce(sum(registered), 0) FROM month_total',
  ],
  [
    'the log is without gap',
    'SELECT count(*) FROM charge_record',
    'SELECT coalesce(max(sequence), 0) FROM charge_record',
  ],
  [
    'I6: quarter-hours are 1, 2, 3 …',
    'SELECT count(*) FROM quarter_hour_file',
    'SELECT coalesce(max(number), 0) FROM quarter_hour_file',
  ],
  [
    'I4: totals over the cap',
    'SELECT count(*) FROM month_total WHERE registered > 50000',
    'SELECT 0',
  ],
] as const

/** What of a store's books does not agree, or is not as it was told; in words. */
export function booksWrong(
  store: Database,
  told: ToldByScp,
  charged: ReadonlySet<number>,
): string[] {
  const one = (sql: string) => Number(prepared(store, sql).get())
  const wrong: string[] = []
  for (const [what, sql, other] of BOOKS) {
    const [a, b] = [one(sql), one(other)]
    if (a !== b) wrong.push(`${what}: ${a} and ${b}`)
  }
  for (const serial of told.refused) {
    if (charged.has(serial)) wrong.push(`card ${serial} was refused, and is charged`)
  }
  const held = prepared(store, 'SELECT consecutive FROM handset_lock WHERE msisdn = ?')
  for (const [msisdn, count] of told.wrong) {
    const found = Number(held.get(msisdn) ?? 0)
    if (found < count)
      wrong.push(`I5: ${msisdn} keyed ${count} wrong numbers, ${found} are counted`)
  }
  return wrong
}

/** A file that has its name is whole, and one that the store says was written is there, to the byte. */
function filesWrong(store: Database, files: string): string[] {
  const wrong: string[] = []
  const found = new Map<string, string>()
  for (const name of readdirSync(files).filter(one => one.endsWith('.txt'))) {
    const text = readFileSync(join(files, name), 'latin1')
    const read = name.endsWith('-close.txt')
      ? decodeDayClose(text, sha256())
      : decodeQuarterHourFile(text, sha256())
    if (read.outcome === 'malformed') wrong.push(`${name} is not whole: ${read.why}`)
    else found.set('close' in read ? read.close.day : `${read.header.number}`, read.trailer.sha256)
  }
  const written = store.prepare<[], { what: string; sum: string }>(
    `SELECT number AS what, lower(hex(sha256)) AS sum FROM quarter_hour_file WHERE sha256 NOT NULL
     UNION ALL SELECT substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7),
       lower(hex(sha256)) FROM day_close WHERE sha256 NOT NULL`,
  )
  for (const { what, sum } of written.all()) {
    const file = found.get(`${what}`)
    if (file !== sum)
      wrong.push(`I7: the file of ${what} was written, and is ${file ?? 'not there'}`)
  }
  return wrong
}
