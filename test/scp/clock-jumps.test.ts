import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { putBack } from '../../mcscp/backup/put-back.js'
import { takeBackup } from '../../mcscp/backup/take.js'
import { SetClock } from '../../platform/clock.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { openFence } from '../../scp/restoration/fence.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { openNode } from '../support/scp-node.js'
import { phone } from '../support/scp-values.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Most quarter-hours that are closed and written after a jump; ten years have 350,640. */
const CLOSED_MAX = 100

// biome-ignore format: table
for (const [name, jumpMs, behind, because] of [
  ['an hour back',      -HOUR_MS,       true,  'no file is opened again'],
  ['a day back',        -DAY_MS,        true,  'nor the day'],
  ['an hour forward',   HOUR_MS,        false, 'the quarter-hours between are closed, empty'],
  ['ten years forward', 3_653 * DAY_MS, false, 'a charge does not wait for what is to be closed'],
  ['not at all',        0,              false, 'a frozen clock is one moment'],
] as const) {
  t.test(`XK3: the calendar clock jumps ${name}: ${because}`, async t => {
    const folder = t.testdir({})
    const files = join(folder, 'files')
    mkdirSync(files)
    const clock = new SetClock(jst('2001-02-01T00:20:00'))
    let desk = await openDesk(t, { folder, clock })
    const cards = await desk.cards(4, 1_000)
    const charge = async (n: number) => {
      const pin = cards[n]?.pin
      if (!pin) throw new Error('a card is missing')
      return (await desk.key(await desk.call(phone(1)), pin)).finding
    }
    const close = async () => {
      const { store } = desk
      const { clockBehindMs } = await store.ask('closeQuarterHours', { max: CLOSED_MAX })
      const reader = openStoreToRead(desk.file)
      const closed = await store.ask('unwrittenQuarterHours', { max: CLOSED_MAX })
      const place = { folder: files, node: 'scp1' }
      const written = writeQuarterHourFiles(new ChargeLog(reader), place, closed)
      await store.ask('recordWrittenFiles', written)
      reader.close()
      return clockBehindMs
    }
    const bytes = () =>
      new Map(readdirSync(files).map(one => [one, sha256Of(readFileSync(join(files, one)))]))

    t.equal(await charge(0), 'redeemed')
    clock.set(jst('2001-02-01T00:31:00'))
    t.equal(await charge(1), 'redeemed')
    await close()
    const before = bytes()
    t.equal(before.size, 1, 'a quarter-hour is over')

    clock.set(epochMs(clock.now() + jumpMs))
    t.equal(await charge(2), 'redeemed', 'charging goes on')
    t.equal((await close()) > 1_000, behind, 'a clock that fell back by more than 1 s is told')
    await desk.close()
    desk = await openDesk(t, { folder, clock })
    t.equal(await charge(3), 'redeemed', 'over a restart too')
    await close()

    const after = bytes()
    for (const [file, sum] of before) t.equal(after.get(file), sum, `I7: ${file} is as it was`)
    const reader = openStoreToRead(desk.file)
    const times = reader.prepare('SELECT charged_at FROM charge_record ORDER BY sequence').pluck()
    const moments = times.all().map(Number)
    t.strictSame(moments, moments.toSorted((a, b) => a - b), 'records keep commit order')
    t.equal(moments.length, 4)
    reader.close()
    await desk.close()
    const told = { charged: [], refused: [], wrong: new Map() }
    t.strictSame(auditScp(folder, files, told).wrong, [], 'numbers without gap or reuse, books agree')
  })
}

t.test('XK3: a backup from before a leap leads out of a wrong clock', async t => {
  const home = freshHome(t)
  const clock = new SetClock(jst('2001-02-01T12:00:00'))
  const tell = () => {}
  const now = () => clock.now()
  const backup = join(freshHome(t).folder, 'backup')
  const aside = join(freshHome(t).folder, 'aside')
  let node = await openNode(home, clock, 1)
  const [first, second, third] = await node.cards(3, 50_000)
  if (!first || !second || !third) throw new Error('a card is missing')
  await takeBackup({ home, backup, withKeys: false, now, tell })

  clock.set(jst('2011-02-01T12:00:00'))
  t.equal(await node.charge(phone(1), first.pin), 'redeemed', 'under a wrong clock')
  await node.end()
  clock.set(jst('2001-02-01T12:00:05'))
  node = await openNode(home, clock, 1)
  t.equal(await node.store.ask('stampedUntil', undefined), jst('2011-02-01T12:00:00'))
  t.equal(await node.charge(phone(1), second.pin), 'over_month_cap', 'it holds the node')
  await node.end()

  mkdirSync(aside)
  for (const name of readdirSync(join(scpStore(home), '..'))) {
    if (name.startsWith('scp.sqlite')) {
      renameSync(join(scpStore(home), '..', name), join(aside, name))
    }
  }
  await putBack({ home, backup, only: ['scp'], now, tell })
  node = await openNode(home, clock, 1)
  const client = { accepted: async () => undefined, expected: async () => 1 }
  await openFence({ store: node.store, client, log: { info: () => {} } })
  t.equal(await node.store.ask('stampedUntil', undefined), now(), 'stamped by the right clock')
  t.equal(await node.charge(phone(1), first.pin), 'redeemed', 'the card is unused again')
  clock.set(jst('2001-03-01T00:00:00'))
  t.equal(await node.charge(phone(1), third.pin), 'redeemed', 'a month has its own limit')
  await node.end()
})
