import t from 'tap'
import { CHARGE_KINDS } from '../../domain/charge-kind.js'
import { PROGRAMS } from '../../mcscp/programs.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { SubscriberStore } from '../../switch-sim/mls/subscribers/subscriber-store.js'
import { openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'
import { sourceFiles } from './source-files.js'

/** Columns that could hold a balance, by their names. */
const BALANCE = /balance|remain|left|carry|carried|credit|deposit|残/i

/** Where `remaining` is what a refused caller was told of the month's cap, not money of theirs. */
const NO_BALANCE = ['entry.remaining']

/** The columns of a store, read beside what opened it. */
function columnsOf(path: string): string[] {
  const store = openStoreToRead(path)
  const tables = store.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  const columns = tables.flatMap(table =>
    (store.pragma(`table_info(${table})`) as { name: string }[]).map(one => `${table}.${one.name}`),
  )
  store.close()
  return columns
}

/** Whom a program may be told of, by the names of its settings; the switch's road has no settings of these. */
const ROAD = /^MCSCP_(?:SCP_CRS|CRS|BILLING|ARIS)_/

t.test(
  'N-01: CRS is the gate: the network and billing know of it, and not of each other',
  async t => {
    const told = new Map(
      PROGRAMS.map(({ name, settings }) => {
        const names = Object.values(settings).map(setting => setting.name)
        return [name, names.filter(one => ROAD.test(one) && /_(?:ADDRESS|HOST|PORT)$/.test(one))]
      }),
    )
    const { scp, crs, billing, ...others } = Object.fromEntries(told)
    t.strictSame(scp, ['MCSCP_SCP_CRS_ADDRESS'], 'scp brings records to CRS')
    t.strictSame(billing, ['MCSCP_CRS_FTP_HOST', 'MCSCP_CRS_FTP_PORT'], 'billing fetches from CRS')
    t.ok(
      billing?.every(name => crs?.includes(name)),
      'at CRS’s own door',
    )
    t.ok(Object.keys(others).length > 3, `${Object.keys(others).join(', ')} know of neither`)
    // A program's own door tells it of nobody.
    for (const [name, names] of Object.entries(others)) {
      const own = `MCSCP_${name.toUpperCase()}_`
      t.strictSame(
        names.filter(one => !one.startsWith(own)),
        [],
        name,
      )
    }
    // What Pricall's network has is whole without CRS: its scenario and the switch never name it.
    const pricall = sourceFiles().filter(({ path }) =>
      /^(?:scp\/scenarios\/pricall|switch-sim)\//.test(path),
    )
    t.ok(pricall.length > 20, `${pricall.length} sources of Pricall’s network`)
    t.strictSame(
      pricall.filter(({ text }) => /\bCRS\b|_CRS_|\/crs\//.test(text)).map(({ path }) => path),
      [],
    )
  },
)

t.test('N-02: neither MCSCP nor switch holds a balance of a Mobilers caller', async t => {
  const folder = t.testdir()
  const scp = `${folder}/scp.sqlite`
  openStore(scp, MIGRATIONS).close()
  const subscribers = `${folder}/subscribers.sqlite`
  new SubscriberStore(subscribers).close()
  for (const path of [scp, subscribers]) {
    const columns = columnsOf(path)
    t.ok(columns.length > 4, `${columns.length} columns were read`)
    const suspicious = columns.filter(one => BALANCE.test(one) && !NO_BALANCE.includes(one))
    t.strictSame(suspicious, [])
  }
  for (const kind of CHARGE_KINDS) {
    const desk = await openDesk(t, { folder: t.testdir({ [kind]: {} }) })
    const { pin } = await desk.card(3_000)
    await desk.key(await desk.call(phone(1), kind), pin)
    const waiting = await desk.store.ask('waitingUnits', { after: 0, max: 10 })
    t.equal(waiting.length, kind === 'pricall' ? 1 : 0, `${kind}: units on their way`)
    await desk.close()
  }
})

/** The proofs that nothing was lost read every store, and do nothing. */
const PROOF = /^mcscp\/(?:reconcile|liability)\//

/** Each function of Table 4 by the words that do it, and the only places that may use them. */
// biome-ignore format: table
const OWNERS: readonly (readonly [what: string, words: RegExp, owner: RegExp])[] = [
  ['MSCP: 加入者情報管理',      /new SubscriberStore\(/,                 /^switch-sim\/mls\//],
  ['MSCP: 度数管理',            /new UnitAccounts\(|\bunit_account\b/,   /^switch-sim\/mls\/mscp\//],
  ['MLS: チャージ接続',         /'dial_mcscp'/,                          /^switch-sim\/mls\//],
  ['MLS: 通話度数減算',         /ask\('debit'/,                          /^switch-sim\/mls\/switch-call\.ts$/],
  ['MCSCP: チャージ制御',       /new Charges\(store, stamp/,             /^scp\/store\//],
  ['MCSCP: charge transaction', /ask\('charge'/,                         /^scp\/http\/charge-routes\.ts$/],
]

t.test('N-03: each function of Table 4 is called at its owner alone', async t => {
  const files = sourceFiles().filter(({ folder }) => folder !== 'test' && folder !== 'bench')
  for (const [what, words, owner] of OWNERS) {
    const users = files.filter(({ text }) => words.test(text)).map(({ path }) => path)
    t.ok(users.length > 0, `${what}: ${users.join(', ')}`)
    t.strictSame(
      users.filter(path => !owner.test(path) && !PROOF.test(path)),
      [],
      what,
    )
  }
  // 料金システム: 度数(金額)管理, 度数充当. No other program names the ledger's store.
  const ledger = files.filter(({ text }) => /\b(INTO|FROM|UPDATE) ledger/.test(text))
  t.ok(
    ledger.every(({ folder, path }) => folder === 'billing' || PROOF.test(path)),
    'the money is billing’s',
  )
})
