import t from 'tap'
import { report, spread, verdictsAtScp } from '../support/verdict-timing.js'

/** Wrong numbers of each class (fault test XP4). */
const EACH = 20_000

/** How far the median of a class may be from that of all together. */
const SPREAD_MAX = 0.05

t.setTimeout(3_600_000)

t.test('XP4: 20,000 of each class, unknown, used, inactive and expired, within 5 %', async t => {
  const verdicts = await verdictsAtScp(t, EACH)
  for (const line of report(verdicts)) t.comment(line)
  const most = spread(verdicts)
  t.ok(most <= SPREAD_MAX, `the medians are within ${(most * 100).toFixed(2)} % of all together`)
})
