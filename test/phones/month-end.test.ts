import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { jstMonth } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { monthKey } from '../../scp/store/keys.js'
import { freshHome } from '../support/fresh-home.js'
import { jst } from '../support/scp-desk.js'
import { openNode } from '../support/scp-node.js'

const CHILD = fileURLToPath(new URL('../support/month-end-child.js', import.meta.url))

/** Where the machine's clock stands when the program starts: early enough for a slow machine. */
const STARTS = '@2000-12-31 23:59:40'

const FIRST = jst('2000-12-31T23:59:58')
const LAST = jst('2001-01-01T00:00:02')

t.setTimeout(120_000)

const here = spawnSync('faketime', ['--version']).status === 0

t.test(
  'XK1: on the machine’s own clock, made to pass the end of a month by faketime',
  { skip: here ? false : 'for want of FAKETIME: 1 month end' },
  async t => {
    const home = freshHome(t)
    const node = await openNode(home, new SetClock(jst('2000-12-31T12:00:00')), 1)
    const cards = await node.cards(150, 1_000)
    await node.end()
    const words = [CHILD, home.folder, `${FIRST}`, `${LAST}`, cards.map(({ pin }) => pin).join(',')]
    const child = spawn('faketime', ['-f', STARTS, process.execPath, ...words], {
      env: { ...process.env, TZ: 'Asia/Tokyo', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    t.strictSame(await once(child, 'close'), [0, null])

    const store = openStoreToRead(scpStore(home))
    const times = store.prepare('SELECT charged_at FROM charge_record').pluck().all().map(Number)
    const yen: Record<string, number> = {}
    for (const at of times) {
      const month = monthKey(jstMonth(epochMs(at)))
      yen[month] = (yen[month] ?? 0) + 1_000
    }
    t.ok((yen[200_012] ?? 0) > 0 && (yen[200_101] ?? 0) > 0, 'charges on both sides of midnight')
    const totals = store.prepare('SELECT month, sum(registered) FROM month_total GROUP BY month')
    t.strictSame(
      Object.fromEntries(totals.raw().all() as [number, number][]),
      yen,
      'month by month',
    )
    store.close()
    t.comment(`${times.length} charges, ${JSON.stringify(yen)}`)
  },
)
