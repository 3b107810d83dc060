import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { billingStore, timerFilePath } from '../../../billing/config.js'
import { MIGRATIONS as BILLING } from '../../../billing/store/migrations.js'
import { TimerFile } from '../../../billing/timers/timer-file.js'
import { crsStore } from '../../../crs/config.js'
import { MIGRATIONS as CRS } from '../../../crs/store/migrations.js'
import { decodeForwardedDayClose } from '../../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../../domain/hourly-file.js'
import type { Home } from '../../../platform/home.js'
import { sha256, sha256Of } from '../../../platform/sha256.js'
import { type Database, openStore } from '../../../platform/store.js'
import type { CutAudit } from './repeated-cuts.js'

/** Lines of a keeping child: numbers of files that it told, each with its records. */
const toldIn = (lines: readonly string[]): (readonly [number, number])[] =>
  lines.map(line => {
    const [, number, records] = line.split(' ')
    return [Number(number), Number(records)]
  })

/**
 * Opens CRS's store as a start does, and holds it and its hourly files against each other and against what
 * was acknowledged.
 */
export function auditCrs(home: Home, lines: readonly string[]): CutAudit {
  const store = openStore(crsStore(home), CRS)
  try {
    const held = new Map(
      store
        .prepare<[], { number: number; records: number }>(
          `SELECT number, (SELECT count(*) FROM charge_record AS c WHERE c.number = f.number) AS records
             FROM quarter_hour_file AS f WHERE node = 'scp1'`,
        )
        .all()
        .map(({ number, records }) => [number, records]),
    )
    const lost = toldIn(lines).filter(([number, records]) => held.get(number) !== records)
    const wrong = [
      ...broken(store),
      ...differing(store, [
        ['files are 1, 2, 3 …', 'count(*)', 'max(number)', 'quarter_hour_file'],
        ['closed files are 1, 2, 3 …', 'count(*)', 'max(sequence)', 'closed_file'],
      ]),
      ...filesWrong(home.hourlyFiles, 'closed_file WHERE file_sha256 NOT NULL', store),
    ]
    return { lost, wrong }
  } finally {
    store.close()
  }
}

/** The same of billing: what it told to be reflected, its spool, and its timers. */
export function auditBilling(home: Home, lines: readonly string[]): CutAudit {
  const store = openStore(billingStore(home), BILLING)
  try {
    const held = new Map(
      store
        .prepare<[], { sequence: number; records: number }>(
          'SELECT sequence, iif(began_at IS NULL, 0, record_count) AS records FROM received_file',
        )
        .all()
        .map(({ sequence, records }) => [sequence, records]),
    )
    const told = toldIn(lines)
    const lost = told.filter(([number, records]) => held.get(number) !== records)
    const wrong = [
      ...broken(store),
      ...differing(store, [
        ['files are 1, 2, 3 …', 'count(*)', 'max(sequence)', 'received_file'],
        [
          'I2: charges, and records of files',
          '(SELECT count(*) FROM charge)',
          'sum(iif(began_at IS NULL, 0, record_count))',
          'received_file',
        ],
        [
          'I2: charges, and what is credited or held',
          'count(*)',
          '(SELECT count(*) FROM held_charge) + (SELECT count(*) FROM ledger_entry WHERE charge_no NOT NULL)',
          'charge',
        ],
      ]),
      ...filesWrong(home.billingFiles, 'received_file', store),
      ...timersWrong(home, told.at(-1)?.[0] ?? 0),
    ]
    return { lost, wrong }
  } finally {
    store.close()
  }
}

function broken(store: Database): string[] {
  const whole = store.pragma('integrity_check', { simple: true })
  return whole === 'ok' ? [] : [`integrity: ${whole}`]
}

/** Pairs that must be equal: what they are, the two, and the table they are asked of. */
function differing(store: Database, pairs: readonly (readonly string[])[]): string[] {
  return pairs.flatMap(([what, one, other, table]) => {
    const sql = `SELECT coalesce(${one}, 0), coalesce(${other}, 0) FROM ${table}`
    const [a, b] = store.prepare(sql).raw().get() as [number, number]
    return a === b ? [] : [`${what}: ${a} and ${b}`]
  })
}

/** A file that has its name is whole, and one that the store knows is there, to the byte. */
function filesWrong(folder: string, rows: string, store: Database): string[] {
  const wrong: string[] = []
  const digests = new Map<number, string>()
  for (const name of readdirSync(folder).filter(one => one.endsWith('.txt'))) {
    const bytes = readFileSync(join(folder, name))
    const decode = name.endsWith('-close.txt') ? decodeForwardedDayClose : decodeHourlyFile
    const read = decode(bytes.toString('latin1'), sha256())
    if (read.outcome === 'malformed') wrong.push(`${name} is not whole: ${read.why}`)
    digests.set(Number(name.slice(0, 10)), sha256Of(bytes))
  }
  const digest = rows.startsWith('closed') ? 'file_sha256' : 'sha256'
  const known = store.prepare<[], { sequence: number; digest: Buffer }>(
    `SELECT sequence, ${digest} AS digest FROM ${rows}`,
  )
  for (const { sequence, digest } of known.all()) {
    const found = digests.get(sequence)
    if (found !== digest.toString('hex')) {
      wrong.push(`I7: file ${sequence} is known, and is ${found ?? 'not there'}`)
    }
  }
  return wrong
}

/** F-06: the timers that were kept before a file was told are there. */
function timersWrong(home: Home, told: number): string[] {
  if (told === 0 && !existsSync(timerFilePath(home))) return []
  const about = Number(new TimerFile(timerFilePath(home)).get('trigger-send')?.about)
  return about >= told ? [] : [`the timer is about ${about}, and ${told} was told`]
}
