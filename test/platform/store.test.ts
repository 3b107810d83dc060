import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { clockForThread, clockOfThread, SetClock, systemClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import { WriterThread } from '../../platform/writer-thread.js'
import type { LedgerOptions, LedgerQuestions } from '../support/ledger-thread.js'
import { MIGRATED_ROWS, SLOW_MIGRATIONS } from '../support/migrating-child.js'

/** The smallest store there is. */
const LEDGER: readonly string[] = ['CREATE TABLE line (amount INTEGER NOT NULL) STRICT']

const codeOf = async (act: () => unknown): Promise<string | undefined> => {
  try {
    await act()
    return undefined
  } catch (error) {
    return error instanceof Fault ? error.code : `${error}`
  }
}

t.test('every connection commits to the disk, also to a store that is opened again', async t => {
  const path = join(t.testdir(), 'a.db')
  for (const opening of ['made', 'opened again']) {
    const store = openStore(path, LEDGER)
    t.equal(store.pragma('journal_mode', { simple: true }), 'wal', opening)
    t.equal(store.pragma('synchronous', { simple: true }), 2, `${opening}: FULL`)
    t.equal(store.pragma('foreign_keys', { simple: true }), 1, opening)
    store.close()
  }
  const bare = new Sqlite(path)
  t.equal(bare.pragma('synchronous', { simple: true }), 1, 'left alone, the driver runs at NORMAL')
  bare.close()
})

t.test('forms are added in order, each once', async t => {
  const path = join(t.testdir(), 'a.db')
  openStore(path, LEDGER).close()
  const second = [
    ...LEDGER,
    'ALTER TABLE line ADD COLUMN note TEXT; INSERT INTO line VALUES (1, NULL)',
  ]
  for (const opening of [1, 2]) {
    const store = openStore(path, second)
    t.equal(store.prepare('SELECT count(*) FROM line').pluck().get(), 1, `opening ${opening}`)
    store.close()
  }
  t.equal(await codeOf(() => openStore(path, LEDGER)), 'STORE_TOO_NEW')
  const half = [...second, 'CREATE TABLE more (n INTEGER); CREATE TABLE line (n INTEGER)']
  t.equal(await codeOf(() => openStore(path, half)), 'STORE_FAILED')
  const store = openStore(path, second)
  t.equal(
    store.pragma('user_version', { simple: true }),
    2,
    'a form that fails leaves the one before',
  )
  t.throws(() => store.prepare('SELECT * FROM more'), 'and nothing of itself')
  store.close()
})

t.test(
  'killed while it changes its form, a store is in one form or the next, never between',
  async t => {
    const chance = seededChance(7)
    const folder = t.testdir()
    const reached = new Set<unknown>()
    for (let kill = 0; kill < 6; kill++) {
      const path = join(folder, `${kill}.db`)
      const child = fork(new URL('../support/migrating-child.js', import.meta.url), [path])
      await once(child, 'message')
      await wait(Math.floor(chance() * 120))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const left = new Sqlite(path)
      const form = Number(left.pragma('user_version', { simple: true }))
      const tables = left.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
      t.equal(tables, form, `kill ${kill}: form ${form} has its tables and no others`)
      left.close()
      reached.add(form)
      const store = openStore(path, SLOW_MIGRATIONS)
      t.equal(store.pragma('user_version', { simple: true }), SLOW_MIGRATIONS.length)
      const rows = (table: string) => store.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
      t.strictSame(['first', 'second', 'third'].map(rows), [1, MIGRATED_ROWS, 1])
      store.close()
    }
    t.comment(`forms found after a kill: ${[...reached].join(', ')}`)
  },
)

t.test('what is no store, or a damaged one, is refused and not touched', async t => {
  const folder = t.testdir()
  const path = join(folder, 'a.db')
  const store = openStore(path, LEDGER)
  const add = store.prepare('INSERT INTO line VALUES (?)')
  store.transaction(() => {
    for (let n = 0; n < 20_000; n++) add.run(n)
  })()
  store.close()
  const sound = readFileSync(path)
  const damaged = Buffer.from(sound)
  damaged.fill(0xff, 5 * 4096, 6 * 4096)
  // biome-ignore format: table
  for (const [bytes, because] of [
    [Buffer.from('this was never a store of this product\n'.repeat(200)), 'a text file'],
    [damaged,                                                             'a page overwritten'],
    [sound.subarray(0, 9 * 4096),                                         'its end cut off'],
  ] as const) {
    writeFileSync(path, bytes)
    t.equal(await codeOf(() => openStore(path, LEDGER)), 'STORE_DAMAGED', because)
    t.ok(readFileSync(path).equals(bytes), `${because}: left as it was`)
  }
  t.strictSame(readdirSync(folder), ['a.db'], 'and nothing is left beside it')

  writeFileSync(path, sound)
  const killed = openStore(path, LEDGER)
  killed.prepare('INSERT INTO line VALUES (0)').run()
  const log = readFileSync(`${path}-wal`)
  const other = join(folder, 'b.db')
  writeFileSync(other, damaged)
  writeFileSync(`${other}-wal`, log)
  t.equal(await codeOf(() => openStore(other, LEDGER)), 'STORE_DAMAGED', 'after a kill')
  t.ok(readFileSync(other).equals(damaged), 'the store of a killed program is left as it was')
  t.ok(readFileSync(`${other}-wal`).equals(log), 'and so is its write-ahead log')
  writeFileSync(other, sound)
  const rescued = openStore(other, LEDGER)
  t.equal(rescued.prepare('SELECT count(*) FROM line').pluck().get(), 20_001, 'sound, it is read')
  rescued.close()
  killed.close()
  t.equal(await codeOf(() => openStore(join(folder, 'no', 'a.db'), [])), 'FOLDER_NOT_WRITABLE')
  t.equal(await codeOf(() => openStoreToRead(join(folder, 'c.db'))), 'FOLDER_NOT_WRITABLE')
})

t.test('several works share a commit, each answered when it can be read by others', async t => {
  const path = join(t.testdir(), 'a.db')
  const store = openStore(path, LEDGER)
  const writer = new GroupCommit(store, { lingerMs: 5, groupMax: 10 })
  const reader = openStoreToRead(path)
  const lines = () => reader.prepare('SELECT amount FROM line ORDER BY rowid').pluck().all()
  const add = store.prepare<[number]>('INSERT INTO line VALUES (?)')
  const seen: number[] = []
  const amounts = Array.from({ length: 25 }, (_, n) => n)
  await Promise.all(
    amounts.map(async n => {
      await writer.run(() => add.run(n))
      seen.push(lines().length)
    }),
  )
  t.strictSame(lines(), amounts, 'in the order they were asked')
  t.strictSame([...new Set(seen)], [20, 25], 'two full groups at once, the rest after the linger')
  reader.close()
  store.close()
})

t.test('a work that throws is undone alone', async t => {
  const store = openStore(join(t.testdir(), 'a.db'), LEDGER)
  const writer = new GroupCommit(store)
  const add = store.prepare<[number]>('INSERT INTO line VALUES (?)')
  const works = [1, 2, 3].map(n =>
    writer.run(() => {
      add.run(n)
      if (n === 2) throw new Error('a broken promise')
    }),
  )
  const settled = await Promise.allSettled(works)
  t.strictSame(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.strictSame(store.prepare('SELECT amount FROM line').pluck().all(), [1, 3])
  store.close()
})

t.test('one work more than may wait is refused before anything is done', async t => {
  const store = openStore(join(t.testdir(), 'a.db'), LEDGER)
  const writer = new GroupCommit(store, { lingerMs: 1, groupMax: 100, queueMax: 3 })
  const run = () => writer.run(() => 'done')
  const asked = [run(), run(), run(), codeOf(run)]
  t.strictSame(await Promise.all(asked), ['done', 'done', 'done', 'OVERLOADED'])
  t.equal(await run(), 'done', 'and taken when there is room again')
  store.close()
})

t.test('a full disk fails the group, acknowledges nothing of it, and passes', async t => {
  const store = openStore(join(t.testdir(), 'a.db'), LEDGER)
  const broken: Fault[] = []
  const writer = new GroupCommit(store, { onBroken: fault => broken.push(fault) })
  const fill = store.prepare(
    `WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count LIMIT 20000)
     INSERT INTO line SELECT n FROM count`,
  )
  const lines = () => store.prepare('SELECT count(*) FROM line').pluck().get()
  store.pragma('max_page_count = 10')
  const one = () => writer.run(() => store.prepare('INSERT INTO line VALUES (7)').run())
  const asked = [codeOf(one), codeOf(() => writer.run(() => fill.run())), codeOf(one)]
  t.strictSame(await Promise.all(asked), ['STORE_FAILED', 'STORE_FAILED', 'STORE_FAILED'])
  t.equal(lines(), 0)
  store.pragma('max_page_count = 100000')
  await one()
  t.equal(lines(), 1, 'space came back')
  t.strictSame(broken, [], 'nothing is wrong with the store')
  store.close()
})

t.test('a store that another program holds is served late, or fails that group alone', async t => {
  const path = join(t.testdir(), 'a.db')
  const store = openStore(path, LEDGER)
  store.pragma('busy_timeout = 30')
  const other = new Sqlite(path)
  other.exec('BEGIN IMMEDIATE')
  const writer = new GroupCommit(store)
  const add = () => writer.run(() => store.prepare('INSERT INTO line VALUES (7)').run().changes)
  t.equal(await codeOf(add), 'STORE_FAILED')
  other.exec('COMMIT')
  t.equal(await add(), 1)
  other.close()
  store.close()
})

t.test('after a commit that failed in any other way nothing is acknowledged any more', async t => {
  const store = openStore(join(t.testdir(), 'a.db'), LEDGER)
  const broken: Fault[] = []
  const writer = new GroupCommit(store, { onBroken: fault => broken.push(fault) })
  const asked = [1, 2].map(() => codeOf(() => writer.run(() => 'done')))
  store.close()
  t.strictSame(await Promise.all(asked), ['STORE_FAILED', 'STORE_FAILED'])
  t.equal(await codeOf(() => writer.run(() => 'done')), 'STORE_FAILED')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(broken.length, 1, 'the owner is told once')
})

const startLedger = (path: string, onDeath: (error: Error) => void) => {
  const options: LedgerOptions = { path, migrations: LEDGER }
  const module = new URL('../support/ledger-thread.js', import.meta.url)
  return WriterThread.start<LedgerQuestions>(module, options, onDeath)
}

t.test(
  'a thread that owns a store answers, in order, and once it closes all it was asked',
  async t => {
    const path = join(t.testdir(), 'a.db')
    const unasked = (error: Error) => t.fail(`the thread ended unasked: ${error}`)
    const thread = await startLedger(path, unasked)
    t.strictSame(await Promise.all([1, 2, 3].map(n => thread.ask('add', n))), [1, 3, 6])
    t.equal(
      await codeOf(() => thread.ask('refuse', 'no room')),
      'OVERLOADED',
      'a fault is an answer',
    )
    const last = thread.ask('add', 4)
    await thread.close()
    t.equal(await last, 10, 'asked before the close, answered before the end')
    t.match(await codeOf(() => thread.ask('add', 5)), /closed/)
    await thread.close()
    const again = await startLedger(path, unasked)
    t.equal(await again.ask('add', 0), 10)
    await again.close()
  },
)

t.test('a thread that breaks ends, its owner is told, and nothing waits for ever', async t => {
  const path = join(t.testdir(), 'a.db')
  const deaths: Error[] = []
  const thread = await startLedger(path, error => deaths.push(error))
  const waiting = codeOf(() => thread.ask('never', undefined))
  t.match(await codeOf(() => thread.ask('breakPromise', 'a broken promise')), /a broken promise/)
  t.match(await waiting, /a broken promise/)
  t.equal(deaths.length, 1)
  await thread.close()
})

t.test('a store that its thread cannot open is told as the fault it is', async t => {
  const path = join(t.testdir({ 'a.db': 'not a store'.repeat(1_000) }), 'a.db')
  const start = () => startLedger(path, () => {})
  t.equal(await codeOf(start), 'STORE_DAMAGED')
})

t.test('a thread is given the clock of who starts it', async t => {
  t.equal(clockOfThread(clockForThread(systemClock)), systemClock)
  const clock = new SetClock(epochMs(1_000))
  const shared = clockOfThread(clockForThread(clock))
  t.equal(shared.now(), 1_000)
  clock.set(epochMs(2_000))
  t.equal(shared.now(), 2_000)
  t.throws(() => clockForThread({ now: () => epochMs(0) }), TypeError)
})
