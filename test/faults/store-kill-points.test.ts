import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { MIGRATIONS as BILLING } from '../../billing/store/migrations.js'
import { MIGRATIONS as CRS } from '../../crs/store/migrations.js'
import { MIGRATIONS as NOC } from '../../noc/store/migrations.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { copyStore, openStore, openStoreToRead } from '../../platform/store.js'
import { MIGRATIONS as SCP } from '../../scp/store/migrations.js'
import { UNIT_MIGRATIONS as UNITS } from '../../switch-sim/mls/mscp/unit-accounts.js'
import { charge, jst, openBillingDesk } from '../support/billing-desk.js'
import { type DiskRecorder, diskRecorder } from '../support/disk/recorder.js'
import { memoryFolder } from '../support/memory-folder.js'

const OPENING = fileURLToPath(new URL('../support/opening-child.js', import.meta.url))
const CLOSING = fileURLToPath(new URL('../support/closing-child.js', import.meta.url))

/** Kills at each point, at another time each. The night tier sets 20. */
const TIMES = Number(process.env.MCSCP_TEST_KILLS_A_POINT ?? 1)

const module = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Each store with what brings it to its newest form, and forms from which it is brought there. */
// biome-ignore format: table
const STORES = [
  ['scp',     SCP,     module('scp/store/migrations.js'),                [0, 1, SCP.length >> 1, SCP.length - 1]],
  ['crs',     CRS,     module('crs/store/migrations.js'),                [0, CRS.length - 1]],
  ['billing', BILLING, module('billing/store/migrations.js'),            [0, BILLING.length - 1]],
  ['noc',     NOC,     module('noc/store/migrations.js'),                [0]],
  ['units',   UNITS,   module('switch-sim/mls/mscp/unit-accounts.js'),   [0]],
] as const

const FORMS = STORES.reduce((sum, [, , , forms]) => sum + forms.length, 0)

/** Contracts whose month is closed, four in a commit. */
const CONTRACTS = 40

// biome-ignore format: table
const CLOSING_POINTS = [
  ['sync', 'before', 'some contracts are settled, not flushed'],
  ['sync', 'after',  'some contracts are settled'],
] as const

const slow = { timeout: TIMES * (FORMS + CLOSING_POINTS.length) * 10_000 + 60_000 }
t.setTimeout(3 * slow.timeout)

const chance = seededChance(20_001_206)
const countOf = (upTo: number) => 1 + Math.floor(chance() * upTo)

/** Runs a program that is to be killed; whether it was. */
async function killed(
  recorder: DiskRecorder,
  folder: string,
  point: Parameters<DiskRecorder['killing']>[1],
  words: readonly string[],
): Promise<boolean> {
  const env = recorder.killing(folder, point)
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [, signal] = await once(child, 'close')
  return signal === 'SIGKILL'
}

const recorder = diskRecorder(t, TIMES * (FORMS + CLOSING_POINTS.length), 'kills of stores')

if (recorder) {
  t.test('XF2: killed within a migration, a store is brought to its newest form', slow, async t => {
    const path = join(memoryFolder(t), 'killed.db')
    for (let time = 0; time < TIMES; time++) {
      for (const [name, migrations, module, forms] of STORES) {
        const list = migrations === UNITS ? 'UNIT_MIGRATIONS' : 'MIGRATIONS'
        for (const form of forms) {
          for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
          openStore(path, migrations.slice(0, form)).close()
          const act = chance() < 0.5 ? 'write' : 'sync'
          const when = chance() < 0.5 ? 'before' : 'after'
          const count = countOf(migrations.length - form)
          const point = { act, when, count, file: '.db-wal' } as const
          const died = await killed(recorder, path, point, [OPENING, path, module, list])
          t.ok(died, `${name}, from form ${form}: killed ${when} ${act} ${count}`)
          const store = openStore(path, migrations)
          t.equal(store.pragma('user_version', { simple: true }), migrations.length, 'whole')
          t.equal(store.pragma('integrity_check', { simple: true }), 'ok', 'and sound')
          store.close()
        }
      }
    }
  })

  t.test('XF2: killed while it closes a month, billing comes to the same books', slow, async t => {
    const desk = openBillingDesk(t)
    const charges = Array.from({ length: CONTRACTS }, (_, n) =>
      charge(n, `2000-12-0${1 + (n % 9)}T10:00`, 1_000 + (n % 3) * 1_000),
    )
    for (let n = 0; n < CONTRACTS; n++) await desk.contract(n)
    await desk.days('2000-12-01', '2000-12-31', charges)
    const now = jst('2001-01-02')
    const totals = charges.map(({ msisdn }, n) => ({ of: { msisdn }, total: n * 100 }))
    await desk.store.takeInvoices('2000-12' as never, totals as never, 'import')
    const folder = memoryFolder(t)
    const path = join(folder, 'billing.db')
    const words = [CLOSING, path, '2000-12', `${now}`]
    await copyStore(desk.path, path)
    await once(spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] }), 'close')
    const expected = contentOf(path)
    t.match(expected.get('month_close'), [/2000-12|200012/], 'undisturbed, the month is closed')
    for (let time = 0; time < TIMES; time++) {
      for (const [act, when, because] of CLOSING_POINTS) {
        for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
        await copyStore(desk.path, path)
        // The close begins, is settled in ten commits and finished; killed as often as it is started, but for the last.
        let kills = 0
        for (;;) {
          const point = { act, when, count: countOf(5), file: '.db-wal' } as const
          if (!(await killed(recorder, folder, point, words))) break
          kills++
        }
        t.ok(kills > 0, `${because}: killed ${kills} times`)
        t.strictSame(contentOf(path), expected, 'every row is as if it never had been')
      }
    }
  })
}

/** Every row of every table, as text. */
function contentOf(path: string): Map<string, string[]> {
  const store = openStoreToRead(path)
  const tables = store.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all()
  const content = new Map(
    tables.map(table => [
      `${table}`,
      store
        .prepare(`SELECT * FROM "${table}"`)
        .all()
        .map(row => JSON.stringify(row)),
    ]),
  )
  store.close()
  return content
}
