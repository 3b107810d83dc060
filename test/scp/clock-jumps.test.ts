import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { jst, openDesk } from '../support/scp-desk.js'
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
