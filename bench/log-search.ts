import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { epochMs } from '../domain/clock.js'
import { checkpoint, type Database, openStore } from '../platform/store.js'
import { type EntrySearch, EntrySearcher } from '../scp/store/entry-search.js'
import { msisdnOf, serialOf, seriesKey } from '../scp/store/keys.js'
import { MIGRATIONS } from '../scp/store/migrations.js'
import { loadAverage, machine } from './machine.js'

/** Lines that one transaction of the filling holds. */
const AT_ONCE = 50_000

/** Searches of each kind that are timed; the median counts. */
const SEARCHES = 200

/** Entries that one subscriber keyed: as many in the small log as in the large. */
const ENTRIES_OF_A_NUMBER = 10

const BEGAN = Date.parse('2001-01-01T00:00:00+09:00')

/** `log-search`: how long a search of the charge-operation log takes, at a tenth of the lines and at all. */
export const logSearch = (): Command =>
  new Command('log-search')
    .description(
      'Searches a charge-operation log of --lines lines, and one of a tenth of them, in turns. Exit code 0: ' +
        'every search found what it must, and the large log took at most twice as long (requirement M-14).',
    )
    .addOption(
      new Option('--lines <count>', 'lines of the large log').argParser(count).default(5_000_000),
    )
    .action(({ lines }: { lines: number }) => {
      process.exitCode = compare(lines) ? 0 : 1
    })

function count(text: string): number {
  if (/^[1-9]\d{4,7}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('10000 to 99999999.')
}

function compare(lines: number): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-'))
  try {
    const small = openLog(join(folder, 'small.sqlite'), Math.floor(lines / 10))
    const large = openLog(join(folder, 'large.sqlite'), lines)
    const rows = KINDS.map(kind => {
      // A B B A: what else the machine does falls on both.
      const times = [small, large, large, small].map(log => timed(log, kind))
      const [a, b, c, d] = times.map(({ medianUs }) => medianUs)
      const smallUs = ((a ?? 0) + (d ?? 0)) / 2
      const largeUs = ((b ?? 0) + (c ?? 0)) / 2
      return {
        search: kind.name,
        smallUs,
        largeUs,
        ratio: largeUs / smallUs,
        right: times.every(one => one.right),
      }
    })
    for (const log of [small, large]) log.store.close()
    for (const { search, smallUs, largeUs, ratio, right } of rows) {
      const numbers = [smallUs, largeUs].map(us => us.toFixed(0).padStart(8)).join(' µs')
      console.log(
        `${search.padEnd(10)} ${numbers} µs   × ${ratio.toFixed(2)}${right ? '' : '   WRONG'}`,
      )
    }
    console.log(
      JSON.stringify({ bench: 'log-search', lines, machine: machine(), load: loadAverage(), rows }),
    )
    return rows.every(({ ratio, right }) => right && ratio <= 2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Log {
  readonly store: Database
  readonly searcher: EntrySearcher
  readonly lines: number
}

/** Makes a log in the product's own form: one entry a second, ten to a number, each tenth a card that was used. */
function openLog(path: string, lines: number): Log {
  const store = openStore(path, MIGRATIONS)
  // A log to be thrown away; how it is searched is the same.
  store.pragma('synchronous = OFF')
  store.pragma('foreign_keys = OFF')
  const session = store.prepare(
    `INSERT INTO call_session (token, msisdn, charge_kind, call_id, cseq, began_at, ended_at)
     VALUES (?, ?, 1, ?, 1, ?, ?)`,
  )
  const entry = store.prepare(
    `INSERT INTO entry (token, entry, answered_at, finding, serial, face_value, now_locked)
     VALUES (?, 1, ?, ?, ?, ?, 0)`,
  )
  const charge = store.prepare(
    `INSERT INTO charge_record (token, entry, msisdn, charge_kind, serial, face_value, charged_at)
     VALUES (?, 1, ?, 1, ?, 1000, ?)`,
  )
  const numbers = lines / ENTRIES_OF_A_NUMBER
  for (let from = 0; from < lines; from += AT_ONCE) {
    store.transaction(() => {
      for (let n = from; n < Math.min(from + AT_ONCE, lines); n++) {
        const token = tokenAt(n)
        const at = BEGAN + n * 1_000
        const used = n % 10 === 0
        const msisdn = msisdnAt(n % numbers)
        session.run(token, msisdn, token.toString('hex'), at, at)
        entry.run(token, at, used ? 9 : 3, used ? FIRST_SERIAL + n : null, used ? 1_000 : null)
        if (used) charge.run(token, msisdn, FIRST_SERIAL + n, at)
      }
    })()
    checkpoint(store)
    const done = Math.min(from + AT_ONCE, lines)
    process.stderr.write(`\r${done.toLocaleString('en')} of ${lines.toLocaleString('en')} lines`)
  }
  process.stderr.write('\n')
  store.pragma('wal_checkpoint(TRUNCATE)')
  return { store, searcher: new EntrySearcher(store), lines }
}

const FIRST_SERIAL = seriesKey('MCA')

/** Spread as random tokens are, and the same in each run. */
function tokenAt(n: number): Buffer {
  const token = Buffer.alloc(16)
  token.writeUInt32BE(Math.imul(n, 0x9e37_79b1) >>> 0)
  token.writeUInt32BE(n, 12)
  return token
}

const msisdnAt = (n: number): number => 9_000_000_000 + n

interface Kind {
  readonly name: string
  readonly wanted: (n: number, log: Log) => EntrySearch
  /** Lines that the search must find. */
  readonly finds: number
}

const KINDS: readonly Kind[] = [
  {
    name: 'number',
    wanted: (n, { lines }) => ({
      msisdn: msisdnOf(msisdnAt(n % (lines / ENTRIES_OF_A_NUMBER))),
    }),
    finds: ENTRIES_OF_A_NUMBER,
  },
  { name: 'serial', wanted: n => ({ serial: serialOf(FIRST_SERIAL + n - (n % 10)) }), finds: 1 },
  {
    name: 'time',
    wanted: n => ({ from: epochMs(BEGAN), to: epochMs(BEGAN + Math.max(n, 200) * 1_000) }),
    finds: 200,
  },
  {
    name: 'result',
    wanted: n => ({ outcome: 'redeemed', to: epochMs(BEGAN + Math.max(n, 2_000) * 1_000) }),
    finds: 200,
  },
  { name: 'call', wanted: n => ({ call: tokenAt(n).toString('hex') }), finds: 1 },
]

/** Median time of searches for lines all over the log, in µs, and whether each found what it must. */
function timed(log: Log, { wanted, finds }: Kind): { medianUs: number; right: boolean } {
  const times: number[] = []
  let right = true
  for (let search = 0; search < SEARCHES; search++) {
    const n = Math.floor(((search * 0.618_033_988) % 1) * log.lines)
    const from = performance.now()
    const found = log.searcher.search(wanted(n, log)).length
    times.push((performance.now() - from) * 1_000)
    if (found !== finds) right = false
  }
  times.sort((a, b) => a - b)
  return { medianUs: times[SEARCHES / 2] ?? 0, right }
}
