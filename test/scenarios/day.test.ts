import t from 'tap'
import { dayOfCalls } from '../support/day-of-calls.js'

const patience = { timeout: 600_000 }
t.setTimeout(patience.timeout)

t.test(
  'M-17, C-08: a day of calls, of kills, repeats and an absent CRS, adds up to the yen',
  patience,
  t => dayOfCalls(t, { seed: 20_010_115, calls: 1_000, killsEach: 3, repeats: 200, rate: 3_600 }),
)
