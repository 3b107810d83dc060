import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { crsStore } from '../../crs/config.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, startOfQuarterHour } from '../../domain/jst.js'
import { encodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { yen } from '../../domain/yen.js'
import { manifestIn, readManifest } from '../../mcscp/backup/manifest.js'
import { putBack } from '../../mcscp/backup/put-back.js'
import { takeBackup } from '../../mcscp/backup/take.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { Metrics } from '../../platform/metrics/metrics.js'
import { sha256 } from '../../platform/sha256.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import { transferKey } from '../../platform/transfer-signature.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { pinKeysFile, scpStore } from '../../scp/config.js'
import { runBehindFence } from '../../scp/restoration/behind-fence.js'
import { openFence } from '../../scp/restoration/fence.js'
import { serialKey } from '../../scp/store/keys.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { chargeRecord, openCrs, until } from '../support/crs-desk.js'
import { booksWrong } from '../support/disk/scp-audit.js'
import { freshHome } from '../support/fresh-home.js'
import { HonestCrs } from '../support/honest-crs.js'
import { jst } from '../support/scp-desk.js'
import { openNode, type ScpNode } from '../support/scp-node.js'
import { openScp } from '../support/scp-program.js'
import { phone } from '../support/scp-values.js'

/** Charges between two backups, and backups; the night tier sets more of both. */
const CHARGES = Number(process.env.MCSCP_TEST_RESTORE_CHARGES ?? 30)
const BACKUPS = Number(process.env.MCSCP_TEST_BACKUPS ?? 2)

/** Records of a long quarter-hour file, longer than 16 MiB; the night tier sets nearly what CRS takes, and asks it. */
const BIG_FILE = Number(process.env.MCSCP_TEST_BIG_FILE ?? 180_000)
const BIG_TO_CRS = process.env.MCSCP_TEST_BIG_FILE !== undefined

const slow = { timeout: 120_000 + CHARGES * BACKUPS * 100 }
t.setTimeout(2 * slow.timeout)

const START = jst('2001-01-30T12:07:00')
const QUARTER_MS = 900_000
const tell = () => {}
const nobodyCharges = { info: () => {} }

/** A number of its own for each card, so that no month is full. */
const numberOf = (card: number) => phone(card)
const kindOf = (card: number) => (card % 5 === 4 ? 'pricall' : 'mobilers')

/** What was charged so far, as an index into the cards. */
interface Charging {
  readonly cards: readonly ClearCard[]
  next: number
}

async function chargeSome(node: ScpNode, charging: Charging, count: number): Promise<void> {
  for (const end = charging.next + count; charging.next < end; charging.next++) {
    const card = charging.cards[charging.next]
    if (!card) throw new Error('the cards are used up')
    const finding = await node.charge(numberOf(charging.next), card.pin, kindOf(charging.next))
    if (finding !== 'redeemed') throw new Error(`card ${charging.next}: ${finding}`)
  }
}

/** What moves a node's secrets to another machine, beside the backup. */
function handKeys(from: Home, to: Home): void {
  copyFileSync(pinKeysFile(from), pinKeysFile(to))
  copyFileSync(join(from.keys, 'transfer-scp1'), join(to.keys, 'transfer-scp1'))
}

const one = (path: string, sql: string): number => {
  const store = openStoreToRead(path)
  const found = Number(store.prepare(sql).pluck().get())
  store.close()
  return found
}

async function delivered(node: ScpNode): Promise<void> {
  await node.close15()
  await until(
    'all is acknowledged',
    async () => (await node.store.ask('countOwedToCrs', undefined)) === 0,
  )
}

/** Everything in CRS stands once in the node, and a card that was charged is charged no more. */
async function checkRestored(
  t: Test,
  home: Home,
  crsHome: Home,
  node: ScpNode,
  charging: Charging,
) {
  const { cards, next } = charging
  const reader = openStoreToRead(scpStore(home))
  const charged = new Set(
    reader.prepare('SELECT serial FROM charge_record').pluck().all().map(Number),
  )
  t.strictSame(
    booksWrong(reader, { charged: [], refused: [], wrong: new Map() }, charged),
    [],
    'I1, I2, I4, I6',
  )
  reader.close()
  const expected = cards.slice(0, next).map(({ serial }) => serialKey(serial))
  t.strictSame(charged, new Set(expected), 'I3: every charge that CRS has')
  t.equal(one(crsStore(crsHome), 'SELECT count(*) FROM charge_record'), next, 'and no other')
  for (const card of [0, next >> 1, next - 1]) {
    const pin = cards[card]?.pin
    const finding = pin && (await node.charge(phone(80_000 + card), pin))
    t.equal(finding, 'used', `card ${card} is used already, for another handset`)
  }
}

t.test(
  'XF7: a node restored from an old backup burns what CRS accepted before it takes calls',
  slow,
  async t => {
    const home = freshHome(t)
    const crsHome = freshHome(t)
    const clock = new SetClock(START)
    transferKey(home, 'scp1')
    copyFileSync(join(home.keys, 'transfer-scp1'), join(crsHome.keys, 'transfer-scp1'))
    const crs = await openCrs(t, { home: crsHome, at: START })
    const port = Number(new URL(crs.running.listening.intake ?? '').port)
    const node = await openNode(home, clock, port)
    const charging = { cards: await node.cards(CHARGES * (3 * BACKUPS + 3), 1_000), next: 0 }
    const backups: string[] = []
    for (let taken = 0; taken < BACKUPS; taken++) {
      await chargeSome(node, charging, CHARGES)
      const backup = join(freshHome(t).folder, 'backup')
      const underLoad = chargeSome(node, charging, CHARGES)
      await takeBackup({ home, backup, withKeys: false, now: () => clock.now(), tell })
      await underLoad
      backups.push(backup)
      await chargeSome(node, charging, CHARGES)
      // Far enough for a day to close among them.
      for (let quarter = 0; quarter < 50; quarter++) {
        clock.set(epochMs(clock.now() + QUARTER_MS))
        crs.clock.set(clock.now())
      }
      await delivered(node)
    }
    const told = charging.next
    await node.end()

    for (const backup of backups) {
      const target = freshHome(t)
      await putBack({ home: target, backup, now: () => clock.now(), tell })
      t.strictSame(readdirSync(target.keys), [], 'no key came with the backup')
      handKeys(home, target)
      charging.next = told
      const restored = await openNode(target, clock, port)
      const { store, client } = restored
      const away = {
        accepted: () => client.accepted(1),
        expected: () => Promise.reject(new Fault('PEER_UNREACHABLE', 'away')),
      }
      await t.rejects(openFence({ store, client: away, log: nobodyCharges }), {
        code: 'PEER_UNREACHABLE',
      })
      t.ok(await store.ask('openRestoration', undefined), 'without CRS the fence stays closed')
      await openFence({ store, client, log: nobodyCharges })
      t.notOk(await store.ask('openRestoration', undefined), 'with CRS it opens')
      await checkRestored(t, target, crsHome, restored, charging)
      if (backup === backups.at(-1)) {
        await chargeSome(restored, charging, CHARGES)
        clock.set(epochMs(clock.now() + 2 * QUARTER_MS))
        crs.clock.set(clock.now())
        await delivered(restored)
        await checkRestored(t, target, crsHome, restored, charging)
      } else await restored.close15()
      for (const name of readdirSync(home.quarterHourFiles)) {
        const [was, is] = [home, target].map(at =>
          readFileSync(join(at.quarterHourFiles, name), 'latin1'),
        )
        if (was !== is) t.fail(`I7: ${name} is another file`)
      }
      t.equal(
        one(scpStore(target), 'SELECT count(*) FROM unit_outbox'),
        one(scpStore(target), 'SELECT count(*) FROM charge_record WHERE charge_kind = 2'),
        'units of every Pricall card are owed again',
      )
      await restored.end()
    }
    const alarms = crs.alarms().filter(code => code !== 'RECORD_UNMAPPED')
    t.strictSame(alarms, [], 'CRS was given nothing twice and nothing changed')
  },
)

t.test('XF7: a backup that does not lead to what CRS accepted keeps the fence closed', async t => {
  const home = freshHome(t)
  const clock = new SetClock(START)
  const node = await openNode(home, clock, 1)
  await node.cards(1, 1_000)
  const backup = join(freshHome(t).folder, 'backup')
  await takeBackup({ home, backup, withKeys: true, now: () => clock.now(), tell })
  const [late] = await node.cards(1, 3_000)
  if (!late) throw new Error('no card was made')
  await node.charge(phone(1), late.pin)
  clock.set(epochMs(clock.now() + QUARTER_MS))
  const file = async () => {
    await node.close15()
    const [name = ''] = readdirSync(home.quarterHourFiles)
    return readFileSync(join(home.quarterHourFiles, name), 'latin1')
  }
  const text = await file()
  await node.end()
  const target = freshHome(t)
  await putBack({ home: target, backup, now: () => clock.now(), tell })
  const { store, end } = await openNode(target, clock, 1)
  const knows = (files: readonly string[], expected: number | JstDay) => ({
    accepted: async (due: unknown) => files[Number(due) - 1],
    expected: async () => expected,
  })
  // biome-ignore format: table
  for (const [client, code, because] of [
    [knows([text], 2),             'BACKUP_TOO_OLD',      'the card was made after the backup'],
    [knows([], 2),                 'BACKUP_TOO_OLD',      'CRS cannot give the file back'],
    [knows([], jstDay(START)),     'BACKUP_TOO_OLD',      'nor a day of which it has every file'],
    [knows([text.slice(0, -9)], 2), 'PEER_ANSWER_INVALID', 'it comes back cut short'],
  ] as const) {
    await t.rejects(openFence({ store, client, log: nobodyCharges }), { code }, because)
    t.ok(await store.ask('openRestoration', undefined), 'and no call is taken')
  }
  await openFence({ store, client: knows([], 1), log: nobodyCharges })
  t.notOk(await store.ask('openRestoration', undefined), 'CRS had nothing: it is as it was')
  await end()
})

t.test('XF7: a restored node serves nobody until its fence is open, and then as ever', async t => {
  const pauses: (() => void)[] = []
  const done: string[] = []
  let away = true
  const serving = {
    listening: {},
    status: () => ({ ready: true, calls: 3 }),
    close: async () => void done.push('closed'),
  }
  const running = runBehindFence({
    openFence: async () => {
      done.push('asked')
      if (away) throw new Fault('PEER_UNREACHABLE', 'away')
    },
    serve: async () => {
      done.push('served')
      return serving
    },
    listening: { questions: 'here' },
    later: run => {
      pauses.push(run)
      return () => {}
    },
    log: pino({ level: 'silent' }),
  })
  await until('it waits', () => pauses.length > 0)
  t.strictSame(running.status(), { ready: false, calls: 0 })
  away = false
  pauses.at(-1)?.()
  await until('it serves', () => running.status().ready)
  t.equal(running.status().calls, 3)
  await running.close()
  t.strictSame(done, ['asked', 'asked', 'served', 'closed'])
})

t.test('XF7: a restored node tells its metrics before it takes calls, and after', async t => {
  const home = freshHome(t)
  const rig = await openScp(t, home, new SetClock(jst('2001-01-15T12:00:00')))
  const first = await rig.start()
  await first.close()
  const store = openStore(scpStore(home), MIGRATIONS)
  store.prepare('INSERT INTO restoration (taken_at, restored_at) VALUES (1, 2)').run()
  store.close()
  const running = await rig.start({ MCSCP_SCP_CRS_ADDRESS: '127.0.0.1:9' })
  t.equal(running.status().ready, false, 'its fence is closed')
  const metrics = new Metrics()
  running.registerMetrics?.(metrics)
  const told = await metrics.text()
  t.match(told, /^mcscp_charge_calls_total\{charge_kind="mobilers",result="accepted"\} 0$/m)
  t.match(told, /^mcscp_crs_transfer_errors_total 0$/m)
  await running.close()
})

t.test('XF7: a file of more than 16 MiB is taken, and given back, to the byte', slow, async t => {
  const crsHome = freshHome(t)
  const key = transferKey(crsHome, 'scp1')
  // The real CRS reads each record and keeps it: half a minute, for the night.
  const port = BIG_TO_CRS
    ? Number(
        new URL((await openCrs(t, { home: crsHome, at: START })).running.listening.intake ?? '')
          .port,
      )
    : (await HonestCrs.open(t, key)).port
  const client = new CrsClient({ place: { host: '127.0.0.1', port }, node: 'scp1', key })
  t.teardown(() => client.close())
  const beganAt = startOfQuarterHour(START)
  const closedAt = epochMs(beganAt + QUARTER_MS)
  const header = { node: 'scp1', number: 1, beganAt, closedAt, firstSequence: 1 }
  const like = chargeRecord(beganAt)
  const records = Array.from({ length: BIG_FILE }, (_, n) => ({
    ...like,
    chargeId: chargeId(`${n}`.padStart(32, '0') as CallSessionToken, 1),
  }))
  const bytes = Buffer.from([...encodeQuarterHourFile(header, records, sha256())].join(''))
  t.ok(bytes.length > 16 * 1_048_576, `${bytes.length} bytes`)
  const closed = { ...header, recordCount: BIG_FILE }
  const seal = bytes.subarray(-65, -1).toString()
  const sum = yen(BIG_FILE * like.faceValue)
  const delivery = { kind: 'quarter_hour_file', due: 1, sum, sha256: seal, closed } as const
  t.match(await client.send([{ delivery, bytes }]), [{ outcome: 'acknowledged' }])
  const given = await client.accepted(1)
  t.equal(given?.length, bytes.length)
  t.ok(given === bytes.toString('latin1'), 'to the byte')
})

t.test('a backup is whole or refused, and nothing is ever written over', async t => {
  const home = freshHome(t)
  const clock = new SetClock(START)
  const node = await openNode(home, clock, 1)
  await node.cards(3, 1_000)
  writeFileSync(home.settingsFile, '# nothing\n')
  const folder = freshHome(t).folder
  const now = () => clock.now()
  const bare = join(folder, 'bare')
  const full = join(folder, 'full')
  await takeBackup({ home, backup: bare, withKeys: false, now, tell })
  await takeBackup({ home, backup: full, withKeys: true, now, tell })
  await node.end()
  t.notOk(readdirSync(bare).includes('keys'), 'keys are left out')
  t.ok(readdirSync(join(full, 'keys')).length > 0, 'unless asked for')
  const refused = { code: 'BACKUP_REFUSED' }
  await t.rejects(
    takeBackup({ home, backup: bare, withKeys: false, now, tell }),
    refused,
    'a folder that is there',
  )
  const none = freshHome(t)
  await t.rejects(
    takeBackup({ home: none, backup: join(folder, 'x'), withKeys: false, now, tell }),
    refused,
    'no store',
  )
  await t.rejects(putBack({ home, backup: full, now, tell }), refused, 'a living home')
  await t.rejects(
    putBack({ home: none, backup: join(folder, 'x'), now, tell }),
    refused,
    'no backup',
  )
  await t.rejects(
    putBack({ home: none, backup: full, only: ['crs'], now, tell }),
    refused,
    'no such store',
  )
  await putBack({ home: none, backup: full, now, tell })
  t.ok(readdirSync(none.keys).includes('card-pin-keys'), 'keys come back with it')
  const other = freshHome(t)
  const copied = join(full, 'store/scp.sqlite')
  const bytes = readFileSync(copied)
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
  rmSync(copied)
  writeFileSync(copied, bytes)
  await t.rejects(putBack({ home: other, backup: full, now, tell }), refused, 'one bit of it fell')
  t.strictSame(readdirSync(other.stores), [], 'and nothing was put back')
  writeFileSync(join(other.stores, 'scp.sqlite-wal'), 'what a killed program left')
  await t.rejects(
    putBack({ home: other, backup: bare, now, tell }),
    refused,
    'a log without its store',
  )
  t.strictSame(readdirSync(other.stores), ['scp.sqlite-wal'], 'which nobody overwrites')
})

t.test(
  'a name that an operator gave a file is carried, or refused before anything is copied',
  async t => {
    const home = freshHome(t)
    const clock = new SetClock(START)
    const node = await openNode(home, clock, 1)
    await node.end()
    const now = () => clock.now()
    const folder = freshHome(t).folder
    // biome-ignore format: table
    for (const [name, carried, because] of [
    ['companies (2026).csv',    true,  'a space and brackets'],
    ['会社..csv',               true,  'another script, and two dots that lead nowhere'],
    ['a\nb.csv',                false, 'a line feed forges lines'],
    ['back\\slash.csv',         false, 'which some systems take for a folder'],
    [Buffer.from('e\xe9.csv', 'latin1'), false, 'not in UTF-8: Node cannot name it'],
  ] as const) {
    const path = Buffer.concat([Buffer.from(`${home.codeTables}/`), Buffer.from(name)])
    writeFileSync(path, 'mine')
    const backup = join(folder, `${readdirSync(folder).length}-backup`)
    const taking = takeBackup({ home, backup, withKeys: false, now, tell })
    if (carried) {
      await taking
      const target = freshHome(t)
      await putBack({ home: target, backup, now, tell })
      t.strictSame(readdirSync(target.codeTables), [`${name}`], `carried: ${because}`)
    } else {
      await t.rejects(taking, { code: 'BACKUP_REFUSED' }, `refused: ${because}`)
      t.notOk(existsSync(backup), 'and no folder made')
    }
    rmSync(path)
  }
    const [whole = ''] = readdirSync(folder).filter(name => name.endsWith('-backup'))
    const manifest = manifestIn(join(folder, whole))
    const was = readFileSync(manifest, 'utf8')
    for (const path of [
      '../x',
      'store/../../x',
      '/etc/x',
      'store/..',
      '.',
      'a//b',
      'a/b/c/d',
      '',
    ]) {
      const forged = { ...JSON.parse(was), files: [{ path, length: 0, sha256: '0'.repeat(64) }] }
      writeFileSync(manifest, JSON.stringify(forged))
      t.throws(
        () => readManifest(join(folder, whole)),
        { code: 'BACKUP_REFUSED' },
        `forged: ${path}`,
      )
    }
  },
)
